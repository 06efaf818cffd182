"""Kills, pauses and stops aggregators and the broker under load, and counts what is lost or double.

  kill_cycles.py --program ZHIBAO --definitions DIR --scratch DIR [--cycles 20] [--seed 1]
                 [--aggregators 2..4] [--jars DIR] [--rate 200] [--patience 120]

The seed fixes the faults, their order and the returns; the moments are those of the machine. One
fault a cycle: an aggregator is killed (SIGKILL) and another one started; one is paused (SIGSTOP)
beyond the session timeout while the cycles go on, and woken; the broker is killed and started; an
aggregator is asked to end (SIGTERM). Their number goes up and down in between. Ends with 0 only if
nothing was lost, doubled or unaccounted and every cell of the roll-up is right.
"""

import argparse
import collections
import random
import sys
import time

import installation
from broker import Trouble
from child import wait_for

KILL, PAUSE, BROKER, STOP = ("kill -9 an aggregator", "pause an aggregator beyond its session",
                             "kill -9 the broker", "SIGTERM to an aggregator")
# Out of twenty cycles.
SHARES = {KILL: 8, PAUSE: 4, BROKER: 4, STOP: 4}
# How long a cycle waits for the next commit, so that the next fault hits a system at work.
MOST_SECONDS = 3
GROWN_SECONDS = 2
PAUSE_SECONDS = installation.SESSION_SECONDS + 3


def plan(cycles, seed, may_kill_broker):
    """The faults in their order: each as often as its share, at least once."""
    kinds = [kind for kind in SHARES if may_kill_broker or kind != BROKER]
    faults = []
    while len(faults) < cycles:
        faults.extend(kind for kind in kinds for _ in range(SHARES[kind]))
    chance = random.Random(seed)
    chance.shuffle(faults)
    # Whatever is cut off, every kind is among the first.
    first = [faults.index(kind) for kind in kinds]
    faults = [faults[place] for place in sorted(first)] + [
        fault for place, fault in enumerate(faults) if place not in first]
    faults = faults[:cycles]
    chance.shuffle(faults)
    return faults


class Cycles:
    """The faults of one run."""

    def __init__(self, place, chosen):
        self.place = place
        self.low, self.high = chosen.aggregators
        self.chance = random.Random(chosen.seed + 1)
        self.done = collections.Counter()
        self.seconds = collections.Counter()
        self.to_wake = []
        self.without_commit = 0

    def run(self, number, fault):
        """One cycle: a fault, then a while of work."""
        began = time.monotonic()
        settled = self.place.settled()
        {KILL: self._kill, PAUSE: self._pause, BROKER: self._broker, STOP: self._stop}[fault]()
        self._adjust()
        time.sleep(self.chance.uniform(0.2, 0.7))
        if not wait_for(lambda: self.place.settled() > settled, MOST_SECONDS):
            self.without_commit += 1
        self._wake(time.monotonic())
        self.place.note_deaths()
        self._fill_up()
        self.done[fault] += 1
        self.seconds[fault] += time.monotonic() - began
        print(f"cycle {number}: {fault}; {time.monotonic() - began:.1f} s, acknowledged "
              f"{len(self.place.load.acknowledged)}, settled {self.place.settled()}, "
              f"{len(self.place.awake())} aggregators", flush=True)
        if self.place.load.trouble is not None:
            raise Trouble(f"the load ended: {self.place.load.trouble!r}")

    def _one(self):
        awake = self.place.awake()
        return self.chance.choice(awake) if awake else self.place.start_aggregator()

    def _kill(self):
        child = self._one()
        child.kill()
        self.place.leave(child)
        time.sleep(self.chance.uniform(0, 0.3))
        self.place.start_aggregator()

    def _pause(self):
        child = self._one()
        child.pause()
        self.to_wake.append((time.monotonic() + PAUSE_SECONDS, child))

    def _broker(self):
        broker = self.place.cluster.brokers[0]
        broker.kill()
        time.sleep(self.chance.uniform(0, 0.3))
        broker.start()
        broker.wait()

    def _stop(self):
        """Asks one to end that has had time to get ready for being asked."""
        awake = self.place.awake() or [self.place.start_aggregator()]
        grown = [child for child in awake if child.age > GROWN_SECONDS]
        self.place.stop_aggregator(self.chance.choice(grown) if grown else
                                   max(awake, key=lambda child: child.age))

    def _adjust(self):
        """Lets one join or leave, so that the number goes up and down between its bounds."""
        self._fill_up()
        wanted = self.chance.randint(self.low, self.high)
        awake = self.place.awake()
        if len(awake) < wanted:
            self.place.start_aggregator()
        elif len(awake) > wanted:
            self._stop()

    def _fill_up(self):
        while len(self.place.awake()) < self.low:
            self.place.start_aggregator()

    def _wake(self, now):
        due = [child for when, child in self.to_wake if when <= now]
        self.to_wake = [(when, child) for when, child in self.to_wake if when > now]
        for child in due:
            child.wake()

    def wake_all(self):
        """Wakes the last ones when their sessions are over."""
        while self.to_wake:
            time.sleep(0.2)
            self._wake(time.monotonic())

    def print(self):
        """How often each fault was made."""
        for fault in SHARES:
            count = self.done[fault]
            mean = f", {self.seconds[fault] / count:.1f} s each" if count else ""
            print(f"{count:>4} × {fault}{mean}")
        print(f"{self.without_commit:>4} cycles went by without a commit")


def bounds(text):
    """`2..4` or `3`."""
    low, _, high = text.partition("..")
    low, high = int(low), int(high or low)
    if not 1 <= low <= high:
        raise argparse.ArgumentTypeError("such as 2..4, at least 1")
    return low, high


def test(chosen):
    """The whole run; the exit code."""
    not_ours = installation.refuses_to_kill(BROKER)
    place, report = installation.Installation(chosen), None
    try:
        place.begin()
        if not_ours:
            place.failures.append(f"NOT RUN: {BROKER}")
        low, high = chosen.aggregators
        for _ in range((low + high) // 2):
            place.start_aggregator()
        place.start_load(chosen.seed, chosen.rate)
        place.wait_for_first_rows()
        cycles = Cycles(place, chosen)
        faults = plan(chosen.cycles, chosen.seed, place.cluster.may_be_killed)
        began = time.monotonic()
        for number, fault in enumerate(faults, 1):
            cycles.run(number, fault)
        cycles.wake_all()
        print(f"{len(faults)} cycles, seed {chosen.seed}, {time.monotonic() - began:.0f} s, "
              f"{place.started} aggregators started")
        cycles.print()
        report = place.finish()
        print("sent: " + ", ".join(f"{sort} {count}" for sort, count
                                   in sorted(place.load.by_sort.items())))
        return installation.conclude(place, report)
    finally:
        place.end()


def main():
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    installation.add_arguments(parser)
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--aggregators", type=bounds, default=(2, 4), metavar="LOW..HIGH")
    chosen = parser.parse_args()
    return installation.guarded(lambda: test(chosen))


if __name__ == "__main__":
    sys.exit(main())
