"""Peers of the roll-up benchmark: DuckDB and Polars sum a synthetic form up to four levels.

The input is one Parquet file: a row per village, 120 columns `c000` to `c119` with two decimals
(20 % null) and the integer columns `township`, `county`, `city`, `province`. The answer is a row per
unit of the four higher levels with the sum of every column; a sum of nothing is null. Each peer has
three formulations:

  sets       one statement with GROUPING SETS (Polars: all four levels in one lazy plan, each from the
             cached level below it)
  stepwise   townships from villages, counties from townships, and so on
  separate   every level from the villages

and may read the amounts as decimal(18,2), as int64 (units of 0.01) or as float64 (`--type`), so that
each can use its fastest column type; float64 answers are never exact and are shown for comparison.

  rollup_peers.py --make FILE [--register FILE] [--type T]   writes a synthetic input
  rollup_peers.py FILE [--threads 2]                         line protocol on stdin and stdout
  rollup_peers.py FILE --table [--runs 10]                   all peers in turn, minimum and median

Line protocol: `run PEER FORMULATION` answers `seconds 0.083`; `dump PEER FILE` writes the answer as CSV
(level, unit, s000 .. s119; exact text) and answers `rows N`; `peers` lists what can be run; `quit`
ends. A line that cannot be done answers `error WHY`. Time counts from opening the file, decoding
included, to the finished answer in memory.
"""

import argparse
import csv
import decimal
import gzip
import os
import random
import statistics
import sys
import time

COLUMNS = [f"c{place:03}" for place in range(120)]
LEVELS = ["township", "county", "city", "province"]
FORMULATIONS = ("sets", "stepwise", "separate")
SEED = 20230331


def quoted(path):
    """A path as an SQL text."""
    return "'" + path.replace("'", "''") + "'"


class DuckDb:
    """DuckDB with its three formulations; the answer is an Arrow table."""

    name = "duckdb"

    def __init__(self, path, threads):
        import duckdb
        self.base = duckdb.connect(config={"threads": threads})
        self.version = duckdb.__version__
        self.source = f"read_parquet({quoted(path)})"

    def run(self, formulation):
        """The answer of one formulation: level, unit and sums."""
        return self.base.sql(getattr(self, formulation)()).to_arrow_table()

    @staticmethod
    def sums():
        """The list of sums, under the names of the columns."""
        return ", ".join(f"sum({name}) AS {name}" for name in COLUMNS)

    def sets(self):
        """One statement with grouping sets."""
        names = ", ".join(COLUMNS)
        return (f"SELECT CASE place WHEN 7 THEN 'township' WHEN 11 THEN 'county' "
                f"WHEN 13 THEN 'city' ELSE 'province' END AS level, "
                f"coalesce(township, county, city, province) AS unit, {names} FROM "
                f"(SELECT township, county, city, province, "
                f"grouping(township, county, city, province) AS place, {self.sums()} "
                f"FROM {self.source} "
                f"GROUP BY GROUPING SETS ((township), (county), (city), (province)))")

    def stepwise(self):
        """Each level from the one below it."""
        steps, below, keys = [], self.source, list(LEVELS)
        for level in LEVELS:
            steps.append(f"l_{level} AS MATERIALIZED (SELECT {', '.join(keys)}, {self.sums()} "
                         f"FROM {below} GROUP BY {', '.join(keys)})")
            below, keys = f"l_{level}", keys[1:]
        names = ", ".join(COLUMNS)
        parts = [f"SELECT '{level}' AS level, {level} AS unit, {names} FROM l_{level}"
                 for level in LEVELS]
        return f"WITH {', '.join(steps)} {' UNION ALL '.join(parts)}"

    def separate(self):
        """Each level from the villages."""
        parts = [f"SELECT '{level}' AS level, {level} AS unit, {self.sums()} FROM {self.source} "
                 f"GROUP BY {level}" for level in LEVELS]
        return " UNION ALL ".join(parts)


