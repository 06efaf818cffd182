"""The oracle: recomputes every stored cell and the rankings from the journal's bytes alone.

  recompute.py --data DIR --definitions DIR [--register-extra FILE]... [--form SA]... [--no-ranking]

Reads DIR/journal.sqlite, decides itself which returns count, rolls every indicator up over units and
periods in plain loops with exact integers, and compares every cell of every wide table in DIR/tables;
then scores and ranks with fractions under every scheme that scores the period and compares the
tables `scores` and `rankings`. Prints the number of cells compared for each table and scheme, and the
first differences. Ends with 1 if there is any.

Institutions stand in no list of the register: those of the table `units` are added, and more lists
in the format of the register with --register-extra.
"""

import argparse
import pathlib
import sys
import time

import coverage
import definitions
import figures
import intake
import parquet
import periods
import register
import tree
import wide

BASE_FORM = "BS"


class Oracle:
    """Everything that is computed from definitions and journal."""

    def __init__(self, data, folder, extra=()):
        self.data = pathlib.Path(data)
        self.known = definitions.Definitions(folder)
        units = register.load(self.known.folder)
        units += institutions(self.data / "tables" / "units")
        for path in extra:
            units += [register.Unit(row) for row in definitions.rows(pathlib.Path(path))]
        self.forest = tree.Forest(units)
        self.journal = intake.Journal(self.known, self.forest)
        self.figures = figures.Figures(self.known, self.forest, self.journal)
        self.coverage = coverage.Coverage(self.known, self.forest, self.journal)
        self.figures.quality = coverage.Quality(
            self.known, self.forest, self.journal, self.coverage)
        self.expected = wide.Expected(
            self.known, self.forest, self.journal, self.figures, self.coverage)


def institutions(folder):
    """Institutions of the table `units`, as spans of the register."""
    if not (folder / "_delta_log").is_dir():
        return []
    columns = parquet.read_all(folder)
    names = ("unit", "name", "level", "class", "parent", "valid_from", "valid_to")
    found = []
    for code, name, level, unit_class, parent, first, end in zip(*(columns[n] for n in names)):
        if level == "institution":
            found.append(register.Unit({
                "code": str(code), "name": name, "level": level, "class": unit_class,
                "parent": str(parent), "parent_level": "township",
                "valid_from": first or "", "valid_to": end or ""}))
    return found


def compare_form(oracle, form, comparison):
    """Compares all periods of one form's table."""
    folder = oracle.data / "tables" / form.table
    stored = parquet.by_period(folder) if (folder / "_delta_log").is_dir() else {}
    wanted = oracle.expected.periods(form)
    known = {period.text for period in wanted}
    for text in sorted(stored.keys() - known):
        comparison.differs(f"{form.table} {text} period", "no rows", "rows")
    order = sorted(wanted, key=lambda period: (period.start, periods.KINDS.index(period.kind)))
    for period in order:
        if period.text in stored:
            wide.compare(comparison, oracle.expected, form, period, wanted[period],
                         stored[period.text])
        elif oracle.expected.nodes(form, period, wanted[period]):
            comparison.differs(f"{form.table} {period} period", "rows", "no rows")
    return len(order)


def compare_tables(oracle, forms):
    """Compares every form and prints a line for each; the total of cells and of differences."""
    cells = filled = differences = 0
    print(f"{'table':<7}{'periods':>8}{'rows':>10}{'cells':>13}{'filled':>13}{'differences':>13}"
          f"{'seconds':>9}")
    examples, by_column = [], {}
    for form in forms:
        started, comparison = time.monotonic(), wide.Comparison()
        count = compare_form(oracle, form, comparison)
        oracle.figures.forget(kept=(BASE_FORM,))
        seconds = time.monotonic() - started
        print(f"{form.table:<7}{count:>8}{comparison.rows:>10}{comparison.cells:>13}"
              f"{comparison.filled:>13}{comparison.differences:>13}{seconds:>9.1f}", flush=True)
        cells += comparison.cells
        filled += comparison.filled
        differences += comparison.differences
        examples += comparison.examples
        by_column.update(comparison.by_column)
    print(f"cells compared: {cells}, {filled} of them with a value, different: {differences}")
    for column, count in sorted(by_column.items(), key=lambda pair: -pair[1])[:40]:
        print(f"  {count:>9} × {column}")
    for line in examples[:20]:
        print("  " + line)
    return differences


def main():
    """Reads the arguments, recomputes, compares; the exit code says whether all agrees."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="data folder with journal and tables")
    parser.add_argument("--definitions", required=True, help="folder of the definitions")
    parser.add_argument("--register-extra", action="append", default=[], metavar="FILE")
    parser.add_argument("--form", action="append", default=[], help="only these forms")
    parser.add_argument("--period", default="2023-Q1", help="the period that is ranked")
    parser.add_argument("--no-ranking", action="store_true")
    chosen = parser.parse_args()
    period = periods.read(chosen.period)
    if period is None:
        parser.error(f"--period {chosen.period}: there is no such period")
    started = time.monotonic()
    oracle = Oracle(chosen.data, chosen.definitions, chosen.register_extra)
    oracle.journal.read(oracle.data / "journal.sqlite")
    account = " ".join(f"{name} {count}" for name, count in oracle.journal.account.items())
    print(f"journal: {account} ({time.monotonic() - started:.1f} s)", flush=True)
    for code in chosen.form:
        if code not in oracle.known.forms:
            parser.error(f"--form {code}: there is no such form")
    forms = [form for form in oracle.known.forms.values()
             if not chosen.form or form.code in chosen.form]
    differences = compare_tables(oracle, forms)
    if not chosen.no_ranking:
        import ranked_tables
        differences += ranked_tables.compare_all(oracle, period)
    print(f"{'no difference' if not differences else f'{differences} differences'}"
          f" ({time.monotonic() - started:.1f} s)")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
