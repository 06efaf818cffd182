"""How soon a correction shows in the rolled-up table while returns come in all the time.

  latency.py --program ZHIBAO --definitions DIR --scratch DIR [--seconds 30] [--rate N]
             [--returns 400000] [--months 80] [--every 0.5] [--jars DIR] [--seed 1]

A broker is started (or ZHIBAO_TEST_KAFKA used) and the topic filled with returns of 40 cells, as in
ingest.py; one aggregator takes them through until nothing is left: its returns a second, from the
first poll to the last commit of the roll-up, are the maximum, unless --rate names it. Then an aggregator
with the default settings serves on the same tables, and

  the loop   sends the returns of the next villages and months at half of that, at a constant rate,
             whatever becomes of them (latency_load.py), for --seconds
  we         send, at random moments, about every half second, the correction of one cell of one
             village in a month that is over, each in another month or county

A correction is visible with the first commit whose file shows the corrected cell and the sum of the
county that has it in it. Its latency is counted from the acknowledgement by the broker to the moment at
which the commit's file is there. While the loop runs, only these moments are noted and the files linked;
they are read afterwards.

The bars, of the issue that asked for them: median 1 s, 99 of a hundred within 2 s, with --seconds 300. At
the end everything must be settled, the account must be that of what was sent, and the province's sums
must be those of the generator with the corrections. Ends with 1 when a bar is missed.
"""

import argparse
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "kafka"), str(HERE.parent / "oracle")]

from confluent_kafka import Producer

import definitions
import ingest
import ingest_returns
import installation
import latency_load
import latency_watch
import register
import tables
import tree
from broker import HOST, QUIET, Trouble, free_port
from child import Child, wait_for
from ingest import tell
from memory import account
from returns import PARTITIONS, SIGNERS, WIRE, Sent

SECONDS = 300
SHARE = 1 / 2
MEDIAN, P99 = 1.0, 2.0
MAKERS = 2
# Time for the loop's process to start, before its first return is due.
START_SECONDS = 3
# A month is over for us when its last return was due so long ago.
OVER_SECONDS = 5
PATIENCE_SECONDS = 300
# Above every revision that the loop can come to, so that a correction stays in force.
REVISION = 1_000


# --- the corrections --------------------------------------------------------------------------

class Correction:
    """One correction: what it changes, and what became of it."""

    def __init__(self, number, place, month, of_revision):
        self.number, self.place, self.month = number, place, month
        # The revision that the loop has brought the month to.
        self.of_revision = of_revision
        self.cell = self.more = None
        self.sent = self.acknowledged = self.partition = self.offset = None
        self.settled = self.visible = None

    def amounts(self, of):
        """The cells with the corrected one."""
        found = latency_load.amounts(of, self.place, self.month, self.of_revision)
        found[self.cell] += self.more
        return found

    def took(self, begin, end):
        """Seconds between two moments; without end where one of them never came."""
        begin, end = getattr(self, begin), getattr(self, end)
        return math.inf if begin is None or end is None else end - begin

    def message(self, of):
        """The return with the corrected cell."""
        period = of.months[self.month]
        return Sent({"wire": WIRE, "id": f"c{self.number:08}", "unit": of.villages[self.place],
                     "form": ingest_returns.FORM, "period": period.text, "revision": REVISION,
                     "reason": ingest_returns.REASON,
                     "submitted_at": f"{period.end.isoformat()}T21:00:00+08:00",
                     "signers": SIGNERS,
                     "cells": dict(zip(ingest_returns.CELLS, map(str, self.amounts(of)))),
                     "source": "system"}, "correction")