class Polars:
    """Polars with its three formulations; the answer is a frame."""

    name = "polars"

    def __init__(self, path, threads):
        os.environ["POLARS_MAX_THREADS"] = str(threads)
        import polars
        if polars.thread_pool_size() != threads:
            raise RuntimeError(f"polars has {polars.thread_pool_size()} threads, not {threads}")
        self.polars = polars
        self.version = polars.__version__
        self.path = path

    def run(self, formulation):
        """The answer of one formulation: level, unit and sums."""
        return getattr(self, formulation)()

    def sums(self):
        """Sums, null where nothing contributes."""
        column = self.polars.col
        return [self.polars.when(column(name).count() > 0).then(column(name).sum()).alias(name)
                for name in COLUMNS]

    def answer(self, frame, level):
        """Rows of one level under the names of the answer."""
        named = [self.polars.lit(level).alias("level"), self.polars.col(level).alias("unit")]
        return frame.select(named + COLUMNS)

    def sets(self):
        """All four levels as one lazy plan."""
        below, keys, parts = self.polars.scan_parquet(self.path), list(LEVELS), []
        for level in LEVELS:
            # Without the cache the plan makes every lower level anew for each level above it.
            below, keys = below.group_by(keys).agg(self.sums()).cache(), keys[1:]
            parts.append(self.answer(below, level))
        return self.polars.concat(parts).collect()

    def stepwise(self):
        """Each level from the one below it, level by level in memory."""
        below, keys, parts = self.polars.read_parquet(self.path), list(LEVELS), []
        for level in LEVELS:
            below, keys = below.group_by(keys).agg(self.sums()), keys[1:]
            parts.append(self.answer(below, level))
        return self.polars.concat(parts)

    def separate(self):
        """Each level from the villages in memory."""
        rows = self.polars.read_parquet(self.path)
        parts = [self.answer(rows.group_by(level).agg(self.sums()), level) for level in LEVELS]
        return self.polars.concat(parts)


PEERS = {"duckdb": DuckDb, "polars": Polars}


def timed(peer, formulation):
    """Seconds and answer of one run."""
    if formulation not in FORMULATIONS:
        raise ValueError(f"no formulation {formulation!r}: {' '.join(FORMULATIONS)}")
    started = time.perf_counter()
    answer = peer.run(formulation)
    return time.perf_counter() - started, answer


def exact(value):
    """A sum as text with two decimals; whole numbers are units of 0.01."""
    if value is None:
        return ""
    if isinstance(value, decimal.Decimal) and value.as_tuple().exponent == 0:
        value = int(value)
    if isinstance(value, int):
        sign, digits = ("-" if value < 0 else ""), str(abs(value)).rjust(3, "0")
        return f"{sign}{digits[:-2]}.{digits[-2:]}"
    return f"{value:.2f}"


def dump(peer, path, formulation="separate"):
    """Writes the answer, sorted, as CSV and returns the number of rows."""
    answer = peer.run(formulation)
    order = {level: place for place, level in enumerate(LEVELS)}
    rows = answer.to_pylist() if hasattr(answer, "to_pylist") else answer.to_dicts()
    rows.sort(key=lambda row: (order[row["level"]], row["unit"]))
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["level", "unit"] + ["s" + name[1:] for name in COLUMNS])
        for row in rows:
            writer.writerow([row["level"], row["unit"]] + [exact(row[name]) for name in COLUMNS])
    return len(rows)


def serve(peers):
    """Answers the line protocol."""
    for line in sys.stdin:
        words = line.split()
        try:
            if words == ["quit"]:
                return
            if words == ["peers"]:
                names = [f"{name}-{peer.version}" for name, peer in peers.items()]
                print("peers", *names, *FORMULATIONS, flush=True)
            elif len(words) == 3 and words[0] == "run":
                seconds, _ = timed(peers[words[1]], words[2])
                print(f"seconds {seconds:.6f}", flush=True)
            elif len(words) == 3 and words[0] == "dump":
                print(f"rows {dump(peers[words[1]], words[2])}", flush=True)
            else:
                raise ValueError("say run PEER FORMULATION, dump PEER FILE, peers or quit")
        except Exception as error:  # The driver gets every failure as a line and goes on.
            text = " ".join(str(error).split())
            print(f"error {type(error).__name__} {text}", flush=True)


