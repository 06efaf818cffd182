"""A paused aggregator wakes after others have taken its partitions: its commit must be refused.

  zombie.py --program ZHIBAO --definitions DIR --scratch DIR [--rounds 4] [--jars DIR] [--seed 1]

In odd rounds one aggregator works alone and is stopped (SIGSTOP) as soon as a file of rows lies in
`submissions` that no commit names yet, so in the middle of its commit; then a second one is started.
In even rounds one of two is stopped at any moment. When the other has committed every partition
beyond what lay in the journal at the stop, the first is woken (SIGCONT). A refused commit must stand
in the log of a woken one at least once, and the checker must find nothing lost, double or
unaccounted.
"""

import argparse
import random
import re
import sys
import time

import installation
import tables
from broker import Trouble
from child import wait_for

REFUSED = re.compile(r"another process has committed|PositionMoved|the table stands at offset")
TAKE_OVER_SECONDS = 90
# How long a woken one has to find out.
WAKING_SECONDS = 15


class Rounds:
    """Pauses, take-overs and awakenings."""

    def __init__(self, place, chosen):
        self.place = place
        self.chance = random.Random(chosen.seed)
        self.refusals = 0
        self.caught = 0

    def run(self, number):
        """One round; whether the woken one was refused."""
        self.place.note_deaths()
        paused = self._stop_in_commit() if number % 2 else self._stop_anywhere()
        began = time.monotonic()
        mark = paused.mark()
        if number % 2:
            self.place.start_aggregator()
        self._wait_for_take_over(began)
        stood = time.monotonic() - began
        paused.wake()
        refusal = wait_for(lambda: REFUSED.search(paused.said(mark)), WAKING_SECONDS)
        self.refusals += bool(refusal)
        print(f"round {number}: {paused.name} stood still for {stood:.1f} s and was woken; "
              + (line_of(paused.said(mark), refusal) if refusal else "no commit of it was refused"),
              flush=True)
        if not paused.running:
            print(f"  {paused.name} ended with {paused.code} after waking")
        return bool(refusal)

    def _stop_in_commit(self):
        """Lets one work alone and stops it between its file of rows and its commit."""
        *others, last = self._at_least(1)
        for other in others:
            self.place.stop_aggregator(other)
        self._wait_for_progress()
        table = tables.folder(self.place.data, tables.SUBMISSIONS)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if newest_file(table) > newest_commit(table):
                last.pause()
                time.sleep(0.05)
                if newest_file(table) > newest_commit(table):
                    self.caught += 1
                    return last
                last.wake()
            time.sleep(0.0005)
        last.pause()
        return last

    def _stop_anywhere(self):
        self._at_least(2)
        self._wait_for_progress()
        time.sleep(self.chance.uniform(0.2, 1.2))
        paused = self.chance.choice(self.place.awake())
        paused.pause()
        return paused

    def _at_least(self, count):
        while len(self.place.awake()) < count:
            self.place.start_aggregator()
        return self.place.awake()

    def _wait_for_progress(self):
        """Waits until the tables move, so that partitions are given out and work goes on."""
        before = self.place.settled()
        if not wait_for(lambda: self.place.settled() > before + 100, TAKE_OVER_SECONDS):
            raise Trouble(f"the tables do not move for {TAKE_OVER_SECONDS} s:\n"
                          + "\n".join(child.last_words() for child in self.place.awake()))

    def _wait_for_take_over(self, began):
        """Waits until everything is committed that lay in the journal when the one was stopped."""
        ends = self.place.topic.ends()

        def taken_over():
            at = self.place.positions.now()
            return all(at.get(partition, 0) >= end for partition, end in ends.items())
        if not wait_for(taken_over, TAKE_OVER_SECONDS):
            raise Trouble(f"nobody has taken over within {TAKE_OVER_SECONDS} s:\n"
                          + "\n".join(child.last_words() for child in self.place.awake()))
        # Beyond the session in any case, even where the stopped one held nothing.
        rest = installation.SESSION_SECONDS + 1 - (time.monotonic() - began)
        time.sleep(max(0, rest))


def newest_file(table):
    """The highest version that a file of rows was written for."""
    numbers = [int(path.name.partition("-")[0]) for path in table.glob("*/*-*.parquet")
               if path.name.partition("-")[0].isdigit()]
    return max(numbers, default=-1)


def newest_commit(table):
    """The highest version that was committed."""
    numbers = [int(path.stem) for path in (table / "_delta_log").glob("*.json")
               if path.stem.isdigit()]
    return max(numbers, default=-1)


def line_of(text, found):
    """The line of a text in which something was found."""
    begin = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.end())
    return text[begin:end if end >= 0 else None].strip()


def test(chosen):
    """The whole run; the exit code."""
    place = installation.Installation(chosen)
    try:
        place.begin()
        place.start_aggregator()
        place.start_load(chosen.seed, chosen.rate)
        place.wait_for_first_rows()
        rounds = Rounds(place, chosen)
        for number in range(1, chosen.rounds + 1):
            rounds.run(number)
        print(f"{rounds.refusals} refused commits in {chosen.rounds} rounds, "
              f"{rounds.caught} of them stopped in the middle of a commit", flush=True)
        if not rounds.refusals:
            place.failures.append("no woken aggregator was refused a commit")
        report = place.finish()
        return installation.conclude(place, report)
    finally:
        place.end()


def main():
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    installation.add_arguments(parser)
    parser.add_argument("--rounds", type=int, default=4)
    chosen = parser.parse_args()
    return installation.guarded(lambda: test(chosen))


if __name__ == "__main__":
    sys.exit(main())
