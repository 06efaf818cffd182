"""DuckDB and Spark read the tables that an aggregator made from Kafka, and must sum them up alike.

  readers.py --program ZHIBAO --definitions DIR --scratch DIR [--returns 4000] [--rate 800]
             [--jars DIR] [--spark DIR] [--seed 1] [--patience 120]
  SPARK/venv/bin/python readers.py --answer QUESTIONS.json --spark-jars DIR --scratch DIR
      what the first form starts for Spark

A small installation takes some thousand returns through, with repeats, corrections, conflicts and
unreadable ones among them. Then both readers are asked the same of the same version of every table:
rows and the sum of every column of figures by period and level, and the rows of `submissions` by
decision. DuckDB gets the files as the JSON of the Delta log names them; Spark reads the log itself. What
they say is compared with each other and with the independent recomputation. Ends with 3 when Java, Maven
or Spark cannot be had.
"""

import argparse
import collections
import decimal
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "bench"), str(HERE.parent / "oracle")]

import delta_log
import ingest_spark

# Only numbers add up; these columns are numbers and name units.
CODES = ("unit", "province", "prefecture", "county", "township")
NUMBERS = ("integer", "long", "decimal")
SUBMISSIONS = "submissions"
# Small batches make more commits than lie between two checkpoints of the log, so that a reader has to
# begin at one.
MANY_COMMITS = {"ZHIBAO_AGGREGATE__BATCH_MILLIS": "5", "ZHIBAO_AGGREGATE__BATCH_ENTRIES": "20"}
SHOWN = 10


# --- the questions ----------------------------------------------------------------------------

def questions(data):
    """For each table with rows: its version, what to group by, what to sum."""
    found = {}
    for folder in sorted(path for path in (data / "tables").iterdir()
                         if (path / "_delta_log").is_dir()):
        fields = columns(folder)
        if folder.name == SUBMISSIONS:
            by, sums = ["decision"], []
        elif {"unit", "period", "level"} <= fields.keys():
            by = ["period", "level"]
            sums = [name for name, of in fields.items()
                    if of.startswith(NUMBERS) and name not in CODES]
        else:
            continue
        if delta_log.live_files(folder):
            found[folder.name] = {"version": delta_log.last_version(folder),
                                  "folder": str(folder), "by": by, "sums": sums}
    return found


def columns(folder):
    """Columns of a table and their types, as the last description in its log has them."""
    schema = None
    for _, actions in delta_log.commits(folder):
        for action in actions:
            if "metaData" in action:
                schema = json.loads(action["metaData"]["schemaString"])
    return {field["name"]: str(field["type"]) for field in schema["fields"]}


def keyed(rows, by):
    """Answers by what they are grouped by: the count, then the sums, as exact numbers."""
    return {tuple(row[:by]): tuple(None if value is None else decimal.Decimal(value)
                                   for value in row[by:]) for row in rows}


# --- the readers ------------------------------------------------------------------------------

def quoted(name):
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def by_duckdb(asked):
    """DuckDB's answers, from the files of each version."""
    import duckdb
    found = {}
    for table, about in asked.items():
        files = [str(path) for path, _ in
                 delta_log.live_files(about["folder"], about["version"])]
        of = [*map(quoted, about["by"]), "count(*)",
              *(f"sum({quoted(name)})" for name in about["sums"])]
        rows = duckdb.execute(
            f"SELECT {', '.join(of)} FROM read_parquet(?, union_by_name = true, "
            f"hive_partitioning = true, hive_types_autocast = false) GROUP BY ALL", [files])
        found[table] = keyed(rows.fetchall(), len(about["by"]))
    return found


