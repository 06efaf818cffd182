"""Resident memory of one aggregator over ten thousand commits.

  memory.py --program ZHIBAO --definitions DIR --scratch DIR [--data DIR] [--commits 10000]
            [--entries 4] [--corrections 50] [--minutes 30] [--jars DIR] [--seed 1]

A few villages send their returns, and then the very same bytes over and over: such an entry is a
replay, it has its row in `submissions` and changes nothing in the state. So what grows is not what the
aggregator has to know, but what it keeps of its commits. In every so many commits (--corrections) one
of four keys gets its next revision, so that the wide tables are committed as well.

A few entries are sent when those before them stand in a commit, never earlier: nothing waits in the
process, whose memory would otherwise hold the backlog of the topic and give it back commit by commit.
The batch settings are 1, so that what came together is one commit.

VmRSS is read behind each commit; a mark is the median of the last readings before it. The bar: at the
last mark at most 1.1 times what it was at a fifth of the way (10,000 and 2,000 commits). --data puts the
tables elsewhere, such as on a file system in memory (/dev/shm/NAME), where fsync costs nothing. Ends
with 1 when the bar is missed, or when the last mark was not reached within --minutes: commits that take
the longer the more there were would keep it for hours.
"""

import argparse
import collections
import os
import pathlib
import random
import shutil
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "kafka"), str(HERE.parent / "oracle")]

from confluent_kafka import Producer

import delta_log
import installation
import tables
from broker import QUIET, Trouble
from child import wait_for
from returns import PARTITIONS, Returns, Sent

COMMITS = 10_000
# Of all commits; the bar speaks of 2,000 and 10,000.
FROM_SHARE = 5
MOST = 1.1
MARKS = 10
# Readings that make a mark: a roll-up takes some memory for a moment.
WINDOW = 50
CORRECTED_KEYS = 4
LOOK_SECONDS = 0.0005
PATIENCE_SECONDS = 60
MIB = 2**20


class Place(installation.Installation):
    """An installation whose aggregator commits whatever came, at once."""

    def __init__(self, chosen):
        super().__init__(chosen)
        if chosen.data:
            self.data = pathlib.Path(chosen.data).resolve() / "data"
            installation.empty(self.data.parent)
            self.positions = tables.Positions(self.data)

    def settings(self, name, listen=None, append_seconds=30):
        """The settings file of the fault tests with batches of one entry or one millisecond."""
        path = super().settings(name, listen, append_seconds)
        if listen:
            with open(path, "a", encoding="utf-8") as file:
                file.write("batch_entries = 1\nbatch_millis = 1\n")
        return path


    def wait_until_ready(self, child):
        """Until it has settled what it announces itself, its definitions."""
        def ready():
            held = [line for line in installation.metrics(child.settings)
                    if line.startswith("zhibao_partitions ")]
            return (held and float(held[0].split()[-1]) == PARTITIONS
                    and self.settled() == sum(self.topic.ends().values()))
        if not wait_for(lambda: ready() or not child.running, PATIENCE_SECONDS) or not child.running:
            raise Trouble("the aggregator does not get ready:\n" + child.last_words())


# --- what is sent -----------------------------------------------------------------------------

class Replays:
    """First returns, then the same again, with a correction now and then."""

    def __init__(self, chosen):
        self.made = Returns(chosen.definitions, chosen.seed, months=("2023-01",), counties=1,
                            townships=1)
        self.keys = self.made.fresh
        self.first = [Sent(self.made.body(village, month, 1), "first")
                      for village, month in self.keys]
        self.chance = random.Random(chosen.seed)
        self.entries, self.every = chosen.entries, chosen.corrections
        self.revisions = collections.Counter()

    def batches(self):
        """Endless; each is what one commit shall hold."""
        for place in range(0, len(self.first), self.entries):
            yield self.first[place:place + self.entries]
        number = 0
        while True:
            number += 1
            batch = self.chance.choices(self.first, k=self.entries)
            if number % self.every == 0:
                batch[0] = self._correction()
            yield batch

    def _correction(self):
        place = self.revisions.total() % CORRECTED_KEYS
        self.revisions[place] += 1
        village, month = self.keys[place]
        return Sent(self.made.body(village, month, 1 + self.revisions[place]), "correction")


