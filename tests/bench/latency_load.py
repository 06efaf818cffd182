"""The open loop of the latency benchmark: prepares returns in files, and sends them at a constant rate.

  latency_load.py prepare --definitions DIR --months N --first K --end L --file FILE
      writes the returns numbered K to L-1 of ingest_returns.py, month by month, with their keys and
      partitions; behind the last of N months it begins again with the first one, each return in its
      next revision with other amounts, so that memory does not decide how long the loop can run
  latency_load.py send --rate R --begin MOMENT --brokers LIST --topic NAME FILE...
      sends them from a moment of the monotonic clock on, each when its time has come, whether or not
      those before it are acknowledged; prints what rate was reached and how late a return was at most

Preparing is apart, so that sending takes as little of the processor as it can.
"""

import argparse
import json
import mmap
import pathlib
import struct
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "kafka"), str(HERE.parent / "oracle")]

import ingest_returns
from broker import QUIET, Trouble
from returns import PARTITIONS, Sent

# Partition, length of the key, length of the value.
HEAD = struct.Struct("<BBH")
TICK_SECONDS = 0.005
FLUSH_SECONDS = 120


def laps(keys, first, end):
    """Begin and end within a lap, and its number from 0, of the returns from `first` to `end`."""
    while first < end:
        lap = first // keys
        until = min(end, (lap + 1) * keys)
        yield first - lap * keys, until - lap * keys, lap
        first = until


def sums(of, keys, end, of_month):
    """The province's amounts of a month after the returns up to `end`, in their last revisions."""
    lap, within = divmod(end, keys)
    found = ingest_returns.sums(of, within, of_month, lap + 1)
    if lap:
        # The others of the month are still those of the lap before.
        whole = ingest_returns.sums(of, keys, of_month, lap)
        again = ingest_returns.sums(of, within, of_month, lap)
        found = [new + old - replaced for new, old, replaced in zip(found, whole, again)]
    return found


def amounts(of, place, of_month, revision):
    """The cells of one return."""
    step = ingest_returns.moves(of_month, place % ingest_returns.PHASES, revision)
    return [base + move for base, move in zip(of.bases[place], step)]


def prepare(chosen):
    """Writes the file; how many returns it holds."""
    one_month = len(ingest_returns.plan(chosen.definitions, 1).villages)
    keys = chosen.months * one_month
    of = ingest_returns.plan(chosen.definitions, min(keys, chosen.end))
    count = 0
    with open(chosen.file, "wb", buffering=1 << 20) as file:
        for first, end, lap in laps(keys, chosen.first, chosen.end):
            made = ingest_returns.sequence(of, end, set(range(PARTITIONS)), first, lap + 1,
                                           lap * keys)
            for key, data, partition in made:
                file.write(HEAD.pack(partition, len(key), len(data)) + key + data)
                count += 1
    if count != chosen.end - chosen.first:
        raise Trouble(f"{count} returns were made, {chosen.end - chosen.first} were asked for")
    return {"returns": count}


def records(paths):
    """Partition, key and value of everything in the files."""
    for path in paths:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
            at, end = 0, len(held)
            while at < end:
                partition, key, value = HEAD.unpack_from(held, at)
                at += HEAD.size
                yield partition, held[at:at + key], held[at + key:at + key + value]
                at += key + value


class OpenLoop:
    """Sends each return when its time has come."""

    def __init__(self, chosen):
        from confluent_kafka import Producer
        self.topic, self.rate, self.begin = chosen.topic, chosen.rate, chosen.begin
        self.refused = []
        # The settings of zhibao's own producer.
        self.producer = Producer({
            "bootstrap.servers": chosen.brokers, "enable.idempotence": True, "acks": "all",
            # So many milliseconds bring together about as many returns of a county as a township
            # hands in at once.
            "compression.type": "zstd", "batch.size": 1_000_000, "linger.ms": 50,
            # A call for each return would cost more than sending it.
            "delivery.report.only.error": True, **QUIET})
        # Connected before the first return is due.
        self.producer.list_topics(self.topic, timeout=30)

    def run(self, paths):
        """Sends everything; what rate was reached."""
        headers, sent, latest, due = list(Sent.headers), 0, 0.0, 0
        time.sleep(max(0.0, self.begin - time.monotonic()))
        for partition, key, data in records(paths):
            while sent >= due:
                self.producer.poll(0)
                now = time.monotonic()
                due = int((now - self.begin) * self.rate)
                if sent < due:
                    latest = max(latest, now - self.begin - sent / self.rate)
                else:
                    time.sleep(TICK_SECONDS)
            self._produce(key, data, partition, headers)
            sent += 1
        ended = time.monotonic()
        left = self.producer.flush(FLUSH_SECONDS)
        if left or self.refused:
            raise Trouble(f"{left} returns were not sent, {len(self.refused)} refused: "
                          f"{self.refused[:1]}")
        return {"returns": sent, "seconds": ended - self.begin, "ended": ended,
                "acknowledged": time.monotonic(), "latest": latest,
                "processor": time.process_time()}

    def _produce(self, key, data, partition, headers):
        while True:
            try:
                self.producer.produce(self.topic, key=key, value=data, partition=partition,
                                      headers=headers, on_delivery=self._delivered)
                return
            except BufferError:
                self.producer.poll(0.01)

    def _delivered(self, error, message):
        self.refused.append(error)


def main():
    """Reads the arguments; prepares or sends."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    made = verbs.add_parser("prepare")
    made.add_argument("--definitions", required=True, help="folder that has the form")
    made.add_argument("--months", type=int, required=True)
    made.add_argument("--first", type=int, required=True)
    made.add_argument("--end", type=int, required=True)
    made.add_argument("--file", required=True)
    sent = verbs.add_parser("send")
    sent.add_argument("--rate", type=float, required=True, help="returns a second")
    sent.add_argument("--begin", type=float, required=True)
    sent.add_argument("--brokers", required=True)
    sent.add_argument("--topic", required=True)
    sent.add_argument("files", nargs="+")
    chosen = parser.parse_args()
    try:
        print(json.dumps(prepare(chosen) if chosen.verb == "prepare"
                         else OpenLoop(chosen).run(chosen.files)))
    except Trouble as trouble:
        print(f"latency_load.py: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
