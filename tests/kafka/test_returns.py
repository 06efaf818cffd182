"""Tests of the fault tests' own parts: returns, plan of faults, and that the checker bites."""

import collections
import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import checker
import kill_cycles
import returns
import topic

import envelope
import hand_made
import pyarrow
import pyarrow.parquet
import test_wide
from load import Acknowledged

FORM = ("SA", "SA02", "SA01")
VILLAGES = (410101001001, 410101001002, 410102100201)


def sent(unit, revision=1, month="2023-01", amount=None, **more):
    """The bytes of a return with the one-hot amount of its village."""
    amount = 2**VILLAGES.index(unit) if amount is None else amount
    cells = {"SA01": str(revision), "SA02": str(amount)}
    return hand_made.sent(unit, month, cells, revision, **more)


class Place:
    """A data folder as the program would leave it, which a test may spoil."""

    def __init__(self, folder, messages):
        self.root = pathlib.Path(folder)
        self.definitions = hand_made.definitions_folder(folder)
        self.entries, offsets = [], collections.Counter()
        for unit, data in messages:
            partition = returns.partition_of(str(unit))
            self.entries.append(topic.Entry(partition, offsets[partition], "return", "1", data))
            offsets[partition] += 1
        self.entries.sort(key=lambda entry: entry.place)
        self.ends = dict(offsets)
        self.acknowledged = [
            Acknowledged(checker.identity(entry.data) or "", entry.digest, *entry.place)
            for entry in self.entries]
        self.checker = self.look()
        self.rows = [[0, *entry.place, checker.identity(entry.data) or "",
                      self.checker.expected[entry.place], self.checker.contents[entry.place]]
                     for entry in self.entries]
        self.moves = [(0, partition, end) for partition, end in self.ends.items()]

    def look(self):
        """A checker that has taken the entries."""
        return checker.Checker(self.root, self.definitions, "SA", FORM[1:]).take(self.entries)

    def write(self, spoil=None):
        """Writes the tables."""
        test_wide.write_tables(self.checker.oracle, spoil)
        folder = self.root / "tables" / "submissions"
        (folder / "_delta_log").mkdir(parents=True)
        names = ("partition", "offset", "id", "decision", "content_hash")
        for version in sorted({row[0] for row in self.rows} | {move[0] for move in self.moves}):
            rows = [row[1:] for row in self.rows if row[0] == version]
            actions = [{"txn": {"appId": f"journal-{partition}", "version": to}}
                       for of, partition, to in self.moves if of == version]
            if rows:
                path = f"period=2023-01/{version:010}-a.parquet"
                (folder / path).parent.mkdir(exist_ok=True)
                table = pyarrow.table(dict(zip(names, map(list, zip(*rows)))))
                pyarrow.parquet.write_table(table, folder / path)
                actions.append({"add": {"path": path.replace("=", "%3D"), "dataChange": True,
                                        "partitionValues": {"period": "2023-01"}}})
            (folder / "_delta_log" / f"{version:020}.json").write_text(
                "\n".join(map(json.dumps, actions)), encoding="utf-8")

    def report(self):
        """What a fresh checker finds."""
        times = collections.Counter(entry.digest for entry in self.entries)
        ids = {one.id for one in self.acknowledged}
        report = self.look().report(self.acknowledged, self.ends, times, ids)
        with contextlib.redirect_stdout(io.StringIO()):
            report.print()
        return report


ONE, OTHER, THIRD = VILLAGES
JOURNAL = [
    (ONE, sent(ONE)), (THIRD, sent(THIRD, 2)), (OTHER, sent(OTHER)), (ONE, sent(ONE)),
    (THIRD, sent(THIRD)), (ONE, sent(ONE, 2)), (OTHER, sent(OTHER, amount=7, id="conflict")),
    (ONE, sent(ONE, at="2023-02-03T10:00:00+08:00")), (ONE, b"{"), (ONE, b"{"),
    (OTHER, sent(OTHER, 2, reason=None)), (OTHER, sent(OTHER, 3)),
]


