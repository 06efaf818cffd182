"""Returns as the wire envelope, made so that one too many or too few shows in the sum above.

In each township every village has a power of two of its own in one cell: a village that is missing
or counted twice changes the township's sum by exactly that number. A second cell holds the revision,
so that a revision in force that should not be is seen as well. The other cells that are asked hold
small constants that no check objects to.
"""

import calendar
import collections
import datetime
import hashlib
import json
import pathlib
import random
import sys

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent / "oracle"))

import definitions
import periods
import register
import tree

PARTITIONS = 24
WIRE = 1
FORM, ONE_HOT, MARK = "SA", "SA18", "SA17"
# What the formulas of the form demand of each other: households at most persons, both or neither.
STEADY = {"SA01": "1", "SA02": "2", "SA03": "1", "SA04": "3"}
SIGNERS = {"filler": "甲", "reviewer": "乙", "head": "丙"}
# A cell holds at most twelve digits.
MOST_VILLAGES = 39

Village = collections.namedtuple("Village", "code township bit")


def partition_of(unit):
    """The partition of a unit code as sent: FNV-1a of its first six characters."""
    found = 0xcbf29ce484222325
    for byte in unit[:6].encode("utf-8"):
        found = ((found ^ byte) * 0x100000001b3) % 2**64
    return found % PARTITIONS


class Sent:
    """One message on its way to the journal."""

    __slots__ = ("id", "unit", "form", "period", "revision", "data", "digest", "sort")

    def __init__(self, body, sort, data=None):
        self.id = body["id"]
        self.unit, self.form, self.period = body["unit"], body["form"], body["period"]
        self.revision = body["revision"]
        self.data = data if data is not None else as_bytes(body)
        self.digest = hashlib.sha256(self.data).hexdigest()
        self.sort = sort

    @property
    def partition(self):
        """Where it belongs."""
        return partition_of(self.unit)

    @property
    def key(self):
        """Key of the message."""
        return f"{self.unit}|{self.form}|{self.period}"

    headers = (("kind", b"return"), ("wire", str(WIRE).encode()))


