"""Scores and ranks under one scheme, recomputed with fractions."""

import fractions
import math

import judging
import scheme as schemes
from judging import REDISTRIBUTED

Fraction = fractions.Fraction
SCALE = 6


def rounded(number, decimals):
    """Units of 10^-decimals, half away from zero."""
    if number is None:
        return None
    units = math.floor(abs(number) * 10**decimals + Fraction(1, 2))
    return -units if number < 0 else units


class Ranked:
    """What one unit came to."""

    def __init__(self, node, verdicts):
        self.node = node
        self.verdicts = verdicts
        self.weights = []
        self.points = []
        self.available = Fraction(0)
        self.score = None
        self.rank = None
        self.due = self.accepted = 0
        self.last = False
        self.deductions = {}
        self.deducted = Fraction(0)

    def hand_out(self, items):
        """Gives the weight of what does not apply to the other items of its area."""
        whole, counted = {}, {}
        for item, verdict in zip(items, self.verdicts):
            whole[item.area] = whole.get(item.area, 0) + item.weight
            if verdict.state != REDISTRIBUTED:
                counted[item.area] = counted.get(item.area, 0) + item.weight
        for item, verdict in zip(items, self.verdicts):
            counts = verdict.state != REDISTRIBUTED
            weight = item.weight * whole[item.area] / counted[item.area] if counts else Fraction(0)
            self.weights.append(weight)
            self.points.append(weight * verdict.share)
        self.available = sum((whole[area] for area in counted), Fraction(0))


class Ranking:
    """One scheme and period."""

    def __init__(self, oracle, name, period):
        self.oracle = oracle
        self.scheme = schemes.Scheme(oracle.known, name)
        self.scheme.refuse_what_is_not_recomputed(period.kind)
        self.period = period
        self.tree = oracle.forest.tree(period.end)
        self.judge = judging.Judge(oracle, self.scheme, period)
        asked = any(item.months and period.kind in item.cycles for item in self.scheme.items)
        months = period.parts("M") if asked else []
        self.findings = {month: self._unpaid(month) for month in months}
        self.late = self._late()

    def _unpaid(self, month):
        """Nodes with persons on the list and nothing paid: K72 and K100, townships and above."""
        figures, found = self.oracle.figures, set()
        for paid, persons in (("SA11", "SA02"), ("SA12", "SA04")):
            increment = figures.reading("inc", paid, month, self.period.end)
            column = figures.column(persons, month, self.period.end)
            for node, (spent, people) in enumerate(zip(increment, column)):
                low = self.tree.levels[node] in ("village", "institution")
                if spent == 0 and people is not None and people != 0 and not low:
                    found.add(node)
        return found

    def _late(self):
        """Days late of each return that a unit owes, by node."""
        late = {}
        for (form_code, base), keys in self.oracle.journal.keys.items():
            if not (self.period.start <= base.start and base.end <= self.period.end):
                continue
            for code, key in keys.items():
                days = [one.late for one in key.seen if one.counts()]
                if days and min(days) and code in self.tree.node:
                    late.setdefault(self.tree.node[code], []).append(min(days))
        return late

    def group(self, group):
        """All units of a peer group, judged, scored and ranked."""
        items = [item for item in self.scheme.items
                 if self.period.kind in item.cycles and group.id in item.groups]
        blocks = self._blocks(items)
        found = []
        for node, unit in enumerate(self.tree.units):
            if not group.holds(unit):
                continue
            one = Ranked(node, [self.judge.judge(item, node, self.findings) for item in items])
            one.hand_out(items)
            for form_code, frequency, level in blocks:
                due, accepted = self._coverage(form_code, frequency, level)
                one.due += due[node]
                one.accepted += accepted[node]
            self._deduct(one)
            if one.available:
                exact = 100 * sum(one.points) / one.available - one.deducted
                one.score = rounded(exact, self.scheme.decimals)
            one.last = self._vetoed(node)
            found.append(one)
        self._rank(found)
        return items, found

    def _rank(self, found):
        """Complete units by score, equals share a place, vetoed ones behind all others."""
        provinces = {}
        for one in found:
            complete = one.accepted * 100 >= self.scheme.coverage_percent * one.due
            if one.score is not None and complete:
                provinces.setdefault(self.tree.province[one.node], []).append(one)
        for units in provinces.values():
            for one in units:
                key = (one.last, -one.score)
                one.rank = 1 + sum((other.last, -other.score) < key for other in units)

    def _blocks(self, items):
        """Sorts of returns that the items read, as far as they are due inside the period."""
        known, found = self.oracle.known, set()
        for item in items:
            codes = set(item.shown_by)
            for part in item.parts:
                codes.update(part.above + part.below)
            for code in list(codes):
                indicator = known.indicators[code]
                codes.update(term[1] for term in indicator.numerator + indicator.denominator)
            for code in codes:
                indicator = known.indicators[code]
                if indicator.entry and indicator.has_row(self.period.kind):
                    found.add((indicator.form.code, indicator.frequency, indicator.entry))
        return sorted(found)

    def _coverage(self, form_code, frequency, level):
        counts = self.judge._counts
        key = (form_code, frequency, level, self.period)
        if key not in counts:
            form = self.oracle.known.forms[form_code]
            columns = self.oracle.coverage.columns(form, frequency, level, self.period)
            counts[key] = columns[0], columns[3]
        return counts[key]

    def _deduct(self, one):
        """Points for lateness and for counted indicators, each bounded, all of them capped."""
        total = Fraction(0)
        for row in self.scheme.deductions:
            if self.period.kind not in row["cycles"].split():
                continue
            bound = int(row["bound"])
            if row["metric"] == "days_late":
                charged = sum(min(days, bound) for days in self.late.get(one.node, ()))
            elif row["metric"] == "late_revisions":
                charged = 0  # A locked period takes no return, so there is none to count.
            else:
                charged = min(self.judge.value(row["metric"], one.node) or 0, bound)
            points = Fraction(row["points"]) * charged
            if points:
                one.deductions[row["id"]] = points
            total += points
        one.deducted = min(total, self.scheme.deduction_cap)

    def _vetoed(self, node):
        """Whether a figure of the year so far is above the bar of a veto that ranks last."""
        for row in self.scheme.vetoes:
            if self.period.kind not in row["cycles"].split() or "rank_last" not in row["effects"]:
                continue
            flow = self.oracle.known.indicators[row["metric"]].kind == "flow_period"
            total, period = 0, self.period
            while period.year() == self.period.year():
                total += self.judge.value(row["metric"], node, period) or 0
                period = period.previous()
                if not flow:
                    break
            if total > Fraction(row["target"]):
                return True
        return False
