"""Millions of returns of 40 cells for the ingest benchmark: a form of its own, and a topic full.

No form that is shipped asks a village for 40 cells in one return, so a copy of the definitions gets
one more: BX, 40 counts that every village reports each month. Month by month every village of Henan
sends it; each return is accepted at first sight, and any sum above can be told without reading one.

  ingest_returns.py --definitions DIR --brokers LIST --topic NAME --returns N [--share 1/2]

fills the topic, or the share of it that one of several processes has; shares are whole partitions, so
that a partition holds its returns in the order of the months.
"""

import argparse
import collections
import csv
import datetime
import json
import pathlib
import random
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "kafka"), str(HERE.parent / "oracle")]

import definitions
import periods
import register
import tree
from broker import QUIET, Trouble
from returns import SIGNERS, WIRE, Sent, partition_of

FORM = "BX"
TABLE = FORM.lower()
CELLS = [f"{FORM}{line:02}" for line in range(1, 41)]
FIRST_MONTH = 2020, 1
PROVINCE = "41"
# What a return says that is not the first of its key.
REASON = "更正"
SEED = 20200131
# Amounts of three digits that move a little from month to month, as real ones do: neither copied
# forward nor changed by a third within a year.
LOWEST, HIGHEST = 100, 980
PHASES, STEPS = 17, 19

Plan = collections.namedtuple("Plan", "villages months bases")


# --- the form ---------------------------------------------------------------------------------