class Sender:
    """Sends a batch and waits for nothing but its acknowledgement."""

    def __init__(self, place):
        self.topic = place.topic.name
        # All messages of a batch lie in one partition, so they travel together.
        self.producer = Producer({"bootstrap.servers": place.cluster.bootstrap,
                                  "enable.idempotence": True, "acks": "all", "linger.ms": 1,
                                  "compression.type": "zstd", **QUIET})
        self.sent, self.refused = 0, []

    def send(self, batch):
        """Sends one batch."""
        for one in batch:
            self.producer.produce(self.topic, key=one.key, value=one.data,
                                  partition=one.partition, headers=list(one.headers),
                                  on_delivery=self._delivered)
        if self.producer.flush(PATIENCE_SECONDS) or self.refused:
            raise Trouble(f"a batch was not acknowledged: {self.refused[:1]}")
        self.sent += len(batch)

    def _delivered(self, error, message):
        if error is not None:
            self.refused.append(error)


# --- what is read -----------------------------------------------------------------------------

def kibibytes(path, names):
    """Some lines of a file of /proc that has sizes in kB, in bytes."""
    found = {}
    for line in pathlib.Path(path).read_text(encoding="ascii").splitlines():
        name, _, rest = line.partition(":")
        if name in names:
            found[name] = int(rest.split()[0]) * 1024
    return found


class Mark:
    """What is known at one of the marks."""

    def __init__(self, version, readings, child, data, seconds):
        self.version, self.seconds = version, seconds
        self.resident = statistics.median(readings[-WINDOW:])
        self.lowest, self.highest = min(readings[-WINDOW:]), max(readings[-WINDOW:])
        self.parts = kibibytes(f"/proc/{child.pid}/smaps_rollup", ("Anonymous", "Rss"))
        self.commits = commits_of(data)

    def line(self, before):
        """Its line of the curve."""
        others = sum(self.commits.values()) - self.commits[tables.SUBMISSIONS]
        pace = (self.version - before.version) / (self.seconds - before.seconds) if before else 0
        return (f"{self.version:>8}{self.resident / MIB:>10.1f}{self.lowest / MIB:>9.1f}"
                f"{self.highest / MIB:>9.1f}{self.parts['Anonymous'] / MIB:>11.1f}{others:>9}"
                f"{pace:>11.1f}")


def commits_of(data):
    """How many commits each table has."""
    return {log.parent.name: sum(name.endswith(".json") for name in os.listdir(log))
            for log in (data / "tables").glob("*/_delta_log")}


