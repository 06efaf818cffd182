"""Messages that cannot be used, and messages that are far too large, between the others.

What is of a newer wire version, no JSON, without headers or of an unknown kind is set aside with
its reason; what can be read is decided like any other return, however large it is. The others go on.
"""

import collections
import hashlib
import json
import random
import re

from confluent_kafka import Producer

from broker import QUIET, Trouble
from load import Acknowledged
from returns import as_bytes, partition_of

HEADERS = {"kind": b"return", "wire": b"1"}
# `zhibao kafka init` allows this much for a batch; a message has a head and headers beside it.
LIMIT = 1_004_096
HEAD = 300
# Behind compression a message can be many times as large as the broker's limit.
MANY_CELLS = 200_000
DEPTH = 100_000

# `reason`: what the list of what was set aside must say, None where it can be read.
Odd = collections.namedtuple("Odd", "id headers data partition reason digest")


def odd(stage):
    """Sends each of them under load; then the list must show all that were to be set aside."""
    stage.work()
    sent = list(_messages(stage.load.returns))
    places = _send(stage, sent)
    stage.recover()
    done = stage.run("set-aside", "list")
    if done.returncode:
        raise Trouble(f"set-aside list ended with {done.returncode}: {done.stderr}")
    listed = {entry["place"]: entry for entry in json.loads(done.stdout)}
    seen = 0
    for message, place in zip(sent, places):
        entry = listed.get(place)
        if message.reason is None:
            stage.expect(entry is None, f"{message.id} at {place} was set aside: {entry}")
        elif stage.expect(entry is not None, f"{message.id} at {place} is not in set-aside list"):
            seen += 1
            stage.expect(re.search(message.reason, entry["reason"], re.IGNORECASE),
                         f"{message.id} was set aside for {entry['reason'][:300]!r}, the reason "
                         f"should say {message.reason}")
            stage.expect(entry["bytes"] == len(message.data or b""),
                         f"{message.id}: {entry['bytes']} bytes kept of {len(message.data or b'')}")
    largest = max(len(message.data or b"") for message in sent)
    stage.notes.append(f"{len(sent)} odd messages up to {largest / 1e6:.1f} MB, {seen} of them in "
                       f"set-aside list, which has {len(listed)}")


def _messages(returns):
    """Each of them, made from a return that would be good."""
    good = returns.body(*returns.spare, 1, number=0)

    def make(name, data, reason, **headers):
        chosen = {key: value for key, value in (HEADERS | headers).items() if value is not None}
        # All are in one partition, so that each of them stands in the way of those behind it.
        return Odd(f"odd-{name}", list(chosen.items()), data, partition_of(good["unit"]), reason,
                   hashlib.sha256(data or b"").hexdigest())

    def like(name, **other):
        return as_bytes(good | {"id": f"odd-{name}"} | other)
    yield make("newer-header", like("newer-header"), "version.*2.*upgrade", wire=b"2")
    yield make("newer-body", like("newer-body", wire=2), "version.*2")
    yield make("newer-field", like("newer-field", wire=2, channel="new"), "version|unknown field")
    yield make("newer-both", like("newer-both", wire=2, channel="new"), "version.*2.*upgrade",
               wire=b"2")
    yield make("text", "低保 20 户".encode("gb18030"), "expected|invalid|JSON")
    yield make("nothing", None, "EOF|empty|JSON")
    yield make("list", b"[1, 2]", "invalid|expected|JSON")
    # The fields in their order, but without their names.
    yield make("sequence", json.dumps([1, "odd-sequence", *(good[name] for name in (
        "unit", "form", "period", "revision", "submitted_at", "signers")), None, good["cells"], [],
        {}, {}, "system"], ensure_ascii=False).encode(), "invalid|expected|JSON")
    yield make("nested", b"[" * DEPTH, "invalid|expected|recursion|nested|JSON")
    yield make("no-headers", like("no-headers"), "version", kind=None, wire=None)
    yield make("unknown-kind", like("unknown-kind"), "unknown kind", kind=b"letter")
    noise = random.Random(1).randbytes((LIMIT - HEAD) // 2).hex().encode()
    yield make("largest", noise, "expected|invalid|JSON")
    yield make("long-reason", like("long-reason", revision=2, reason="因" * ((LIMIT - 2000) // 3)),
               None)
    many = good["cells"] | {f"SA{number:06}": "1" for number in range(MANY_CELLS)}
    yield make("many-cells", like("many-cells", cells=many), None)


def _send(stage, messages):
    """Sends them one after the other; the places as the list names them."""
    producers = {how: Producer({
        "bootstrap.servers": stage.cluster.bootstrap, "enable.idempotence": True, "acks": "all",
        "message.max.bytes": 100_000_000, "compression.type": how, **QUIET})
        for how in ("none", "zstd")}
    places = []

    def delivered(error, message):
        if error is not None:
            raise Trouble(f"an odd message was not taken: {error}")
        places.append((message.partition(), message.offset()))
    for number, message in enumerate(messages):
        stage.load.note(message)
        producer = producers["none" if len(message.data or b"") < LIMIT else "zstd"]
        producer.produce(stage.topic.name, value=message.data, partition=message.partition,
                         headers=message.headers, on_delivery=delivered)
        if producer.flush(30) or len(places) != number + 1:
            raise Trouble(f"{message.id} was not acknowledged within 30 s")
        stage.load.acknowledged.append(Acknowledged(message.id, message.digest, *places[-1]))
    return [f"{partition}/{offset}" for partition, offset in places]