def with_form(source, target):
    """Copies the definitions and adds the form; returns the folder of the copy."""
    source, target = pathlib.Path(source), pathlib.Path(target)
    shutil.copytree(source, target)
    with open(target / "forms" / "forms.csv", "a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(
            [FORM, "测速", "Speed", 1, f"直报{FORM}表", "示例民政厅", "示例〔2023〕1号",
             "2015-01-01", "", "automatic", ""])
    with open(source / "forms" / "sa.csv", encoding="utf-8-sig", newline="") as file:
        columns = next(csv.reader(file))
    with open(target / "forms" / f"{TABLE}.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        for line, code in enumerate(CELLS, 1):
            writer.writerow({
                "code": code, "core": 1, "line": line, "zh": f"测速指标{line:02}",
                "sql_zh": f"测速指标{line:02}", "en": f"speed figure {line}", "measure": "个",
                "decimals": 0, "scale": 0, "kind": "stock", "rollup": "sum", "frequency": "M",
                "entry_level": "village"})
    return target


# --- which returns ----------------------------------------------------------------------------

def month(place):
    """The month so many months behind the first."""
    year, of_year = FIRST_MONTH
    year, of_year = year + (of_year - 1 + place) // 12, (of_year - 1 + place) % 12 + 1
    return periods.read(f"{year:04}-{of_year:02}")


def plan(folder, returns):
    """Villages in the order in which they send, months, and the amounts that each starts from."""
    known = definitions.Definitions(folder)
    form = known.forms[FORM]
    forest = tree.Forest(register.load(known.folder))
    first = villages_on(forest, form, month(0))
    months = [month(place) for place in range(-(-returns // len(first)))]
    for later in months[1:]:
        if villages_on(forest, form, later) != first:
            raise Trouble(f"the villages of {later} are not those of {months[0]}")
    if months[-1].end >= datetime.date.today():
        raise Trouble(f"{months[-1]} is not over: {returns} returns are too many")
    chance = random.Random(SEED)
    chance.shuffle(first)
    bases = [chance.choices(range(LOWEST, HIGHEST), k=len(CELLS)) for _ in first]
    return Plan(first, months, bases)


def villages_on(forest, form, of_month):
    """Codes of the villages that report at a month's end, sorted."""
    found = forest.tree(of_month.end)
    return sorted(str(code) for code, level, unit_class
                  in zip(found.codes, found.levels, found.classes)
                  if level == "village" and form.asks(unit_class)
                  and str(code).startswith(PROVINCE))


def write_units(folder, of, target):
    """Each unit with returns at or below it in the last month, each unit at or above it, and the steps."""
    forest = tree.Forest(register.load(definitions.Definitions(folder).folder))
    known = forest.tree(of.months[-1].end)
    lines = set()
    for village in of.villages:
        chain = [f"{known.codes[node]:012}" for node in known.chain(known.node[int(village)])]
        for place, unit in enumerate(chain):
            lines.update(f"{unit},{at},{steps}" for steps, at in enumerate(chain[place:]))
    pathlib.Path(target).write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")


def sent(of, returns, of_month):
    """How many returns of a month there are."""
    return max(0, min(len(of.villages), returns - of_month * len(of.villages)))


def moves(of_month, phase, revision=1):
    """What the cells of a return add to the amounts that its village starts from."""
    return [((of_month + revision - 1) * 7 + phase * 5 + cell * 3) % STEPS
            for cell in range(len(CELLS))]


def sums(of, returns, of_month, revision=1):
    """The province's 40 amounts of a month, by counting."""
    sending = sent(of, returns, of_month)
    found = [0] * len(CELLS)
    steps = [moves(of_month, phase, revision) for phase in range(PHASES)]
    for place in range(sending):
        for cell, (base, step) in enumerate(zip(of.bases[place], steps[place % PHASES])):
            found[cell] += base + step
    return found


# --- their bytes ------------------------------------------------------------------------------

def template(revision=1):
    """The envelope with places for id, unit, period, moment and the amounts, as bytes."""
    reason = "" if revision == 1 else f'"reason":"{REASON}",'
    cells = ",".join(f'"{code}":"%d"' for code in CELLS)
    signers = json.dumps(SIGNERS, ensure_ascii=False, separators=(",", ":"))
    return (f'{{"wire":{WIRE},"id":"b%08d","unit":"%b","form":"{FORM}","period":"%b",'
            f'"revision":{revision},{reason}"submitted_at":"%b","signers":{signers},'
            f'"cells":{{{cells}}},"source":"system"}}'
            ).encode("utf-8")


def sequence(of, returns, mine, first=0, revision=1, ids=0):
    """Key, bytes and partition of each return in `mine` partitions, month by month.

    The returns are numbered through; those from `first` on are made, `returns` is the end. Another
    revision needs ids of its own, which begin at `ids`.
    """
    form = template(revision)
    senders = [(place, code.encode(), f"{code}|{FORM}|".encode(), partition_of(code))
               for place, code in enumerate(of.villages) if partition_of(code) in mine]
    for number, period in enumerate(of.months):
        steps = [moves(number, phase, revision) for phase in range(PHASES)]
        text = period.text.encode()
        sent_at = f"{period.end.isoformat()}T20:00:00+08:00".encode()
        before = number * len(of.villages)
        if before + len(of.villages) <= first:
            continue
        for place, code, key, partition in senders:
            if before + place >= returns:
                break
            if before + place < first:
                continue
            amounts = map(int.__add__, of.bases[place], steps[place % PHASES])
            yield (key + text, form % (ids + before + place, code, text, sent_at, *amounts),
                   partition)


def shares(of, count):
    """Partitions of each of several processes, with about as many villages for each."""
    weight = collections.Counter(map(partition_of, of.villages))
    found = [[0, set()] for _ in range(count)]
    for partition, villages in sorted(weight.items(), key=lambda item: (-item[1], item[0])):
        least = min(found, key=lambda share: share[0])
        least[0] += villages
        least[1].add(partition)
    return [partitions for _, partitions in found]


def fill(chosen):
    """Sends one share; how many returns, and their bytes."""
    from confluent_kafka import Producer
    number, count = chosen.share
    of = plan(chosen.definitions, chosen.returns)
    refused = []
    # The settings of zhibao's own producer: how large the batches of a topic are decides how fast
    # anybody reads it.
    producer = Producer({
        "bootstrap.servers": chosen.brokers, "enable.idempotence": True, "acks": "all",
        "compression.type": "zstd", "batch.size": 1_000_000, "linger.ms": 5,
        # Only what was refused is told: a call for each of two million would cost more than sending.
        "delivery.report.only.error": True, **QUIET})
    total, size, headers = 0, 0, list(Sent.headers)

    def delivered(error, message):
        refused.append(error)

    for key, data, partition in sequence(of, chosen.returns, shares(of, count)[number - 1]):
        while True:
            try:
                producer.produce(chosen.topic, key=key, value=data, partition=partition,
                                 headers=headers, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.05)
        total += 1
        size += len(data)
    left = producer.flush(120)
    if left or refused:
        raise Trouble(f"{left} returns were not sent, {len(refused)} refused: {refused[:1]}")
    return {"returns": total, "bytes": size}


def fraction(text):
    """`1/2`: the first of two."""
    number, _, count = text.partition("/")
    number, count = int(number), int(count)
    if not 1 <= number <= count:
        raise argparse.ArgumentTypeError("such as 1/2")
    return number, count


def main():
    """Reads the arguments and fills the topic."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--definitions", required=True, help="folder that has the form")
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--returns", type=int, required=True)
    parser.add_argument("--share", type=fraction, default=(1, 1), metavar="K/N")
    chosen = parser.parse_args()
    try:
        print(json.dumps(fill(chosen)))
    except Trouble as trouble:
        print(f"ingest_returns.py: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
