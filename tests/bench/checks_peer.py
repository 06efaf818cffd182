"""The peer of the benchmark of the checks: DuckDB judges the same formulas on the same Parquet file.

The file has a row per unit of Henan and a column for everything that a formula reads in a month, such as
`SA02`, `inc_SA11`, `asof_BS09`; a tenth of the cells is missing, and one in a thousand is wrong.

  checks_peer.py --make FILE --checks CHECKS.csv --forms DIR     writes the file
  checks_peer.py FILE --checks CHECKS.csv [--threads 2]          line protocol

Line protocol: `run FORMULATION` answers `seconds 0.083`; `dump FORMULATION FILE` writes unit and check of
every finding as CSV and answers `rows N`; `quit` ends. Formulations:

  list    one scan; all formulas make a list of check ids in each row, which is unnested
  union   a statement of its own for each formula, joined with UNION ALL
  stack   as union, from one scan that is kept

A formula with a missing operand says nothing, even where SQL would decide from the other half; those in
which that can happen ask for all their operands first.
"""

import argparse
import csv
import decimal
import gzip
import pathlib
import random
import re
import sys
import time

import duckdb

SCOPES = ("intra_form", "inter_form")
LEVELS = ["institution", "village", "township", "county", "city", "province"]
SIZES = [1, 1, 20, 300, 3000, 50_000]
READING = re.compile(r"\b(prev|asof|inc|inherit|months)\(([A-Z]{2}[0-9]{2})\)")
CODE = re.compile(r"\b(?:(?:prev|asof|inc|inherit|months)_)?[A-Z]{2}[0-9]{2}\b")
SEED = 20230331

# How much of everything there is for one person in the size of a unit, so that every formula holds;
# amounts of money in their last digit stored.
WEIGHTS = """
SA01 4 SA02 8 SA03 10 SA04 18 SA05 9 SA06 6 SA07 3 SA08 7 SA17 2 SA18 3 SA19 4 SA24 5 SA25 4000
SA27 300000 SA28 100 SA30 2 SA32 9 SA33 1 SA34 50000 SA35 40000 SA36 6 SA37 5 SA40 6 SA41 5 SA45 3
EC01 1 EC02 60 EC03 30 EC05 40 EC07 2 EC09 1 EC11 1 EC13 3 EC18 3 EC22 10 EC24 8 EC25 7 EC27 5 EC28 4
EC30 8 CW08 3 CW10 7 CW12 5 CW13 4 DS01 5 DS02 4 DS03 3 DS08 6 SO04 5 SO05 4 SO06 3 SO09 3 CH01 90000
CH02 80000 CH05 60000 CH06 50000 MR01 6 MR02 2 MR03 1 MR04 2 GN01 6 GN02 3 GN03 2 GN04 1 SF02 9 SF03 8
SF06 9 SF07 8 SF09 2 SF10 2 SF11 2 SF14 4 SF16 4 SF17 2 SP01 6 SP02 4 SP03 1 FN03 1 FN05 7 GG01 7
GG10 4 DI02 2 DI03 1 DI04 5 prev_DI04 4 months_SA02 8 months_SA04 18 months_DS01 5 months_DS02 4
inc_SA11 3000 inc_SA12 9000 inc_DS04 300 inc_DS05 300 asof_BS03 50 asof_BS04 9 asof_BS05 5 asof_BS06 2
asof_BS07 2 asof_BS08 5 asof_BS09 3 asof_EC17 5 asof_FN02 2 asof_SF13 5
""".split()
# Standards are the same for small and large; in cents.
STANDARDS = {"SA13": 60000, "SA14": 720000, "SA22": 80000, "SA23": 80000, "CW05": 231000,
             "CW06": 184800, "inherit_SA13": 60000, "inherit_SA14": 720000, "inherit_DS06": 6000,
             "inherit_DS07": 6000, "inherit_DS10": 10000}


