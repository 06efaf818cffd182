"""A bare consumer for the ingest benchmark: reads a topic from its beginning and only counts.

  ingest_reader.py --brokers LIST --topic NAME

prints messages, their bytes, and the seconds from the first poll to the last message. It is a process
of its own, so that nothing that its caller does meanwhile is measured with it.
"""

import argparse
import json
import pathlib
import sys
import time

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))

from confluent_kafka import Consumer, TopicPartition

from broker import QUIET, Trouble

AT_ONCE = 10_000
PATIENCE_SECONDS = 60


def read(brokers, topic):
    """Reads everything that the topic holds now."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": topic + ".bare",
                         "enable.auto.commit": False, "auto.offset.reset": "error", **QUIET})
    partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
    left = sum(consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)[1]
               for partition in partitions)
    messages, size = 0, 0
    began = last = time.perf_counter()
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    while messages < left:
        found = consumer.consume(AT_ONCE, 1)
        for message in found:
            if message.error() is not None:
                raise Trouble(f"topic {topic}: {message.error()}")
            size += len(message)
        messages += len(found)
        if found:
            last = time.perf_counter()
        elif time.perf_counter() - last > PATIENCE_SECONDS:
            raise Trouble(f"topic {topic}: {messages} of {left} messages, then nothing")
    consumer.close()
    return {"messages": messages, "bytes": size, "seconds": last - began}


def main():
    """Reads the arguments and the topic."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--topic", required=True)
    chosen = parser.parse_args()
    try:
        print(json.dumps(read(chosen.brokers, chosen.topic)))
    except Trouble as trouble:
        print(f"ingest_reader.py: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
