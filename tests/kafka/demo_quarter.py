"""The demo's whole quarter by way of Kafka, and definitions that change under it.

  demo_quarter.py --program zhibao --definitions DIR --scratch DIR --jars DIR [--storage PROGRAM]

The demo's journal is imported into a topic; an aggregator makes the tables from it, in a bucket when
an S3 gateway is named. Then a merger of two townships in mid-quarter is published, and an aggregator
that still has the old definitions goes on. Each time the doctor must find nothing and a rebuild from
the journal alone must give the same tables, with the old definitions at hand and with the new.
"""

import argparse
import gzip
import json
import shutil
import sys

import installation
from broker import Trouble
from storage import ACCESS_KEY, REGION, SECRET_KEY, Storage

GONE, NEW, DAY = ("410102001000", "410102002000"), "410102199000", "2023-02-15"
# What villages enter is the same on both trees; what the two townships sent for the time after they
# were merged is not.
TOTALS = "SELECT period, sa02, sa04 FROM sa WHERE level='province' ORDER BY period"
FIELDS = 10


def with_merger(source, target):
    """Copies the definitions and enters the merger of two townships."""
    shutil.copytree(source, target)
    packed = target / "units" / "henan-2023.csv.gz"
    lines = []
    for line in gzip.decompress(packed.read_bytes()).decode("utf-8").splitlines():
        fields = line.split(",")
        if len(fields) != FIELDS:
            raise Trouble(f"the register has another shape: {line}")
        if fields[0] in GONE:
            fields[8], fields[9] = DAY, NEW
        elif fields[1] in GONE:
            later = [fields[0], NEW, *fields[2:7], DAY, *fields[8:]]
            lines.append(",".join(later))
            fields[8] = DAY
        lines.append(",".join(fields))
    lines.append(f"{NEW},410102000000,township,合并镇,county,town,,{DAY},,")
    packed.unlink()
    (target / "units" / "henan-2023.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


class Quarter:
    """One run: the place, and what was found."""

    def __init__(self, place):
        self.place = place
        self.wrong = []

    def ask(self, *arguments, codes=(0,)):
        """Runs a command and returns what it reported."""
        done = self.place.run(*arguments)
        if done.returncode not in codes:
            raise Trouble(f"zhibao {' '.join(map(str, arguments))}: exit {done.returncode}\n"
                          f"{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return json.loads(done.stdout)

    def hold(self, what, found, wanted):
        """Notes what is not as it must be."""
        if found != wanted:
            self.wrong.append(f"{what}: {found}, it must be {wanted}")

    def prove(self, when, *definitions):
        """Doctor and rebuild find nothing."""
        for folder in definitions:
            rebuilt = self.ask("--definitions", folder, "aggregate", "rebuild", codes=(0, 1))
            for part in ("submissions", "rows"):
                self.tell(f"{when}, rebuild with {folder.name}: {part}", rebuilt[part])
        report = self.ask("--definitions", definitions[-1], "doctor", codes=(0, 1))
        for part, found in report.items():
            self.tell(f"{when}, doctor: {part}", found)

    def tell(self, what, found):
        """Prints a comparison and notes its differences."""
        print(f"{what} compared {found['compared']}, different {found['different']}", flush=True)
        self.hold(what, found["different"], 0)
        if not found["compared"]:
            self.wrong.append(f"{what}: nothing was compared")
        self.wrong.extend(found["told"])


def run(place, more):
    """The whole way, with more lines of settings behind the demo; the quarter."""
    quarter = Quarter(place)
    demo = place.scratch / "demo"
    summary = quarter.ask("--data", demo, "demo", codes=(0,))
    place.more = more
    shutil.copy(demo / "demo.json", place.data / "demo.json")
    quarter.ask("kafka", "init")
    imported = quarter.ask("kafka", "import", "--from", demo)["entries"]
    quarter.hold("entries imported again", quarter.ask("kafka", "import", "--from", demo)["entries"], 0)
    settled = quarter.ask("aggregate", "--until-idle")
    print(f"imported {imported}, settled {settled['settled']}, rows {settled['rows']}", flush=True)
    quarter.hold("the account", settled["intake"], summary["intake"])
    quarter.prove("the quarter", place.definitions)
    totals = quarter.ask("sql", TOTALS)

    merged = with_merger(place.definitions, place.scratch / "merged")
    published = quarter.ask("--definitions", merged, "catalog", "publish")
    quarter.hold("published", published["published"], True)
    again = quarter.ask("aggregate", "--until-idle")
    print(f"after a merger settled {again['settled']}, rows {again['rows']}", flush=True)
    quarter.hold("rolled up anew", again["rows"] > settled["rows"] // 2, True)
    quarter.hold("what villages entered", quarter.ask("--definitions", merged, "sql", TOTALS), totals)
    county = f"SELECT count(*) AS n FROM sa WHERE unit={NEW} AND period='2023-Q1'"
    quarter.hold("the new township", quarter.ask("--definitions", merged, "sql", county), [{"n": 1}])
    quarter.prove("after the merger", place.definitions, merged)
    return quarter


def test(chosen):
    """The whole run; the exit code."""
    place = installation.Installation(chosen)
    storage, more = None, []
    try:
        if chosen.storage:
            storage = Storage(chosen.storage, place.scratch / "storage").start()
            more = ["", "[tables]", f'url = "s3://{storage.bucket}/tables"',
                    f'endpoint = "http://{storage.address}"', f'region = "{REGION}"',
                    f'access_key_id = "{ACCESS_KEY}"', f'secret_access_key = "{SECRET_KEY}"',
                    "allow_http = true"]
        print("tables in " + ("a bucket of " + storage.address if storage else "a folder"))
        place.data.mkdir(parents=True, exist_ok=True)
        place.cluster.start()
        quarter = run(place, more)
        for line in quarter.wrong:
            print("  " + line)
        print("FAILED" if quarter.wrong else "passed", flush=True)
        return 1 if quarter.wrong else 0
    finally:
        place.end()
        if storage:
            storage.stop()


def main():
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    installation.add_arguments(parser)
    parser.add_argument("--storage", help="an S3 gateway (versitygw); without it a folder is used")
    chosen = parser.parse_args()
    return installation.guarded(lambda: test(chosen))


if __name__ == "__main__":
    sys.exit(main())