def rows(path):
    """Rows of a CSV file, plain or compressed."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def formulas(path):
    """Check, condition under which it finds something, and levels."""
    found = []
    for row in rows(path):
        if row["kind"] != "formula" or row["scope"] not in SCOPES:
            continue
        text = READING.sub(r"\1_\2", row["expression"])
        columns = sorted(set(CODE.findall(text)))
        broken = f"NOT ({text})"
        if re.search(r"\b(AND|OR|BETWEEN|least)\b", text):
            broken = " AND ".join([f"{name} IS NOT NULL" for name in columns] + [broken])
        found.append((row["check_id"], broken, levels(row["levels"]), columns))
    return found


def levels(text):
    """A condition on the level, or None for all."""
    words = text.split()
    if words[0] not in LEVELS:
        return None
    return f"level {'>=' if words[1:] == ['up'] else '='} {LEVELS.index(words[0])}"


def make(path, checks, forms):
    """Writes the file."""
    import pyarrow
    import pyarrow.parquet
    scales = {row["code"]: int(row["scale"]) for form in sorted(forms.glob("??.csv"))
              for row in rows(form)}
    wanted = sorted({name for _, _, _, columns in formulas(checks) for name in columns})
    weights = dict(zip(WEIGHTS[::2], map(int, WEIGHTS[1::2])))
    units = [(int(row["code"]), LEVELS.index(row["level"]))
             for row in rows(forms.parent / "units" / "henan-2023.csv.gz")]
    chance = random.Random(SEED)
    sizes = [SIZES[level] * chance.randint(5, 50) for _, level in units]
    columns = {"unit": decimals([code for code, _ in units], 15, 0),
               "level": decimals([level for _, level in units], 2, 0)}
    for name in wanted:
        right = ([STANDARDS[name]] * len(units) if name in STANDARDS
                 else [weights[name] * size for size in sizes])
        cells = [None if chance.random() < 0.1 else
                 chance.choice((0, amount * 3, amount // 2)) if chance.random() < 0.001 else amount
                 for amount in right]
        columns[name] = decimals(cells, 15, scales[name[-4:]])
    pyarrow.parquet.write_table(pyarrow.table(columns), path, compression="lz4", use_dictionary=False,
                                store_decimal_as_integer=True)


def decimals(cells, precision, scale):
    """A column of amounts in units of its scale."""
    import pyarrow
    amounts = [None if units is None else decimal.Decimal(units).scaleb(-scale) for units in cells]
    return pyarrow.array(amounts, pyarrow.decimal128(precision, scale))


class DuckDb:
    """The formulas as one statement."""

    def __init__(self, path, checks, threads):
        self.base = duckdb.connect(config={"threads": threads})
        self.source = f"read_parquet('{path}')"
        self.formulas = [(check, f"{level} AND {broken}" if level else broken)
                         for check, broken, level, _ in formulas(checks)]

    def run(self, formulation):
        """Unit and check of every finding, as an Arrow table."""
        return self.base.sql(getattr(self, formulation)()).to_arrow_table()

    def list(self):
        """One scan."""
        cases = ", ".join(f"CASE WHEN {broken} THEN '{check}' END" for check, broken in self.formulas)
        return (f"SELECT unit, found FROM (SELECT unit, unnest(list_filter([{cases}], "
                f"lambda x: x IS NOT NULL)) AS found FROM {self.source})")

    def union(self):
        """A scan for each formula."""
        return " UNION ALL ".join(f"SELECT unit, '{check}' AS found FROM {self.source} WHERE {broken}"
                                  for check, broken in self.formulas)

    def stack(self):
        """One scan that is kept."""
        return "WITH kept AS MATERIALIZED (SELECT * FROM " + self.source + ") " + " UNION ALL ".join(
            f"SELECT unit, '{check}' AS found FROM kept WHERE {broken}"
            for check, broken in self.formulas)


def serve(peer):
    """Answers the line protocol."""
    for line in sys.stdin:
        words = line.split()
        if words == ["quit"]:
            return
        started = time.perf_counter()
        answer = peer.run(words[1])
        seconds = time.perf_counter() - started
        if words[0] == "run":
            print(f"seconds {seconds:.6f}", flush=True)
        else:
            with open(words[2], "w", encoding="utf-8") as file:
                for unit, check in zip(answer["unit"].to_pylist(), answer["found"].to_pylist()):
                    file.write(f"{int(unit)},{check}\n")
            print(f"rows {answer.num_rows}", flush=True)


def main():
    """Reads the arguments and does what they say."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=pathlib.Path)
    parser.add_argument("--make", type=pathlib.Path)
    parser.add_argument("--checks", type=pathlib.Path, required=True)
    parser.add_argument("--forms", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    if chosen.make:
        make(chosen.make, chosen.checks, chosen.forms)
    else:
        serve(DuckDb(chosen.file, chosen.checks, chosen.threads))


if __name__ == "__main__":
    main()