class Curve:
    """Drives the load commit by commit and reads the memory."""

    def __init__(self, place, child, chosen):
        self.place, self.child, self.commits = place, child, chosen.commits
        self.load, self.sender = Replays(chosen), Sender(place)
        self.before = place.settled()
        self.readings, self.marks = [], []
        self.most_seconds = 60 * chosen.minutes
        self.complete = False

    def run(self):
        """Goes on until the last mark, or until the time is over."""
        began = time.monotonic()
        step = max(1, self.commits // MARKS)
        due = step
        print(f"{'commit':>8}{'RSS MiB':>10}{'lowest':>9}{'highest':>9}{'anonymous':>11}"
              f"{'others':>9}{'commits/s':>11}")
        for batch in self.load.batches():
            self.sender.send(batch)
            self._wait()
            self.readings.append(
                kibibytes(f"/proc/{self.child.pid}/status", ("VmRSS",))["VmRSS"])
            seconds = time.monotonic() - began
            late = seconds > self.most_seconds
            if late or self.place.positions.version >= due:
                self._mark(seconds)
                due += step
            if late or due > self.commits:
                self.complete = due > self.commits
                return

    def _mark(self, seconds):
        """Sets a mark and prints its line."""
        self.marks.append(Mark(self.place.positions.version, self.readings, self.child,
                               self.place.data, seconds))
        print(self.marks[-1].line(self.marks[-2] if len(self.marks) > 1 else None), flush=True)

    def _wait(self):
        """Until everything that was sent stands in a commit."""
        wanted = self.before + self.sender.sent
        if not wait_for(lambda: self.place.settled() >= wanted or not self.child.running,
                        PATIENCE_SECONDS, LOOK_SECONDS) or not self.child.running:
            raise Trouble(f"version {self.place.positions.version} of {tables.SUBMISSIONS} was the "
                          f"last one:\n{self.child.last_words()}")


# --- the result -------------------------------------------------------------------------------

def check(place, child, curve):
    """The program's own account must be that of what was sent."""
    wanted = {"received": len(curve.load.first) + curve.load.revisions.total(),
              "effective": len(curve.load.first)}
    wanted["replayed"] = curve.sender.sent - wanted["received"]
    # A commit is seen here a moment before its metrics are.
    wait_for(lambda: account(child, wanted) == wanted, PATIENCE_SECONDS)
    found = account(child, wanted)
    if found != wanted:
        place.failures.append(f"the account is {found}, sent were {wanted}")
    print("account: " + ", ".join(f"{name} {count}" for name, count in found.items()))


def account(child, names):
    """Some lines of the program's account, from its metrics."""
    found = {}
    for line in installation.metrics(child.settings):
        for name in names:
            if line.startswith(f'zhibao_submissions{{state="{name}"}}'):
                found[name] = int(float(line.split()[-1]))
    return found


def conclude(place, curve):
    """Prints commits, files and the ratio; the exit code."""
    made = commits_of(place.data)
    wide = sum(1 for _, actions in tables.log(place.data, curve.load.made.form.code.lower())
               if any("txn" in action for action in actions))
    print(f"roll-ups: {wide} commits of table {curve.load.made.form.code.lower()}; "
          + ", ".join(f"{name} {count}" for name, count in sorted(made.items()) if count > 1))
    files = len(delta_log.live_files(tables.folder(place.data, tables.SUBMISSIONS)))
    if not curve.complete:
        place.failures.append(f"commit {curve.commits} was not reached in "
                              f"{curve.most_seconds / 60:g} minutes; the ratio is of less")
    begin, end = curve.marks[max(0, len(curve.marks) // FROM_SHARE - 1)], curve.marks[-1]
    grown = (end.resident - begin.resident) / max(1, end.version - begin.version)
    print(f"files in force in {tables.SUBMISSIONS}: {files}; memory grew by {grown:,.0f} bytes a "
          f"commit of it from {begin.version} to {end.version}")
    ratio = end.resident / begin.resident
    verdict = "MISSED" if ratio > MOST else "reached" if curve.complete else "NOT MEASURED"
    print(f"resident memory at commit {end.version} / at {begin.version}: {ratio:.3f}   at most "
          f"{MOST}: {verdict}")
    if end.version < COMMITS:
        print(f"the bar is that of {COMMITS} commits")
    for failure in place.failures:
        print("failed: " + failure)
    return 0 if ratio <= MOST and not place.failures else 1


def bench(chosen):
    """The whole run; the exit code."""
    place = Place(chosen)
    try:
        place.begin()
        child = place.start_aggregator()
        place.wait_until_ready(child)
        curve = Curve(place, child, chosen)
        began = time.monotonic()
        curve.run()
        print(f"{curve.sender.sent} entries, {curve.load.revisions.total()} of them corrections, "
              f"in {time.monotonic() - began:.0f} s")
        check(place, child, curve)
        place.stop_aggregator(child)
        return conclude(place, curve)
    finally:
        place.end()
        if chosen.data:
            shutil.rmtree(place.data.parent, ignore_errors=True)


def main():
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the zhibao program, built for release")
    parser.add_argument("--definitions", required=True, help="folder of the definitions")
    parser.add_argument("--scratch", required=True, help="folder for logs; emptied first")
    parser.add_argument("--data", help="folder for the tables; emptied first and taken away at the "
                                       "end (default: in scratch, where they stay)")
    parser.add_argument("--commits", type=int, default=COMMITS)
    parser.add_argument("--entries", type=int, default=4, help="entries of a commit")
    parser.add_argument("--corrections", type=int, default=50, metavar="N",
                        help="a correction in every N commits")
    parser.add_argument("--minutes", type=float, default=30, help="gives up after so many")
    parser.add_argument("--jars", help="folder of Kafka's jars (default: beside scratch)")
    parser.add_argument("--seed", type=int, default=1)
    parser.set_defaults(patience=PATIENCE_SECONDS)
    chosen = parser.parse_args()
    return installation.guarded(lambda: bench(chosen))


if __name__ == "__main__":
    sys.exit(main())
