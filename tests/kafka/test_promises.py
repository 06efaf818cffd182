"""Tests that what is missing after a power cut is found, and nothing where all is there."""

import json
import pathlib
import sqlite3
import tempfile
import unittest

import promises


class Place(unittest.TestCase):
    """A data folder with two commits of a table and three entries in the journal."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = pathlib.Path(folder.name)
        self.log = self.data / "tables" / "sa" / "_delta_log"
        self.log.mkdir(parents=True)
        self.promises = promises.Promises(self.data)
        self.commit(0, {"p=1/a b.parquet": b"aa", "p=1/c.parquet": b"cc"})
        self.commit(1, {"p=1/d.parquet": b"dd"}, removed=["p=1/c.parquet"])
        self.promises.committed()
        self.journal = self.data / "journal.sqlite"
        with sqlite3.connect(self.journal) as connection:
            connection.execute("CREATE TABLE entry (partition, position, kind, bytes)")
            connection.executemany("INSERT INTO entry VALUES (?, ?, 'return', ?)", [
                (partition, offset, json.dumps({"id": identity}).encode())
                for partition, offset, identity in ((0, 0, "a"), (0, 1, "b"), (5, 0, "c"))])
            # Packed definitions are no receipts, and no JSON.
            connection.execute("INSERT INTO entry VALUES (0, 2, 'catalog_part', x'1f8b')")
        connection.close()
        self.promises.received([{"partition": 0, "offset": 1, "id": "b"},
                                {"partition": 5, "offset": 0, "id": "c"}])

    def commit(self, version, files, removed=()):
        """Writes a commit and its data files as the program would."""
        actions = [{"remove": {"path": name}} for name in removed]
        for name, content in files.items():
            path = self.log.parent / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            actions.append({"add": {"path": name.replace(" ", "%20")}})
        path = promises.commit_file(self.data, "sa", version)
        path.write_text("\n".join(map(json.dumps, actions)) + "\n", encoding="utf-8")

    def lost(self):
        """What is lost of the commits."""
        return promises.lost_commits(self.data, self.promises.commits)


class Commits(Place):
    """A commit is there with its bytes and its files, or it is lost."""

    def test_nothing_is_lost_where_all_is_there(self):
        self.assertEqual(self.promises.so_far(), (2, 2))
        self.assertEqual(self.lost(), [])

    def test_a_commit_file_that_is_missing_or_empty(self):
        promises.commit_file(self.data, "sa", 1).write_bytes(b"")
        self.assertEqual(self.lost(), ["sa version 1: its file has 0 other bytes"])
        promises.commit_file(self.data, "sa", 1).unlink()
        self.assertEqual(self.lost(), ["sa version 1: its file is missing"])

    def test_a_data_file_that_is_missing_or_of_zeros(self):
        path = self.log.parent / "p=1" / "a b.parquet"
        path.write_bytes(b"\0\0")
        self.assertEqual(self.lost(), ["sa version 0: p=1/a b.parquet has 2 other bytes"])
        path.unlink()
        self.assertEqual(self.lost(), ["sa version 0: p=1/a b.parquet is missing"])

    def test_a_file_that_was_taken_away_is_needed_again_when_named_again(self):
        path = self.log.parent / "p=1" / "c.parquet"
        path.unlink()
        self.assertEqual(self.lost(), [])
        self.commit(2, {"p=1/c.parquet": b"cc"})
        self.promises.committed()
        path.unlink()
        self.assertEqual(self.lost(), ["sa version 2: p=1/c.parquet is missing"])

    def test_only_new_commits_are_taken(self):
        self.promises.committed()
        self.assertEqual(self.promises.so_far(), (2, 2))


class Receipts(Place):
    """A receipt has its entry at its place, or it is lost."""

    def lost_receipts(self):
        """How many are lost, and the first reason."""
        lost = promises.lost_receipts(self.journal, self.promises.receipts)
        return len(lost), lost[0] if lost else None

    def change(self, statement):
        """Changes the journal."""
        connection = sqlite3.connect(self.journal)
        connection.execute(statement)
        connection.commit()
        connection.close()

    def test_nothing_is_lost_where_all_is_there(self):
        self.assertEqual(self.lost_receipts(), (0, None))

    def test_an_entry_that_is_missing_or_another_one(self):
        self.change("DELETE FROM entry WHERE partition = 5")
        self.assertEqual(self.lost_receipts(), (1, "c at 5/0: nothing is there"))
        self.change("INSERT INTO entry VALUES (5, 0, 'return', '{\"id\": \"z\"}')")
        self.assertEqual(self.lost_receipts(), (1, "c at 5/0: z is there"))

    def test_a_journal_that_is_missing_or_damaged(self):
        self.journal.write_bytes(b"no database, and long enough to be read as the head of one" * 99)
        count, reason = self.lost_receipts()
        self.assertEqual(count, 2)
        self.assertIn("cannot be read", reason)
        self.journal.unlink()
        self.assertEqual(self.lost_receipts(), (2, "the journal is missing"))


if __name__ == "__main__":
    unittest.main()
