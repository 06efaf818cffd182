"""The topic as it is: its ends and every entry, read by a plain consumer without a group."""

import base64
import hashlib
import json
import time

from confluent_kafka import Consumer, TopicPartition

from broker import QUIET, Trouble


class Entry:
    """One entry of the journal."""

    __slots__ = ("partition", "offset", "kind", "wire", "data", "digest")

    def __init__(self, partition, offset, kind, wire, data):
        self.partition, self.offset = partition, offset
        self.kind, self.wire, self.data = kind, wire, data
        self.digest = hashlib.sha256(data).hexdigest()

    @property
    def place(self):
        """Partition and offset."""
        return self.partition, self.offset


class Topic:
    """One topic on a cluster."""

    def __init__(self, bootstrap, name):
        self.bootstrap = bootstrap
        self.name = name

    def _consumer(self):
        return Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.name + ".looking-on",
                         "enable.auto.commit": False, "auto.offset.reset": "error", **QUIET})

    def _ends(self, consumer):
        known = consumer.list_topics(self.name, timeout=30).topics[self.name]
        if known.error is not None or not known.partitions:
            raise Trouble(f"topic {self.name}: {known.error or 'no partitions'}")
        return {partition: consumer.get_watermark_offsets(
                    TopicPartition(self.name, partition), timeout=30)[1]
                for partition in known.partitions}

    def ends(self):
        """The offset behind the last entry of each partition."""
        consumer = self._consumer()
        try:
            return self._ends(consumer)
        finally:
            consumer.close()

    def entries(self, seconds=120):
        """Everything up to the ends of this moment, by partition and offset, and these ends."""
        consumer = self._consumer()
        try:
            ends = self._ends(consumer)
            found, missing = [], {p: end for p, end in ends.items() if end > 0}
            consumer.assign([TopicPartition(self.name, partition, 0) for partition in missing])
            until = time.monotonic() + seconds
            while missing:
                if time.monotonic() > until:
                    raise Trouble(f"topic {self.name} was not read to its end in {seconds} s")
                for message in consumer.consume(5000, 1):
                    self._take(message, found, missing)
        finally:
            consumer.close()
        found.sort(key=lambda entry: entry.place)
        return found, ends

    def _take(self, message, found, missing):
        if message.error() is not None:
            if message.error().fatal() or message.error().name() == "_AUTO_OFFSET_RESET":
                raise Trouble(f"topic {self.name}: {message.error()}")
            return
        partition, offset = message.partition(), message.offset()
        if partition not in missing or offset >= missing[partition]:
            return
        headers = {name: (value or b"").decode("utf-8", "replace")
                   for name, value in message.headers() or ()}
        found.append(Entry(partition, offset, headers.get("kind", ""), headers.get("wire", ""),
                           message.value() or b""))
        if offset + 1 == missing[partition]:
            del missing[partition]


def write(path, entries):
    """Keeps entries, so that a run can be looked at again when the broker is gone."""
    with open(path, "w", encoding="utf-8") as file:
        for entry in entries:
            file.write(json.dumps([entry.partition, entry.offset, entry.kind, entry.wire,
                                   base64.b64encode(entry.data).decode()]) + "\n")


def read(path):
    """Entries that were kept."""
    with open(path, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [Entry(*row[:4], base64.b64decode(row[4])) for row in rows]