def by_spark(asked, place, folder):
    """Spark's answers, from a process of its own."""
    try:
        python, jars = ingest_spark.install(folder)
    except (FileNotFoundError, RuntimeError) as error:
        from broker import Missing
        raise Missing(str(error)) from error
    path = place.scratch / "questions.json"
    path.write_text(json.dumps(asked), encoding="utf-8")
    done = subprocess.run(
        [str(part) for part in (python, HERE / "readers.py", "--answer", path, "--spark-jars", jars,
                                "--scratch", place.scratch / "spark")],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        from broker import Trouble
        raise Trouble(f"Spark ended with {done.returncode}:\n"
                      + (done.stdout + done.stderr)[-3000:])
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {answer["table"]: keyed(answer["rows"], len(asked[answer["table"]]["by"]))
            for answer in answers}


def answer(chosen):
    """The side of Spark: a line for each table."""
    from pyspark.sql import functions
    asked = json.loads(chosen.answer.read_text(encoding="utf-8"))
    spark = ingest_spark.session(chosen.spark_jars, chosen.scratch)
    for table, about in asked.items():
        read = (spark.read.format("delta").option("versionAsOf", about["version"])
                .load(about["folder"]))
        of = [functions.count(functions.lit(1)), *(functions.sum(f"`{name}`")
                                                   for name in about["sums"])]
        rows = read.groupBy(*about["by"]).agg(*of).collect()
        # Numbers as text, so that no digit is lost on the way.
        print(json.dumps({"table": table, "rows": [
            [None if value is None else str(value) for value in row] for row in rows]}), flush=True)
    spark.stop()
    return 0


# --- what must come out -----------------------------------------------------------------------

def expected_sums(oracle, form, asked):
    """The oracle's sums for a form, by period and level, in the order asked."""
    found = {}
    for period, provinces in oracle.expected.periods(form).items():
        of_day = oracle.forest.tree(period.end)
        nodes = oracle.expected.nodes(form, period, provinces)
        scaled = oracle.expected.values(form, period)
        scaled |= {name: (column, 0) for name, column
                   in oracle.expected.counts(form, period).items()}
        by_level = collections.defaultdict(list)
        for node in nodes:
            by_level[of_day.levels[node]].append(node)
        for level, below in by_level.items():
            sums = [total(*scaled[name], below) for name in asked["sums"]]
            found[period.text, level] = (decimal.Decimal(len(below)), *sums)
    return found


def total(column, scale, nodes):
    """The sum of a column over some units; None where none of them has a value."""
    values = [] if column is None else [column[node] for node in nodes if column[node] is not None]
    return decimal.Decimal(sum(values)).scaleb(-scale) if values else None


def expected_decisions(look):
    """How many entries must have which decision."""
    return {(decision,): (decimal.Decimal(count),)
            for decision, count in collections.Counter(look.expected.values()).items()}


class Comparison:
    """Compares answers number by number."""

    def __init__(self):
        self.numbers, self.different, self.examples = 0, 0, []

    def compare(self, table, names, ours, theirs, who):
        """Two answers about one table; how many numbers were compared."""
        before = self.numbers
        for key in sorted(ours.keys() | theirs.keys(), key=str):
            one, other = ours.get(key), theirs.get(key)
            if one is None or other is None:
                self._differs(f"{table} {key}: {who[0] if one is None else who[1]} has no rows")
                continue
            for name, left, right in zip(names, one, other, strict=True):
                self.numbers += 1
                if left != right:
                    self._differs(f"{table} {key} {name}: {who[0]} {left}, {who[1]} {right}")
        return self.numbers - before

    def _differs(self, text):
        self.different += 1
        if self.different <= SHOWN:
            self.examples.append(text)


def compare(asked, look, ours, theirs):
    """Prints what was compared and what differs; whether all is the same."""
    comparison = Comparison()
    independent = {form.table: expected_sums(look.oracle, form, asked[form.table])
                   for form in look.oracle.known.forms.values() if form.table in asked}
    independent[SUBMISSIONS] = expected_decisions(look)
    print(f"{'table':<20}{'version':>8}{'rows':>10}{'groups':>8}{'columns':>9}"
          f"{'DuckDB = Spark':>16}{'= recomputed':>14}")
    for table, about in asked.items():
        names = ["rows", *about["sums"]]
        same = comparison.compare(table, names, ours[table], theirs.get(table, {}),
                                  ("DuckDB", "Spark"))
        known = comparison.compare(table, names, ours[table], independent[table],
                                   ("DuckDB", "the recomputation"))
        rows = sum(answer[0] for answer in ours[table].values())
        print(f"{table:<20}{about['version']:>8}{rows:>10}{len(ours[table]):>8}"
              f"{len(about['sums']):>9}{same:>16}{known:>14}")
    print("decisions: " + ", ".join(f"{key[0]} {counts[0]}" for key, counts
                                    in sorted(ours[SUBMISSIONS].items())))
    for line in comparison.examples:
        print("  " + line)
    print(f"numbers compared: {comparison.numbers}, different: {comparison.different}")
    return comparison.numbers > 0 and not comparison.different


# --- the run ----------------------------------------------------------------------------------

def test(chosen):
    """The whole run; the exit code."""
    import checker
    import installation
    import topic
    place, report = installation.Installation(chosen), None
    os.environ.update(MANY_COMMITS)
    try:
        place.begin()
        place.start_aggregator()
        sent = place.start_load(chosen.seed, chosen.rate)
        place.wait_for_first_rows()
        if not sent.wait_for_more(chosen.returns - len(sent.acknowledged), chosen.patience):
            place.failures.append(f"only {len(sent.acknowledged)} returns were acknowledged")
        report = place.finish()
        look = checker.Checker(place.data, place.definitions).take(
            topic.read(place.scratch / "journal.jsonl"))
        asked = questions(place.data)
        theirs = by_spark(asked, place, chosen.spark or place.scratch.parent / "spark")
        if not compare(asked, look, by_duckdb(asked), theirs):
            place.failures.append("the readers do not agree")
        if not list((place.data / "tables" / SUBMISSIONS / "_delta_log").glob("*.checkpoint.*")):
            place.failures.append(f"NOT RUN: {SUBMISSIONS} has no checkpoint that could be read")
        return installation.conclude(place, report)
    finally:
        place.end()


def main():
    """Reads the arguments and runs, or answers for Spark."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    if "--answer" in sys.argv:
        parser.add_argument("--answer", type=pathlib.Path, required=True)
        parser.add_argument("--spark-jars", type=pathlib.Path, required=True)
        parser.add_argument("--scratch", type=pathlib.Path, required=True)
        return answer(parser.parse_args())
    # Spark's interpreter has none of the packages that these need.
    import installation
    installation.add_arguments(parser)
    parser.add_argument("--returns", type=int, default=4_000)
    parser.add_argument("--spark", help="folder of Spark and its jars (default: beside scratch)")
    parser.set_defaults(rate=800)
    chosen = parser.parse_args()
    return installation.guarded(lambda: test(chosen))


if __name__ == "__main__":
    sys.exit(main())