class Check(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.place = Place(folder.name, JOURNAL)

    def found(self, spoil=None):
        """Lost, double, unaccounted and different of the spoiled folder."""
        self.place.write(spoil)
        report = self.place.report()
        self.assertEqual(report.good, not sum(self.kinds(report)), report.failures)
        return self.kinds(report)

    @staticmethod
    def kinds(report):
        return tuple(report.counts[kind] for kind in ("lost", "double", "unaccounted", "different"))

    def test_a_sound_folder_passes(self):
        self.assertEqual(self.found(), (0, 0, 0, 0))
        report = self.place.report()
        self.assertEqual(report.decisions, {"accepted": 5, "overtaken": 1, "replayed": 3,
                                            "refused": 2, "set_aside": 1})
        self.assertEqual(report.account, "received 9 = effective 3 + superseded 3 + refused 2 + "
                                         "set aside 1 + pending 0; replayed 3")
        self.assertGreater(report.counts["cells"], 500)

    def test_an_acknowledgement_without_offset(self):
        first = self.place.acknowledged[0]
        self.place.acknowledged[0] = first._replace(offset=None)
        self.assertEqual(self.found(), (0, 0, 0, 0))
        self.place.acknowledged[0] = first._replace(offset=None, digest="00")
        self.assertEqual(self.kinds(self.place.report())[0], 1)

    def test_a_row_is_missing(self):
        self.place.rows.pop(0)
        # The range of its commit is not whole either.
        self.assertEqual(self.found(), (1, 0, 1, 0))

    def test_a_whole_commit_is_missing(self):
        partition = self.place.rows[-1][1]
        count = sum(row[1] == partition for row in self.place.rows)
        self.place.rows = [row for row in self.place.rows if row[1] != partition]
        self.place.moves = [move for move in self.place.moves if move[1] != partition]
        lost, double, unaccounted, _ = self.found()
        self.assertEqual((lost, double), (count, 0))
        self.assertGreater(unaccounted, 0)

    def test_a_row_stands_twice(self):
        self.place.rows.append(list(self.place.rows[0]))
        # The place and the id; and the range of its commit holds one row too many.
        self.assertEqual(self.found(), (0, 2, 1, 0))

    def test_a_commit_is_repeated_by_another_writer(self):
        partition, end = self.place.moves[0][1:]
        again = [[1, *row[1:]] for row in self.place.rows if row[1] == partition]
        self.place.rows += again
        self.place.moves.append((1, partition, end))
        lost, double, unaccounted, _ = self.found()
        self.assertEqual((lost, unaccounted), (0, 1))
        self.assertGreaterEqual(double, len(again))

    def test_a_wrong_decision(self):
        row = next(row for row in self.place.rows if row[4] == "overtaken")
        row[4] = "accepted"
        self.assertEqual(self.found(), (0, 0, 1, 0))

    def test_a_position_behind_the_end(self):
        version, partition, end = self.place.moves[0]
        self.place.moves[0] = (version, partition, end - 1)
        self.assertEqual(self.found(), (0, 0, 2, 0))  # the range, and the end

    def test_a_row_of_nothing(self):
        self.place.rows.append([0, 23, 5, "ghost", "refused", "00"])
        # It belongs to no entry, and no position of its commit covers it.
        self.assertEqual(self.found(), (0, 0, 2, 0))

    def test_the_broker_lost_what_it_acknowledged(self):
        self.place.acknowledged.append(Acknowledged("late", "00", 3, 99))
        self.assertEqual(self.found(), (1, 0, 0, 0))

    def test_an_entry_without_acknowledgement_must_be_settled_too(self):
        gone = self.place.rows.pop()
        self.place.acknowledged = [one for one in self.place.acknowledged
                                   if (one.partition, one.offset) != tuple(gone[1:3])]
        # The entry, and the range of its commit.
        self.assertEqual(self.found(), (0, 0, 2, 0))

    def spoiled_sum(self, change):
        """What is found when the sum of the street is changed, and the words for it."""
        def spoil(table, period, columns):
            if (table, period) == ("sa", "2023-01"):
                columns["sa02"][columns["unit"].index(410101001000)] += change
        self.place.write(spoil)
        report = self.place.report()
        self.assertEqual(self.kinds(report), (0, 0, 0, 1))
        return " ".join(report.failures)

    def test_a_return_is_counted_twice_in_a_sum(self):
        self.assertIn(f"township 410101001000: counted twice: {OTHER}", self.spoiled_sum(2))

    def test_a_return_is_missing_in_a_sum(self):
        self.assertIn(f"township 410101001000: missing: {ONE}", self.spoiled_sum(-1))

    def test_a_cell_that_is_compared_only_at_the_end(self):
        def spoil(table, period, columns):
            if (table, period) == ("sa", "2023-B1"):
                columns["due_m_township"][0] += 1
        self.assertEqual(self.found(spoil), (0, 0, 0, 1))


class Made(unittest.TestCase):
    def made(self, seed=1, count=300):
        with tempfile.TemporaryDirectory() as folder:
            made = returns.Returns(hand_made.definitions_folder(folder), seed,
                                   ("2023-01", "2023-02", "2023-03"), form=FORM)
            return made, [made.next() for _ in range(count)]

    def test_partitions_of_the_format(self):
        found = [returns.partition_of(unit) for unit in ("410102", "419001", "320282", "")]
        self.assertEqual(found, [3, 4, 16, 5])
        self.assertEqual(returns.partition_of("410102001002"), 3)

    def test_the_same_seed_makes_the_same_bytes(self):
        first, again, other = (self.made(seed)[1] for seed in (1, 1, 2))
        self.assertEqual([one.data for one in first], [one.data for one in again])
        self.assertNotEqual([one.data for one in first], [one.data for one in other])

    def test_villages_of_a_township_have_amounts_of_their_own(self):
        made, _ = self.made(count=0)
        self.assertEqual({(v.code, v.bit) for v in made.villages}, {
            ("410101001001", 0), ("410101001002", 1), ("410102100201", 0)})

    def test_every_sort_comes_and_bodies_are_read_strictly(self):
        _, all_sent = self.made()
        sorts = {one.sort for one in all_sent}
        self.assertEqual(sorts, {"first", "correction", "early", "late original", "conflict",
                                 "reasonless", "unreadable"})
        for one in all_sent:
            if one.sort == "unreadable":
                self.assertRaises(envelope.Unreadable, envelope.read_return, one.data)
            else:
                envelope.read_return(one.data)
        self.assertEqual(all_sent[0].key, f"{all_sent[0].unit}|SA|{all_sent[0].period}")

    def test_what_is_sent_is_decided_as_its_sort_says(self):
        """Clean returns are accepted, the others not; told by the oracle."""
        with tempfile.TemporaryDirectory() as folder:
            made = returns.Returns(hand_made.definitions_folder(folder), 3, ("2023-01",), form=FORM)
            once = {one.digest: one for one in (made.next() for _ in range(200))}
            messages = [(one.unit, one.data) for one in once.values()]
            place = Place(folder, messages)
            wanted = {"first": "accepted", "correction": "accepted", "early": "accepted",
                      "late original": "overtaken", "conflict": "refused",
                      "reasonless": "refused", "unreadable": "set_aside"}
            for entry in place.entries:
                sort = once[entry.digest].sort
                self.assertEqual(place.checker.expected[entry.place], wanted[sort], sort)


class Plan(unittest.TestCase):
    def test_the_seed_fixes_the_faults_and_every_kind_comes(self):
        for seed in range(5):
            faults = kill_cycles.plan(20, seed, True)
            self.assertEqual(faults, kill_cycles.plan(20, seed, True))
            self.assertEqual(collections.Counter(faults), kill_cycles.SHARES)
            self.assertEqual(set(kill_cycles.plan(4, seed, True)), set(kill_cycles.SHARES))
            self.assertNotIn(kill_cycles.BROKER, kill_cycles.plan(300, seed, False))
        self.assertEqual(len(kill_cycles.plan(300, 1, True)), 300)

    def test_bounds(self):
        self.assertEqual(kill_cycles.bounds("2..4"), (2, 4))
        self.assertEqual(kill_cycles.bounds("3"), (3, 3))


if __name__ == "__main__":
    unittest.main()
