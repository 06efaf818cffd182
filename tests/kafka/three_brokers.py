"""Three brokers under load: the leader is killed, then a second one; both come back; 0 lost.

  three_brokers.py --program ZHIBAO --definitions DIR --scratch DIR [--jars DIR] [--seed 1]

Replication 3, min.insync.replicas 2. With two brokers left everything goes on. With one left
nothing may be acknowledged any more, and `zhibao submit` must say so and refuse; afterwards the same
file goes through. Ends with 0 only if all of that was seen and the checker finds nothing lost, double
or unaccounted.
"""

import argparse
import sys
import time

import installation
from broker import Trouble
from child import wait_for

# What two brokers still take, and what tells that the load is flowing again.
SOME = 300
# Messages that were on their way when the second broker died may still be confirmed for so long.
SETTLE_SECONDS = 3
QUIET_SECONDS = 8
SUBMIT_SECONDS = 5
REFUSED = 3


class Outage:
    """The steps of the test and what they showed."""

    def __init__(self, place):
        self.place = place
        self.began = time.monotonic()

    def say(self, text):
        """Prints a step with its time and the count of acknowledgements."""
        print(f"{time.monotonic() - self.began:6.1f} s  {text}; "
              f"{len(self.place.load.acknowledged)} acknowledged", flush=True)

    def expect(self, holds, text):
        """Notes what does not hold."""
        if not holds:
            self.place.failures.append(text)

    def kill_a_leader(self):
        """Kills the broker that leads partition 0."""
        cluster = self.place.cluster
        leader = wait_for(lambda: cluster.leader(self.place.topic.name, 0), 60)
        if not leader:
            raise Trouble("partition 0 has no leader for a minute")
        leader.kill()
        self.say(f"kill -9 broker {leader.node}, the leader of partition 0")
        return leader

    def two_left(self):
        """With two brokers the load goes on."""
        self.expect(self.place.load.wait_for_more(SOME, 90),
                    f"with two of three brokers {SOME} returns were not acknowledged within 90 s")
        self.say("two brokers left, the load goes on")

    def one_left(self):
        """With one broker nothing is acknowledged, and the program says why."""
        time.sleep(SETTLE_SECONDS)
        load = self.place.load
        before = len(load.acknowledged)
        time.sleep(QUIET_SECONDS)
        more = len(load.acknowledged) - before
        self.expect(more == 0, f"with one of three brokers {more} returns were acknowledged")
        self.say(f"one broker left, {more} acknowledged within {QUIET_SECONDS} s")
        done = self.submit(SUBMIT_SECONDS)
        answer = " ".join((done.stderr + done.stdout).split())
        self.expect(done.returncode == REFUSED,
                    f"submit with one broker ended with {done.returncode}: {answer}")
        self.expect(bool(answer), "submit with one broker says nothing")
        self.say(f"submit is refused with {done.returncode}: {answer[-400:]}")

    def submit(self, seconds):
        """Hands one return in by the program, always the same one."""
        sent = self.place.load.returns.extra()
        self.place.load.note(sent)
        file = self.place.scratch / "submitted.json"
        file.write_bytes(sent.data + b"\n")
        return self.place.run("submit", file, append_seconds=seconds)

    def all_back(self, brokers):
        """Both come back, and everything flows again."""
        for broker in brokers:
            broker.start()
        for broker in brokers:
            broker.wait(120)
        self.place.cluster.wait_for_all(120)
        self.say("all three brokers are back")
        self.expect(self.place.load.wait_for_more(SOME, 120),
                    f"with all brokers back {SOME} returns were not acknowledged within 120 s")
        self.say("the load flows again")
        done = self.submit(30)
        self.expect(done.returncode == 0, f"submit with all brokers ended with {done.returncode}: "
                                          + done.stderr + done.stdout)


def test(chosen):
    """The whole run; the exit code."""
    if installation.refuses_to_kill("three brokers, two of them killed"):
        return 1
    place = installation.Installation(chosen, brokers=3, replication=3, min_in_sync=2)
    try:
        place.begin()
        place.start_aggregator()
        place.start_aggregator()
        load = place.start_load(chosen.seed, chosen.rate)
        place.wait_for_first_rows()
        outage = Outage(place)
        outage.expect(load.wait_for_more(SOME, 60), "the load does not flow with three brokers")
        outage.say("three brokers")
        first = outage.kill_a_leader()
        outage.two_left()
        second = outage.kill_a_leader()
        outage.one_left()
        outage.all_back([first, second])
        place.note_deaths()
        report = place.finish(copies=True)
        if load.refused:
            print(f"refused by the broker and sent again: {dict(load.refused)}")
        return installation.conclude(place, report)
    finally:
        place.end()


def main():
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    installation.add_arguments(parser)
    chosen = parser.parse_args()
    return installation.guarded(lambda: test(chosen))


if __name__ == "__main__":
    sys.exit(main())
