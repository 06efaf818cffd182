"""What the wide table of a form must hold for one period, and what it does hold."""

import exact
import parquet
import periods
from coverage import COUNTS

ANCESTORS = {"province": "province", "prefecture": None, "county": "county",
             "township": "township"}


class Comparison:
    """Counts compared cells and keeps the first differences."""

    def __init__(self, shown=20):
        self.shown = shown
        self.cells = 0
        self.filled = 0
        self.rows = 0
        self.differences = 0
        self.examples = []
        self.by_column = {}

    def differs(self, place, expected, found):
        """Notes one difference."""
        self.differences += 1
        column = place.split()[-1]
        of_column = place.split()[0] + " " + column
        self.by_column[of_column] = self.by_column.get(of_column, 0) + 1
        if len(self.examples) < self.shown and self.by_column[of_column] <= 3:
            self.examples.append(f"{place}: expected {expected}, found {found}")

    def columns(self, place, codes, expected, found, scale=None):
        """Compares a column row by row; whole lists first, since that is nearly always all."""
        self.cells += len(codes)
        self.filled += len(codes) - expected.count(None)
        if expected == found:
            return
        for code, wanted, there in zip(codes, expected, found):
            if wanted != there:
                if scale is not None:
                    wanted, there = exact.printed(wanted, scale), exact.printed(there, scale)
                self.differs(f"{place[0]} {place[1]} unit {code} {place[2]}", wanted, there)


class Expected:
    """Computes the rows of wide tables."""

    def __init__(self, known, forest, journal, figures, coverage):
        self.known = known
        self.forest = forest
        self.journal = journal
        self.figures = figures
        self.coverage = coverage

    def recorded(self, form):
        """Base periods of a form with returns, and the provinces from which they came."""
        return {period: set().union(*levels.values())
                for period, levels in self.recorded_levels(form).items()}

    def periods(self, form):
        """Every period for which the form must have rows, with its provinces."""
        blocks = self.known.blocks_of(form)
        wanted = {}
        if not blocks:
            return self._periods_of_quality(form)
        for base, provinces in self.recorded(form).items():
            for kind in [base.kind] + list(periods.ROLLS_INTO[base.kind]):
                period = base if kind == base.kind else base.within(kind)
                wanted.setdefault(period, set()).update(provinces)
        if form.code == "SF":
            for day, provinces in self.recorded(self.known.forms["DI"]).items():
                for kind in self.known.row_kinds(form):
                    wanted.setdefault(day.within(kind), set()).update(provinces)
        return wanted

    def _periods_of_quality(self, form):
        """A form that asks nothing has rows wherever returns of any form belong."""
        wanted = {}
        for other in self.known.forms.values():
            for base, found in self.recorded_levels(other).items():
                for level, provinces in found.items():
                    first = self.known.targets_only(other.code, base.kind, level)
                    for kind in self.known.row_kinds(form):
                        period = periods.containing(kind, base.start if first else base.end)
                        wanted.setdefault(period, set()).update(provinces)
        return wanted

    def recorded_levels(self, form):
        """Base periods of a form with returns, and the provinces by the level they came from."""
        found = {}
        for (form_code, period), keys in self.journal.keys.items():
            if form_code == form.code:
                tree = self.forest.tree(period.end)
                levels = found.setdefault(period, {})
                for code, key in keys.items():
                    province = tree.codes[tree.province[tree.node[code]]]
                    levels.setdefault(key.level, set()).add(province)
        return found

    def blocks_at(self, form, kind):
        """Sorts of returns whose periods are of a kind or roll into it."""
        return [block for block in self.known.blocks_of(form)
                if kind == block[0] or kind in periods.ROLLS_INTO[block[0]]]

    def nodes(self, form, period, provinces):
        """Units with a row, in the order of the tree."""
        tree = self.forest.tree(period.end)
        if not self.known.blocks_of(form):
            return [node for node, province in enumerate(tree.province)
                    if tree.codes[province] in provinces]
        levels = {level for _, level, _ in self.blocks_at(form, period.kind)}
        asked = [node for node, (level, unit_class) in enumerate(zip(tree.levels, tree.classes))
                 if level in levels and form.asks(unit_class)
                 and tree.codes[tree.province[node]] in provinces]
        return sorted(tree.above(asked))

    def values(self, form, period):
        """Value columns by name with their scales."""
        columns = {}
        for indicator in form.indicators:
            name = indicator.code.lower()
            if not indicator.has_row(period.kind):
                standing = (None, None, None)
            elif indicator.weights:
                standing = self.figures.standard(indicator, period)
            else:
                standing = (self.figures.column(indicator.code, period),)
            names = [name] + ([name + "_min", name + "_max"] if indicator.weights else [])
            for column_name, column in zip(names, standing):
                columns[column_name] = column, indicator.scale
        return columns

    def counts(self, form, period):
        """Coverage columns by name, and whether a unit's values are partial."""
        columns = {}
        partial = [False] * len(self.forest.tree(period.end).codes)
        for frequency, level, _ in self.known.blocks_of(form):
            names = [f"{count}_{frequency.lower()}_{level}" for count in COUNTS]
            counted = self.coverage.columns(form, frequency, level, period)
            columns.update(zip(names, counted))
            partial = [flag or due > accepted
                       for flag, due, accepted in zip(partial, counted[0], counted[3])]
        columns["partial"] = partial
        return columns

    def silent(self, form, period):
        """Codes that each unit declared not applicable, in the last base period inside, by node."""
        tree = self.forest.tree(period.end)
        lines = {indicator.code: indicator for indicator in form.indicators}
        found = {}
        for frequency in {block[0] for block in self.blocks_at(form, period.kind)}:
            last = periods.containing(frequency, period.end)
            for code, key in self.journal.keys.get((form.code, last), {}).items():
                standing = key.standing()
                if standing and standing.silent and code in tree.node:
                    found.setdefault(tree.node[code], []).extend(standing.silent)
        return {node: ",".join(sorted(codes, key=lambda code: lines[code].line))
                for node, codes in found.items()}

    def place_columns(self, period, nodes):
        """Level, kind of period and codes above, for the nodes."""
        tree = self.forest.tree(period.end)
        columns = {"level": [tree.levels[node] for node in nodes],
                   "period_kind": [period.kind] * len(nodes)}
        for name, level in ANCESTORS.items():
            columns[name] = [self._above(tree, node, level) for node in nodes]
        return columns

    @staticmethod
    def _above(tree, node, level):
        chain = tree.chain(node)
        if level is None:
            return tree.codes[chain[-2]] if len(chain) > 1 else None
        return next((tree.codes[above] for above in chain if tree.levels[above] == level), None)


