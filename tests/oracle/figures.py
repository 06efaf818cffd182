"""Rolled-up figures in plain loops: over units by the tree, over time by the kind of number.

A column is a list with one place per node of a tree; None is missing, never zero.
"""

import exact
import periods

SUMMED = {"sum", "sum_with_warning"}
COUNTED = {
    "BS06": {"street"},
    "BS07": {"town", "township"},
    "BS08": {"village_committee"},
    "BS09": {"neighbourhood"},
}


class Figures:
    """Values of every indicator for any period, made from the returns in force."""

    def __init__(self, known, forest, journal):
        self.known = known
        self.forest = forest
        self.journal = journal
        self.quality = None
        self._own = {}
        self._columns = {}
        self._blank = {}

    def forget(self, kept=()):
        """Drops what was computed for forms that are not kept, to hold memory down."""
        self._own = {k: v for k, v in self._own.items() if k[0] in kept}
        self._columns = {k: v for k, v in self._columns.items() if k[0][:2] in kept}
        self.quality.forget()

    def tree(self, period):
        """The tree of a period: that of its last day."""
        return self.forest.tree(period.end)

    def own(self, form_code, period):
        """The cells in force of one form and base period: code to (node, value) pairs."""
        key = (form_code, period)
        if key not in self._own:
            node = self.tree(period).node
            cells = {}
            for code, entry in self.journal.keys.get(key, {}).items():
                standing = entry.standing()
                for name, value in standing.cells if standing else ():
                    cells.setdefault(name, []).append((node[code], value))
            self._own[key] = cells
        return self._own[key]

    def _entered(self, indicator, period, day):
        """Own cells of a period, of any kind at or above the frequency, on the tree of a day."""
        column = [None] * len(self.forest.tree(day).codes)
        parts = self._parts(indicator, period)
        for part in parts:
            way = self.forest.way(part.end, day)
            for node, value in self.own(indicator.form.code, part).get(indicator.code, ()):
                node = node if way is None else way[node]
                if node is not None:
                    before = column[node]
                    column[node] = value if before is None else before + value
        return column

    @staticmethod
    def _parts(indicator, period):
        """The base periods whose cells make the value of a period."""
        if period.kind == indicator.frequency:
            return [period]
        parts = period.parts(indicator.frequency)
        return parts if indicator.kind == "flow_period" else parts[-1:]

    def column(self, code, period, day=None):
        """The value of every unit in a period, on the tree of its last day or of another day."""
        day = self.forest.span(day or period.end)
        key = (code, period, day)
        if key not in self._columns:
            self._columns[key] = self._compute(self.known.indicators[code], period, day)
        return self._columns[key]

    def _compute(self, indicator, period, day):
        if indicator.system:
            return self.system(indicator, period, day)
        if indicator.kind == "ratio":
            return self.ratio(indicator, period, day)
        if indicator.weights:
            return self.standard(indicator, period, day)[0]
        return self.forest.tree(day).sums(self._entered(indicator, period, day))

    def reading(self, reading, code, period, day=None):
        """A column as a formula reads it: value, inc or months."""
        day = day or period.end
        if reading == "months":
            return self._months(code, period, day)
        if reading == "inc":
            return self._increment(code, period, day)
        indicator = self.known.indicators[code]
        if indicator.has_row(period.kind):
            return self.column(code, period, day)
        return self._as_of(indicator, period, day)

    def _as_of(self, indicator, period, day):
        """What is in force at a period's end of an indicator of a coarser frequency.

        A target holds from the first day of its year. The register is known on every day. Of
        everything else each unit has its latest value among the periods that are over.
        """
        if indicator.kind == "target":
            return self.column(indicator.code, periods.containing(indicator.frequency, period.end),
                               day)
        if indicator.code in COUNTED:
            return self.column(indicator.code, period, day)
        over = [base for form_code, base in self.journal.keys
                if form_code == indicator.form.code and base.kind == indicator.frequency
                and base.end <= period.end]
        latest = [None] * len(self.forest.tree(day).codes)
        for base in sorted(over, key=lambda base: base.end, reverse=True):
            column = self.column(indicator.code, base, day)
            latest = [old if new is None else new for new, old in zip(latest, column)]
        return latest

    def _months(self, code, period, day):
        months = [period] if period.kind == "M" else period.parts("M")
        total = [None] * len(self.forest.tree(day).codes)
        for month in months:
            for node, value in enumerate(self.column(code, month, day)):
                if value is not None:
                    total[node] = value if total[node] is None else total[node] + value
        return total

    def _increment(self, code, period, day):
        now = self.column(code, period, day)
        if period.first_of_year():
            return now
        before = self.column(code, period.previous(), day)
        return [None if a is None or b is None else a - b for a, b in zip(now, before)]

    def part(self, terms, period, day):
        """One part of a ratio at the common scale of both parts' indicators."""
        total = None
        for reading, code, factor, lift in terms:
            column = self.reading(reading, code, period, day)
            scaled = [None if v is None else v * factor * lift for v in column]
            if total is None:
                total = scaled
            else:
                total = [None if a is None or b is None else a + b for a, b in zip(total, scaled)]
        return total

    def parts(self, indicator, period, day=None):
        """Numerator and denominator of a ratio for every unit, at one scale."""
        everything = indicator.numerator + indicator.denominator
        scale = max(self.known.indicators[code].scale for _, code, _ in everything)

        def lifted(terms):
            return [(reading, code, factor, 10 ** (scale - self.known.indicators[code].scale))
                    for reading, code, factor in terms]
        day = day or period.end
        return (self.part(lifted(indicator.numerator), period, day),
                self.part(lifted(indicator.denominator), period, day))

    def ratio(self, indicator, period, day):
        """Quotients, times 100 for %, rounded half-up at the indicator's scale."""
        lift = 10**indicator.scale * (100 if indicator.percent else 1)
        above, below = self.parts(indicator, period, day)
        return [None if n is None or not d else exact.half_up(n * lift, d)
                for n, d in zip(above, below)]

    def weighted(self, indicator, period, day):
        """Sums of value times weight and of weights over the units that entered a standard."""
        tree = self.forest.tree(day)
        entered = [value if level == indicator.entry else None for value, level
                   in zip(self._entered(indicator, period, day), tree.levels)]
        weights = [self.column(code, period, day) for code in indicator.weights]
        above, below = [None] * len(entered), [None] * len(entered)
        for node, value in enumerate(entered):
            if value is None:
                continue
            present = [column[node] for column in weights if column[node] is not None]
            if present and sum(present):
                above[node], below[node] = value * sum(present), sum(present)
        return entered, tree.sums(above), tree.sums(below)

    def standard(self, indicator, period, day=None):
        """Weighted mean, lowest and highest of a standard."""
        day = day or period.end
        entered, above, below = self.weighted(indicator, period, day)
        mean = [None if not d else exact.half_up(n, d) for n, d in zip(above, below)]
        # A unit that entered a standard shows it, whether or not anybody lives under it.
        mean = [found if own is None else own for own, found in zip(entered, mean)]
        lowest, highest = list(entered), list(entered)
        parents = self.forest.tree(day).parents
        for node in range(len(entered) - 1, -1, -1):
            parent = parents[node]
            if parent is not None and lowest[node] is not None:
                low, high = lowest[parent], highest[parent]
                lowest[parent] = lowest[node] if low is None else min(low, lowest[node])
                highest[parent] = highest[node] if high is None else max(high, highest[node])
        return mean, lowest, highest

    def system(self, indicator, period, day):
        """What nobody enters: counts of the register and of the returns."""
        code = indicator.code
        if code in COUNTED:
            return self._counted(COUNTED[code], period, day)
        if code == "GN05":
            return self._division_changes(period, day)
        return self.quality.column(code, period, day)

    def _counted(self, classes, period, day):
        """Units of some classes on the period's last day, each counted where it belongs now.

        The counts start at the township, the lowest unit that has others below it.
        """
        source, goal = self.tree(period), self.forest.tree(day)
        way = self.forest.way(period.end, day)
        ones = [0] * len(goal.codes)
        for node, unit_class in enumerate(source.classes):
            place = node if way is None else way[node]
            if unit_class in classes and place is not None:
                ones[place] += 1
        low = ("institution", "village")
        return [None if level in low else count
                for count, level in zip(goal.sums(ones), goal.levels)]

    def _division_changes(self, period, day):
        """Changes of divisions from the first day of the year to the period's end."""
        goal = self.forest.tree(day)
        ones = [0] * len(goal.codes)
        first = period.start.replace(month=1, day=1)
        for moment, code in division_changes(self.forest):
            if first <= moment <= period.end:
                way = self.forest.way(moment, day)
                node = self.forest.tree(moment).node.get(code)
                node = node if way is None or node is None else way[node]
                if node is not None:
                    ones[node] += 1
        return goal.sums(ones)


def division_changes(forest):
    """Day and unit of every change: a division that began, or went into one that existed."""
    changes = []
    for unit in forest.units:
        divisions = ("township", "county", "city", "province")
        if unit.level not in divisions or unit.unit_class in ("virtual", "pseudo", "zone"):
            continue
        if unit.first:
            changes.append((unit.first, unit.code))
        begins = [heir for heir in unit.heirs
                  if any(span.first == unit.end for span in forest.by_code.get(heir, []))]
        if unit.end and unit.heirs and not begins:
            changes.append((unit.end, unit.heirs[0]))
    return sorted(changes)
