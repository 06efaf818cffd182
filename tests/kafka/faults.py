"""One fault after the other under load, on one broker: nothing lost, nothing double, all recovers.

  faults.py --program ZHIBAO --definitions DIR --scratch DIR [--jars DIR] [--only NAME]...
            [--down 15] [--full] [--storage PROGRAM]

Each fault has a topic, tables and an aggregator of its own. While returns are sent, the fault is
made and ends; then the same aggregator must settle all by itself, without being started again. Its
log must say what happened and what to do, without flooding, and the checker must find nothing lost,
double or unaccounted. Of the roll-up the telling columns of every row are compared, with --full
every cell. What may not run (mounting needs root, a bucket an S3 gateway) says NOT RUN and counts as failed. A line for each
fault, and the total.
"""

import argparse
import contextlib
import pathlib
import sys
import time

import disk
import fault_broker
import fault_clock
import fault_conflicts
import fault_disk
import fault_messages
import fault_stage
import fault_storage
import fault_topic
import installation
from broker import Missing, Trouble, open_cluster

FAULTS = {
    "broker-late": fault_broker.late,
    "broker-killed": fault_broker.killed,
    "broker-down": fault_broker.down,
    "topic-missing": fault_topic.missing,
    "topic-partitions": fault_topic.partitions,
    "topic-retention": fault_topic.retention,
    "topic-compacted": fault_topic.compacted,
    "odd-messages": fault_messages.odd,
    "disk-full": fault_disk.full,
    "disk-read-only": fault_disk.read_only,
    "conflict-storm": fault_conflicts.storm,
    "clock-jumps": fault_clock.jumps,
    "storage-before": fault_storage.errors_before,
    "storage-after": fault_storage.errors_after,
    "storage-gone": fault_storage.gone,
}
KILLS_THE_BROKER = {"broker-late", "broker-killed", "broker-down"}
DOWN, DOWN_IN_FULL = 15, 600
COUNTS = "acknowledged", "lost", "double", "unaccounted", "different"


class Total:
    """What all faults together have shown."""

    def __init__(self):
        self.counts = dict.fromkeys(COUNTS, 0)
        self.good, self.bad = 0, []

    def take(self, name, stage, report, seconds):
        """Counts a fault and prints its line, then what is wrong."""
        counts = dict.fromkeys(self.counts, 0) | dict(report.counts if report else {})
        for key in self.counts:
            self.counts[key] += counts[key]
        words = [f"acknowledged {counts['acknowledged']}, lost {counts['lost']}, "
                 f"double {counts['double']}"]
        words += [f"{key} {counts[key]}" for key in ("unaccounted", "different") if counts[key]]
        words += [f"recovered after {took:.1f} s" for took in stage.recoveries]
        words += dict.fromkeys(stage.notes)
        failures = stage.failures + (report.failures if report else [])
        print(f"{name}: {', '.join(words)} ({seconds:.0f} s)" + ("  FAILED" if failures else ""))
        for failure in failures:
            print("  failed: " + failure)
        sys.stdout.flush()
        if failures:
            self.bad.append(name)
        else:
            self.good += 1

    def print(self, seconds):
        """The total; the exit code."""
        print(f"{self.good + len(self.bad)} faults, {seconds:.0f} s: "
              + ", ".join(f"{key} {count}" for key, count in self.counts.items()))
        if self.bad:
            print("failed: " + ", ".join(self.bad))
        print("FAILED" if self.bad else "passed", flush=True)
        return 1 if self.bad else 0


def run(chosen, cluster, name, total):
    """One fault from its beginning to the check of its tables."""
    began, report = time.monotonic(), None
    stage = fault_stage.Stage(chosen, cluster, name)
    try:
        # The counts of a single fault are kept beside its tables.
        with open(stage.scratch / "run.log", "w", encoding="utf-8") as log:
            with contextlib.redirect_stdout(log):
                FAULTS[name](stage)
                if stage.load is not None:
                    report = stage.finish(every_cell=chosen.full)
    except Missing as missing:
        stage.failures.append(f"NOT RUN: {missing}")
    except Exception as error:  # whatever it is, the other faults have their turn
        stage.failures.append(str(error) if isinstance(error, Trouble) else repr(error))
    finally:
        stage.end()
    total.take(name, stage, report, time.monotonic() - began)


def test(chosen):
    """The whole run; the exit code."""
    names = chosen.only or list(FAULTS)
    if (chosen.scratch / installation.MARK).exists():
        disk.release(chosen.scratch)
    installation.empty(chosen.scratch)
    jars = chosen.jars or chosen.scratch.parent / "kafka-jars"
    cluster, total, began = open_cluster(chosen.scratch / "kafka", jars), Total(), time.monotonic()
    try:
        cluster.start()
        for name in names:
            if name in KILLS_THE_BROKER and installation.refuses_to_kill(name):
                total.bad.append(name)
            else:
                run(chosen, cluster, name, total)
        return total.print(time.monotonic() - began)
    finally:
        cluster.end()


def main():
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    installation.add_arguments(parser)
    parser.set_defaults(patience=60, rate=100)
    parser.add_argument("--only", action="append", choices=list(FAULTS), metavar="NAME",
                        help="one of " + ", ".join(FAULTS) + "; may be repeated")
    parser.add_argument("--full", action="store_true", 
                        help=f"the broker is down {DOWN_IN_FULL} s, and every cell is compared")
    parser.add_argument("--storage", help="an S3 gateway (versitygw), for tables in a bucket")
    parser.add_argument("--down", type=int, metavar="SECONDS",
                        help=f"how long the broker is down (default {DOWN})")
    chosen = parser.parse_args()
    chosen.down = chosen.down or (DOWN_IN_FULL if chosen.full else DOWN)
    chosen.scratch = pathlib.Path(chosen.scratch).resolve()
    return installation.guarded(lambda: test(chosen))


if __name__ == "__main__":
    sys.exit(main())
