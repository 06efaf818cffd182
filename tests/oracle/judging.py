"""What one unit earns by one item: exact fractions of the item's weight."""

import dataclasses
import fractions
import math

import periods

Fraction = fractions.Fraction
SCORED, UNREPORTED, FULL, REDISTRIBUTED = "scored", "unreported", "full_by_zero", "redistributed"


@dataclasses.dataclass
class Verdict:
    """Whether an item counts for a unit, and the share of its weight."""

    state: str
    share: Fraction = Fraction(0)
    numerator: Fraction = None
    denominator: Fraction = None
    value: Fraction = None


class Absent(Exception):
    """A figure that is missing; carries its indicator."""


def clamped(share):
    """Between nothing and everything."""
    return min(Fraction(1), max(Fraction(0), share))


class Judge:
    """Reads figures of one period and judges units by items."""

    def __init__(self, oracle, scheme, period):
        self.known = oracle.known
        self.figures = oracle.figures
        self.coverage = oracle.coverage
        self.scheme = scheme
        self.period = period
        self.tree = oracle.forest.tree(period.end)
        self._counts = {}

    def value(self, code, node, period=None, reading="value"):
        """A figure in its natural measure, or None."""
        column = self.figures.reading(reading, code, period or self.period, self.period.end)
        units = column[node]
        return None if units is None else Fraction(units, 10 ** self.known.indicators[code].scale)

    def counts(self, code, node, period):
        """Due and accepted returns that hold an indicator, in the subtree."""
        indicator = self.known.indicators[code]
        key = (indicator.form.code, indicator.frequency, indicator.entry, period)
        if key not in self._counts:
            columns = self.coverage.columns(indicator.form, *key[1:3], period)
            self._counts[key] = columns[0], columns[3]
        due, accepted = self._counts[key]
        return due[node], accepted[node]

    def absence(self, code, node):
        """Owed and not reported earns nothing; what nobody owes gives its weight away."""
        indicator = self.known.indicators[code]
        if indicator.entry is None:
            return REDISTRIBUTED
        period = self.period
        if not indicator.has_row(period.kind):
            current = periods.containing(indicator.frequency, period.end)
            target = indicator.kind == "target"
            period = current if target or current.end <= period.end else current.previous()
        due, accepted = self.counts(code, node, period)
        return UNREPORTED if accepted < due else REDISTRIBUTED

    def _sum(self, terms, node):
        total = Fraction(0)
        for reading, code, factor in terms:
            value = self.value(code, node, reading=reading)
            if value is None:
                raise Absent(code)
            total += value * factor
        return total

    def measure(self, quotient, node):
        """Numerator, denominator (None if there is none) and value; raises Absent.

        A denominator of zero gives no value, and is told before a missing numerator.
        """
        lone = quotient.lone
        if lone and self.known.indicators[lone].derived:
            indicator = self.known.indicators[lone]
            above, below, percent = indicator.numerator, indicator.denominator, indicator.percent
            factor = Fraction(1)
        else:
            above = [("value", code, 1) for code in quotient.above]
            below = [("value", code, 1) for code in quotient.below]
            percent, factor = quotient.percent, quotient.factor
            if not quotient.is_quotient:
                number = self._product(above, node)
                return number, None, number
            return self._quotient(
                lambda: self._product(above, node), lambda: self._product(below, node) / factor,
                percent)
        return self._quotient(
            lambda: self._sum(above, node), lambda: self._sum(below, node), percent)

    def _product(self, terms, node):
        product = Fraction(1)
        for term in terms:
            product *= self._sum([term], node)
        return product

    @staticmethod
    def _quotient(above, below, percent):
        denominator = below()
        if denominator == 0:
            try:
                return above(), denominator, None
            except Absent:
                return None, denominator, None
        numerator = above()
        return numerator, denominator, numerator / denominator * (100 if percent else 1)

    def judge(self, item, node, findings):
        """The verdict of one item; `findings` are months with K72 or K100 by node."""
        if item.months:
            return self._months(item, node, findings)
        if item.method == "threshold":
            return self._threshold(item, node)
        try:
            numerator, denominator, value = self.measure(item.parts[0], node)
        except Absent as absent:
            return Verdict(self.absence(str(absent), node))
        if value is None:
            state = FULL if item.full_by_zero else REDISTRIBUTED
            return Verdict(state, Fraction(state == FULL), numerator, denominator)
        share = self._share(item, numerator, denominator, value)
        return Verdict(SCORED, share, numerator, denominator, value)

    def _share(self, item, numerator, denominator, value):
        if item.method == "linear_floor_target":
            return clamped((value - item.floor) / (item.target - item.floor))
        if item.method == "linear_floor_target+ceil":
            count = math.ceil(item.target / 100 * denominator)
            return clamped(numerator / count) if count else Fraction(1)
        if item.method == "progress":
            plan = item.plan.get(self.period.end.month, Fraction(100))
            asked = item.target * plan / 100
            return clamped(value / asked) if asked else Fraction(1)
        if item.method == "step_deduct":
            return 1 - clamped((value - item.target) / (item.floor - item.target))
        raise ValueError(f"{item.id}: method {item.method} is not recomputed for {self.period}")

    def _months(self, item, node, findings):
        """A month with a finding costs a step; so does one in which nothing was reported."""
        months = self.period.parts("M")
        silent = [month for month in months
                  if all(self.value(code, node, month) is None for code in item.shown_by)]
        silent = [month for month in silent if node not in findings.get(month, ())]
        if len(silent) == len(months):
            states = [self.absence(code, node) for code in item.shown_by]
            return Verdict(UNREPORTED if UNREPORTED in states else REDISTRIBUTED)
        count = Fraction(len(silent) + sum(node in findings.get(month, ()) for month in months))
        share = 1 - clamped((count - item.target) / (item.floor - item.target))
        return Verdict(SCORED, share, count, None, count)

    def _complies(self, item, part, node):
        """True, False, UNREPORTED, or None where it does not apply."""
        try:
            value = self.measure(part, node)[2]
        except Absent as absent:
            state = self.absence(str(absent), node)
            return UNREPORTED if state == UNREPORTED else None
        return None if value is None else value >= item.target

    def _threshold(self, item, node):
        """All or nothing for each part; above the level of `share_of` the share that complies."""
        if item.from_floors:
            raise ValueError(f"{item.id}: floors are not recomputed for {self.period}")
        levels = ["township", "county", "city", "province"]
        own = self.tree.levels[node]
        counted = levels.index(own) > levels.index(item.share_of)
        nodes = self._held_below(node, item.share_of) if counted else [node]
        shares, met, of, unreported = [], 0, 0, []
        for part in item.parts:
            found = [self._complies(item, part, one) for one in nodes]
            found = [one for one in found if one is not None]
            if found:
                complying = sum(one is True for one in found)
                shares.append(Fraction(complying, len(found)))
                met, of = met + complying, of + len(found)
                unreported.append(not counted and found == [UNREPORTED])
        if not shares:
            return Verdict(REDISTRIBUTED)
        state = UNREPORTED if all(unreported) else SCORED
        return Verdict(state, sum(shares) / len(shares), Fraction(met), Fraction(of))

    def _held_below(self, node, level):
        """Units of a level below, as far as a peer group holds them."""
        parents = self.tree.parents
        below = {node}
        for place in range(node + 1, len(parents)):
            if parents[place] in below:
                below.add(place)
        return [place for place in sorted(below) if self.tree.levels[place] == level
                and any(group.holds(self.tree.units[place]) for group in self.scheme.groups)]