def as_bytes(body):
    """JSON without blanks, as a program would write it."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


class Form:
    """The return that villages owe monthly: which cells, and what stands in them."""

    def __init__(self, known, code=FORM, one_hot=ONE_HOT, mark=MARK):
        asked = known.blocks.get((code, "M", "village"), [])
        by_code = {indicator.code: indicator for indicator in asked}
        for cell in (one_hot, mark):
            indicator = by_code.get(cell)
            if indicator is None or indicator.rollup != "sum" or indicator.scale:
                raise ValueError(f"{cell} is no whole number of a village's month on {code}")
        self.code, self.one_hot, self.mark = code, one_hot, mark
        self.required = [indicator.code for indicator in asked if indicator.core]

    def cells(self, village, revision):
        """Cells and amounts of a village."""
        cells = {code: STEADY.get(code, "1") for code in self.required}
        cells[self.one_hot] = str(2**village.bit)
        cells[self.mark] = str(revision)
        return cells


def villages_of(known, forest, form, day, counties, townships, chance):
    """Villages of some townships in some counties, spread over as many partitions as there are."""
    forest_tree = forest.tree(day)
    asks = known.forms[form].asks
    below = {}
    for node, (level, unit_class) in enumerate(zip(forest_tree.levels, forest_tree.classes)):
        if level == "village" and asks(unit_class):
            township = forest_tree.parents[node]
            if forest_tree.levels[township] == "township":
                county = str(forest_tree.codes[node])[:6]
                below.setdefault(county, {}).setdefault(township, []).append(node)
    by_partition = {}
    for county in sorted(below):
        by_partition.setdefault(partition_of(county), []).append(county)
    for candidates in by_partition.values():
        chance.shuffle(candidates)
    turns = [county for turn in range(max(map(len, by_partition.values())))
             for candidates in (by_partition[p] for p in sorted(by_partition))
             for county in candidates[turn:turn + 1]]
    # One county of each province comes first: provinces are rolled up apart from each other.
    first = {county[:2]: county for county in reversed(turns)}
    chosen = list(dict.fromkeys([first[province] for province in sorted(first)] + turns))[:counties]
    found = []
    for county in chosen:
        groups = sorted(below[county].items())
        for township, nodes in chance.sample(groups, min(townships, len(groups))):
            code = forest_tree.codes[township]
            found.extend(Village(str(forest_tree.codes[node]), code, bit)
                         for bit, node in enumerate(nodes[:MOST_VILLAGES]))
    return found


class Returns:
    """An endless seeded sequence of returns: first ones, repeats, corrections, and wrong ones."""

    # Out of a hundred. `early` sends a correction before what it corrects; `again` the same bytes.
    MIX = {"first": 50, "again": 15, "correction": 24, "early": 5, "conflict": 2, "reasonless": 2,
           "unreadable": 2}

    def __init__(self, folder, seed=1, months=("2023-01", "2023-02"), counties=24, townships=2,
                 form=(FORM, ONE_HOT, MARK)):
        known = definitions.Definitions(folder)
        forest = tree.Forest(register.load(known.folder))
        self.form = Form(known, *form)
        self.chance = random.Random(seed)
        day = periods.read(months[-1]).end
        self.villages = villages_of(known, forest, self.form.code, day, counties, townships,
                                    self.chance)
        self.fresh = [(village, month) for month in months for village in self.villages]
        self.chance.shuffle(self.fresh)
        self.spare = self.fresh.pop()
        self.keys = []
        self.last_revision = {}
        self.recent = collections.deque(maxlen=5000)
        self.waiting = collections.deque()
        self.number = 0
        self.sorts = list(self.MIX)
        self.weights = list(self.MIX.values())

    def body(self, village, month, revision, reason="更正", number=None):
        """A return that intake accepts; every one has an id and a moment of its own."""
        if number is None:
            self.number += 1
            number = self.number
        body = {"wire": WIRE, "id": f"k{number:08}-{village.code}-{month}-{revision}",
                "unit": village.code, "form": self.form.code, "period": month,
                "revision": revision, "submitted_at": moment(month, number),
                "signers": SIGNERS, "cells": self.form.cells(village, revision),
                "source": "system"}
        if revision > 1 and reason:
            body["reason"] = reason
        return body

    def next(self):
        """The next message."""
        if self.waiting:
            return self._out(self.waiting.popleft())
        sort = self.chance.choices(self.sorts, self.weights)[0]
        if sort in ("first", "early") and not self.fresh:
            sort = "correction"
        if sort not in ("first", "early") and not self.keys:
            sort = "first"
        return self._out(getattr(self, "_" + sort)())

    def extra(self):
        """A return outside of the sequence, always the same; its key has no other.

        It takes nothing from the sequence, so another thread may go on with that.
        """
        return Sent(self.body(*self.spare, 1, number=0), "extra")

    def _out(self, sent):
        self.recent.append(sent)
        return sent

    def _new_key(self, revision):
        key = self.fresh.pop()
        self.keys.append(key)
        self.last_revision[key] = revision
        return key

    def _first(self):
        return Sent(self.body(*self._new_key(1), 1), "first")

    def _early(self):
        key = self._new_key(2)
        self.waiting.append(Sent(self.body(*key, 1), "late original"))
        return Sent(self.body(*key, 2), "early")

    def _correction(self):
        key = self.chance.choice(self.keys)
        self.last_revision[key] += 1
        return Sent(self.body(*key, self.last_revision[key]), "correction")

    def _again(self):
        return self.chance.choice(self.recent) if self.recent else self._first()

    def _conflict(self):
        key = self.chance.choice(self.keys)
        return Sent(self.body(*key, self.last_revision[key]), "conflict")

    def _reasonless(self):
        key = self.chance.choice(self.keys)
        self.last_revision[key] += 1
        return Sent(self.body(*key, self.last_revision[key], reason=None), "reasonless")

    def _unreadable(self):
        key = self.chance.choice(self.keys)
        body = self.body(*key, 1)
        return Sent(body, "unreadable", as_bytes(body)[:-1])


def moment(month, number):
    """A moment within the deadline of a month; no two of the first million are alike."""
    year, of_year = map(int, month.split("-"))
    last = datetime.datetime(year, of_year, calendar.monthrange(year, of_year)[1], 20)
    at = last + datetime.timedelta(milliseconds=200 * (number % 1_000_000))
    return at.isoformat(timespec="milliseconds") + "+08:00"