def table(peers, runs):
    """All peers and formulations in turn; minimum and median of each."""
    taken = {(name, formulation): [] for name in peers for formulation in FORMULATIONS}
    for name, formulation in taken:
        timed(peers[name], formulation)
    for _ in range(runs):
        for name, formulation in taken:
            taken[name, formulation].append(timed(peers[name], formulation)[0])
    print(f"{'peer':<14}{'formulation':<12}{'minimum':>9}{'median':>9}   {runs} alternating runs")
    for (name, formulation), seconds in taken.items():
        shown = f"{name} {peers[name].version}"
        print(f"{shown:<14}{formulation:<12}{min(seconds):>9.4f}{statistics.median(seconds):>9.4f}")


def villages(register):
    """Township, county, city and province of each village of a list of units."""
    opener = gzip.open if register.endswith(".gz") else open
    with opener(register, "rt", encoding="utf-8-sig", newline="") as file:
        units = {(row["code"], row["level"]): row for row in csv.DictReader(file)}
    for (code, level), unit in sorted(units.items()):
        if level != "village":
            continue
        above = {}
        while unit["parent"]:
            unit = units[unit["parent"], unit["parent_level"]]
            above[unit["level"]] = int(unit["code"])
        yield int(code), [above[level] for level in LEVELS]


def make(path, register, kind):
    """Writes the synthetic input with a fixed seed."""
    import pyarrow
    import pyarrow.parquet
    rows = list(villages(register))
    chance = random.Random(SEED)
    columns = {"village": pyarrow.array([code for code, _ in rows], pyarrow.int64())}
    for place, level in enumerate(LEVELS):
        columns[level] = pyarrow.array([above[place] for _, above in rows], pyarrow.int64())
    for name in COLUMNS:
        units = [None if chance.random() < 0.2 else chance.randrange(1_000_000) for _ in rows]
        columns[name] = amounts(pyarrow, units, kind)
    # Packed as the wide tables are: differences in few bits, then lz4. Floats have no such
    # encoding; they keep pyarrow's own choice.
    packed = {} if kind == "float64" else dict.fromkeys(columns, "DELTA_BINARY_PACKED")
    pyarrow.parquet.write_table(pyarrow.table(columns), path, compression="lz4",
                                use_dictionary=not packed, column_encoding=packed or None,
                                store_decimal_as_integer=True)
    print(f"{path}: {len(rows)} rows, {len(COLUMNS)} columns of {kind}")


def amounts(pyarrow, units, kind):
    """Units of 0.01 as a column of the wanted type."""
    if kind == "int64":
        return pyarrow.array(units, pyarrow.int64())
    if kind == "float64":
        return pyarrow.array([None if u is None else u / 100 for u in units], pyarrow.float64())
    scaled = [None if u is None else decimal.Decimal(u).scaleb(-2) for u in units]
    return pyarrow.array(scaled, pyarrow.decimal128(18, 2))


def main():
    """Reads the arguments and serves, prints a table or makes the input."""
    here = os.path.dirname(os.path.abspath(__file__))
    register = os.path.join(here, "../../schemas/definitions/units/henan-2023.csv.gz")
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", help="the Parquet file to sum up")
    parser.add_argument("--make", metavar="FILE", help="write a synthetic input and stop")
    parser.add_argument("--register", default=register, help="list of units for --make")
    parser.add_argument("--type", default="decimal", choices=["decimal", "int64", "float64"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--table", action="store_true", help="time all peers and print a table")
    parser.add_argument("--runs", type=int, default=10)
    chosen = parser.parse_args()
    if chosen.make:
        return make(chosen.make, chosen.register, chosen.type)
    if not chosen.file:
        parser.error("name a Parquet file, or --make one")
    peers = {name: peer(chosen.file, chosen.threads) for name, peer in PEERS.items()}
    return table(peers, chosen.runs) if chosen.table else serve(peers)


if __name__ == "__main__":
    main()