class Corrections:
    """Makes and sends them at random moments."""

    def __init__(self, bench, before, rate):
        self.bench, self.before, self.rate = bench, before, rate
        self.seconds, self.every = bench.chosen.seconds, bench.chosen.every
        self.chance = random.Random(bench.chosen.seed)
        self.taken = set()
        self.all = []
        self.open = 0
        self.producer = Producer({
            "bootstrap.servers": bench.cluster.bootstrap, "enable.idempotence": True, "acks": "all",
            "compression.type": "zstd", "linger.ms": 5, **QUIET})
        self.producer.list_topics(bench.topic.name, timeout=30)

    def run(self, begin):
        """Sends for as long as the loop runs; returns when all are acknowledged."""
        count = max(1, round(self.seconds / self.every))
        for after in sorted(self.chance.uniform(0, self.seconds) for _ in range(count)):
            while (left := begin + after - time.monotonic()) > 0:
                self.producer.poll(left)
            self._send(after)
        if self.producer.flush(PATIENCE_SECONDS) or self.open:
            raise Trouble(f"{self.open} corrections were not acknowledged")

    def _choose(self, after):
        """A correction of a month that is over, in a county that has none in this month yet."""
        villages = len(self.bench.of.villages)
        over = int(self.before + max(0.0, after - OVER_SECONDS) * self.rate) // villages
        # Not one of the oldest: the loop comes round to them, and what the correction should show
        # would be gone before it is rolled up.
        oldest = max(0, over - self.bench.chosen.months // 2)
        for _ in range(1000):
            lap, month = divmod(self.chance.randrange(oldest, over), self.bench.chosen.months)
            place = self.chance.randrange(villages)
            county = self.bench.above(place, month)
            if county is not None and (county, month) not in self.taken:
                self.taken.add((county, month))
                return Correction(len(self.all), place, month, lap + 1)
        raise Trouble("no county and month is left that was not corrected yet")

    def _send(self, after):
        of, one = self.bench.of, self._choose(after)
        one.cell = self.chance.randrange(len(ingest_returns.CELLS))
        one.more = 1 << self.chance.randrange(5)
        self.all.append(one)
        message = one.message(of)

        def delivered(error, told):
            self.open -= 1
            if error is not None:
                raise Trouble(f"correction {one.number} was refused: {error}")
            one.acknowledged = time.monotonic()
            one.partition, one.offset = told.partition(), told.offset()

        self.open += 1
        one.sent = time.monotonic()
        self.producer.produce(self.bench.topic.name, key=message.key, value=message.data,
                              partition=message.partition, headers=list(message.headers),
                              on_delivery=delivered)


# --- the bench --------------------------------------------------------------------------------

class Bench(ingest.Bench):
    """The broker, and an aggregator that serves while the loop runs."""

    def __init__(self, chosen):
        super().__init__(chosen)
        self.child = self.watch = None
        known = definitions.Definitions(self.definitions)
        self.forest = tree.Forest(register.load(known.folder))
        self.of = None

    def above(self, place, month):
        """County and prefecture of a village in a month; None where there is no county."""
        of_day = self.forest.tree(self.of.months[month].end)
        chain = of_day.chain(of_day.node[int(self.of.villages[place])])
        county = next((node for node in chain if of_day.levels[node] == "county"), None)
        return None if county is None else (of_day.codes[county], of_day.codes[chain[-2]])

    def maximum(self):
        """Fills the topic and takes it through; returns a second, and the folder of the tables."""
        self.fill()
        run = ingest.Run(self, 1)
        found = self.chosen.returns / run.seconds
        run.check(ingest_returns.plan(self.definitions, self.chosen.returns), self.chosen.returns,
                  self.held())
        tell(f"{self.chosen.returns} returns in {run.seconds:.2f} s: {found:,.0f} a second"
             + (f"; --rate names {self.chosen.rate:,.0f}" if self.chosen.rate else ""))
        return self.chosen.rate or found, run.data

    def prepare(self, rate):
        """Has the loop's returns written; their files."""
        count = int(rate * self.chosen.seconds)
        first = self.chosen.returns
        ends = [first + count * number // MAKERS for number in range(MAKERS + 1)]
        paths = [self.scratch / f"loop-{number}" for number in range(MAKERS)]
        makers = [subprocess.Popen(
            [str(part) for part in (
                sys.executable, HERE / "latency_load.py", "prepare", "--definitions",
                self.definitions, "--months", self.chosen.months, "--first", begin, "--end", end,
                "--file", path)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            for path, begin, end in zip(paths, ends, ends[1:])]
        if any([maker.wait() for maker in makers]):
            raise Trouble("the returns of the loop were not made")
        one_month = len(ingest_returns.plan(self.definitions, 1).villages)
        if not one_month <= first <= self.chosen.months * one_month:
            raise Trouble(f"--returns must be at least the {one_month} of a month, and at most those "
                          f"of --months {self.chosen.months}")
        self.of = ingest_returns.plan(self.definitions,
                                      min(first + count, self.chosen.months * one_month))
        tell(f"{count} returns prepared, {len(self.of.months)} months")
        return paths

    def serve(self, data):
        """Starts an aggregator on the tables and waits until it holds the partitions."""
        listen = f"{HOST}:{free_port()}"
        command = self.command(self.settings("serve", data, listen), "aggregate")
        self.child = Child("aggregator", command, self.scratch / "serve.log", listen).start()
        if not wait_for(lambda: self.metric("partitions") == PARTITIONS or not self.child.running,
                        PATIENCE_SECONDS) or not self.child.running:
            raise Trouble("the aggregator does not get ready:\n" + self.child.last_words())

    def metric(self, name):
        """A number of the aggregator's metrics; None before it is there."""
        for line in installation.metrics(self.child.settings):
            if line.startswith(f"zhibao_{name} "):
                return float(line.split()[-1])
        return None

    def metrics(self):
        """What tells where its time goes."""
        names = [f"{step}_seconds_{what}" for step in ("settle", "roll_up")
                 for what in ("sum", "count")] + ["entries_total", "rows_total"]
        return {name: self.metric(name) or 0.0 for name in names}

    def run(self, paths, rate, data):
        """The loop and the corrections beside it."""
        os.sync()
        self.watch = latency_watch.Watch(data, self.scratch / "kept")
        corrections = Corrections(self, self.chosen.returns, rate)
        begin = time.monotonic() + START_SECONDS
        loop = subprocess.Popen(
            [str(part) for part in (
                sys.executable, HERE / "latency_load.py", "send", "--rate", rate, "--begin", begin,
                "--brokers", self.cluster.bootstrap, "--topic", self.topic.name, *paths)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        try:
            before = self.metrics()
            self.watch.start()
            corrections.run(begin)
            said, _ = loop.communicate(timeout=PATIENCE_SECONDS)
        finally:
            loop.kill()
        if loop.returncode:
            raise Trouble("the loop did not send everything")
        after = self.metrics()
        spent = {name: after[name] - before[name] for name in after}
        return corrections.all, json.loads(said), spent

    def settle(self):
        """Waits until everything is settled and rolled up; whether it came to that."""
        ends = {partition: end for partition, end in self.topic.ends().items() if end}
        positions = tables.Positions(self.watch.data)

        def done():
            return (positions.now() == ends
                    and (self.metric("applied_version") or 0) >= positions.settled)

        settled = wait_for(lambda: done() or not self.child.running, PATIENCE_SECONDS, 0.5)
        self.watch.end()
        if not self.child.running:
            raise Trouble("the aggregator has ended:\n" + self.child.last_words())
        return settled

    def end(self):
        """Ends everything."""
        if self.watch is not None and self.watch.is_alive():
            self.watch.end()
        if self.child is not None:
            self.child.stop()
        super().end()


# --- the result -------------------------------------------------------------------------------

def check(bench, corrections, sent):
    """The account, and the province's sums of every month; says what is wrong."""
    keys = bench.chosen.months * len(bench.of.villages)
    total = bench.chosen.returns + sent
    wanted = {"received": total + len(corrections), "effective": min(total, keys), "refused": 0,
              "replayed": 0}
    found = account(bench.child, wanted)
    wrong = [] if found == wanted else [f"the account is {found}, sent were {wanted}"]
    rows = latency_watch.province_rows(bench.watch.data)
    for number, month in enumerate(bench.of.months):
        sums = latency_load.sums(bench.of, keys, total, number)
        for one in corrections:
            if one.month == number:
                before = loop_amounts(bench, one, total)
                sums = [sum_ + new - old
                        for sum_, new, old in zip(sums, one.amounts(bench.of), before)]
        if rows.get(month.text) != sums:
            wrong.append(f"the province's sums of {month} are {rows.get(month.text)}, not {sums}")
    return wrong


def loop_amounts(bench, one, total):
    """What the loop has sent last of the village and month of a correction."""
    villages = len(bench.of.villages)
    later = total - 1 - one.month * villages - one.place
    return latency_load.amounts(bench.of, one.place, one.month,
                                later // (bench.chosen.months * villages) + 1)


def percentile(values, share):
    """The value that so many of a hundred do not exceed."""
    return sorted(values)[max(0, math.ceil(share / 100 * len(values)) - 1)]


def print_spread(corrections):
    """How long the corrections took, and with which part of the way."""
    parts = (("sent to acknowledged", "sent", "acknowledged"),
             ("acknowledged to settled", "acknowledged", "settled"),
             ("settled to visible", "settled", "visible"),
             ("acknowledged to visible", "acknowledged", "visible"))
    print(f"\n{len(corrections)} corrections, seconds{'median':>18}{'p90':>9}{'p99':>9}{'most':>9}")
    for name, begin, end in parts:
        took = [one.took(begin, end) for one in corrections]
        print(f"  {name:<34}" + "".join(f"{percentile(took, share):>9.3f}"
                                        for share in (50, 90, 99, 100)))


def print_work(spent, seconds):
    """Where the aggregator's time went while the loop ran."""
    print(f"\naggregator, {seconds:.0f} s of the loop:")
    for step, count, what in (("settle", "entries_total", "entries"),
                              ("roll_up", "rows_total", "rows")):
        times, took = spent[f"{step}_seconds_count"], spent[f"{step}_seconds_sum"]
        each = max(1, times)
        print(f"  {step:<9}{times:>6.0f} times, {took / each:.3f} s and {spent[count] / each:,.0f} "
              f"{what} each; {100 * took / seconds:.0f} % of the time")


def judge(name, found, most):
    """Prints a number beside its bar; whether it is reached."""
    print(f"{name:<44}{found:>9.3f}   at most {most:.2f}: "
          f"{'reached' if found <= most else 'MISSED'}")
    return found <= most


def conclude(bench, rate, corrections, loop, spent):
    """Prints everything; the exit code."""
    wrong = check(bench, corrections, loop["returns"])
    latency_watch.Seen(bench.watch, bench.of, bench.above).find(corrections)
    missing = [f"{bench.of.villages[one.place]} in {bench.of.months[one.month]}"
               for one in corrections if one.visible is None]
    if missing:
        # Either it was not rolled up at all, or so late that the loop had come round to its month.
        wrong.append(f"{len(missing)} corrections never showed: {', '.join(missing[:5])}")
    reached = loop["returns"] / loop["seconds"]
    settled = bench.watch.settled_at(loop["ended"]) - bench.watch.settled_at(0)
    behind = loop["returns"] + len(corrections) - settled
    print(f"\nloop: {loop['returns']} returns in {loop['seconds']:.1f} s, {reached:,.0f} a second of "
          f"{rate:,.0f} wanted; at most {loop['latest']:.2f} s late; {loop['processor']:.1f} s of "
          f"processor time\nwhen it ended, {behind:,} entries were not settled yet "
          f"({behind / rate:.1f} s of sending)")
    partition, waited = bench.watch.longest_wait(loop["ended"] - loop["seconds"], loop["ended"])
    print(f"each partition was sent to all the time; {partition} was in no commit for {waited:.1f} s")
    print_spread(corrections)
    print_work(spent, loop["seconds"])
    print()
    took = [one.took("acknowledged", "visible") for one in corrections]
    good = [judge("median of acknowledged to visible, seconds", percentile(took, 50), MEDIAN),
            judge("p99 of acknowledged to visible, seconds", percentile(took, 99), P99)]
    if bench.chosen.seconds < SECONDS:
        print(f"the bars are those of {SECONDS} s")
    for failure in wrong:
        print("failed: " + failure)
    return 0 if all(good) and not wrong else 1


def measure(chosen):
    """The whole run; the exit code."""
    bench = Bench(chosen)
    try:
        maximum, data = bench.maximum()
        rate = maximum * SHARE
        paths = bench.prepare(rate)
        bench.serve(data)
        tell(f"the loop sends {rate:,.0f} returns a second for {chosen.seconds} s")
        corrections, loop, spent = bench.run(paths, rate, data)
        tell("the loop has ended")
        settled = bench.settle()
        tell("everything is rolled up" if settled else
             f"not everything was rolled up after {PATIENCE_SECONDS} s")
        return conclude(bench, rate, corrections, loop, spent)
    finally:
        bench.end()


def main():
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the zhibao program, built for release")
    parser.add_argument("--definitions", required=True, help="folder of the definitions")
    parser.add_argument("--scratch", required=True, help="folder for data and logs; emptied first")
    parser.add_argument("--seconds", type=int, default=30,
                        help=f"of the open loop; the bars are those of {SECONDS}")
    parser.add_argument("--rate", type=float, help="the maximum, of which half is sent")
    parser.add_argument("--returns", type=int, default=400_000,
                        help="returns that the maximum is measured with")
    parser.add_argument("--months", type=int, default=80,
                        help="months in which villages report before they report again")
    parser.add_argument("--every", type=float, default=0.5, help="seconds between corrections")
    parser.add_argument("--jars", help="folder of Kafka's jars (default: beside scratch)")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.seconds < 1 or chosen.every <= 0:
        parser.error("--seconds and --every are at least 1 and more than 0")
    return installation.guarded(lambda: measure(chosen))


if __name__ == "__main__":
    sys.exit(main())