def stored(paths):
    """Columns of the files of one period, rows by unit code."""
    whole = {}
    for path in paths:
        for name, column in parquet.read(path).items():
            whole.setdefault(name, []).extend(column)
    return whole


def compare(comparison, expected, form, period, provinces, paths):
    """Compares all rows of one form and period."""
    tree = expected.forest.tree(period.end)
    nodes = expected.nodes(form, period, provinces)
    found = stored(paths)
    place = {}
    for row, code in enumerate(found.get("unit", [])):
        if code in place:
            comparison.differs(f"{form.table} {period} unit {code} unit", "one row", "two rows")
        place[code] = row
    wanted = {tree.codes[node] for node in nodes}
    for code in sorted(place.keys() - wanted):
        comparison.differs(f"{form.table} {period} unit {code} unit", "no row", "a row")
    for code in sorted(wanted - place.keys()):
        comparison.differs(f"{form.table} {period} unit {code} unit", "a row", "no row")
    nodes = [node for node in nodes if tree.codes[node] in place]
    codes = [tree.codes[node] for node in nodes]
    rows = [place[code] for code in codes]
    comparison.rows += len(rows)

    columns = {name: (column, None) for name, column in
               expected.place_columns(period, nodes).items()}
    silent = expected.silent(form, period)
    columns["not_applicable"] = [silent.get(node) for node in nodes], None
    for name, column in expected.counts(form, period).items():
        columns[name] = pick(column, nodes), None
    for name, (column, scale) in expected.values(form, period).items():
        columns[name] = pick(column, nodes), scale
    compare_columns(comparison, (form.table, period), codes, columns, found, rows)


def pick(column, nodes):
    """The places of a column that have rows; a column that does not exist here is missing."""
    return [None] * len(nodes) if column is None else [column[node] for node in nodes]


def compare_columns(comparison, table_and_period, codes, columns, found, rows):
    """Compares every column, and reports one that only one side has."""
    table, period = table_and_period
    for name in sorted(found.keys() - columns.keys() - {"unit"}):
        comparison.differs(f"{table} {period} column {name}", "no column", "a column")
    for name, (column, scale) in columns.items():
        if name not in found:
            comparison.differs(f"{table} {period} column {name}", "a column", "no column")
            continue
        there = found[name]
        comparison.columns((table, period, name), codes, column, [there[row] for row in rows], scale)
