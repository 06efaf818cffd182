"""Tests that what counts twice is found, and that what only lies twice in the journal is not taken for it."""

import collections
import unittest

import checker

Entry = collections.namedtuple("Entry", "place kind data digest")
Row = collections.namedtuple("Row", "place id decision digest")


def entry(offset, identity, digest):
    """An entry of partition 0."""
    return Entry((0, offset), "return", b'{"id": "%s"}' % identity.encode(), digest)


class Twice(unittest.TestCase):
    """Entry `a` was sent once and lies at offsets 0 and 2."""

    def setUp(self):
        self.checker = object.__new__(checker.Checker)
        self.checker.entries = [entry(0, "a", "da"), entry(1, "b", "db"), entry(2, "a", "da")]
        self.checker.others = set()
        self.checker.contents = {one.place: one.digest for one in self.checker.entries}
        self.report = checker.Report()

    def sent(self, copies=True, **times):
        """Checks what was sent; `copies`: the client may have made some."""
        self.checker._sent(self.report, collections.Counter(times), set(), copies)

    def rows(self, *decisions):
        """Checks rows with these decisions, which the oracle came to as well."""
        entries = self.checker.entries
        self.checker.expected = {one.place: decided for one, decided in zip(entries, decisions)}
        identities = ("a", "b", "a")
        rows = [Row(one.place, identity, decided, one.digest)
                for one, identity, decided in zip(entries, identities, decisions)]
        self.checker._rows(self.report, rows, {one.place: one for one in entries}, set())

    def test_a_copy_that_the_client_made_is_counted_and_may_be_there(self):
        self.sent(da=1, db=1)
        self.rows("accepted", "accepted", "replayed")
        self.assertEqual(self.report.counts["repeated"], 1)
        self.assertTrue(self.report.good, self.report.failures)

    def test_a_copy_is_double_where_the_client_makes_none(self):
        self.sent(copies=False, da=1, db=1)
        self.rows("accepted", "accepted", "replayed")
        self.assertEqual(self.report.counts["double"], 1)
        self.assertEqual(self.report.counts["repeated"], 0)
        self.assertFalse(self.report.good)

    def test_what_was_sent_twice_is_no_copy(self):
        for copies in (False, True):
            self.sent(copies, da=2, db=1)
        self.assertEqual(self.report.counts["repeated"], 0)
        self.assertTrue(self.report.good, self.report.failures)

    def test_a_copy_that_counts_is_double(self):
        self.rows("accepted", "accepted", "accepted")
        self.assertEqual(self.report.counts["double"], 1)
        self.assertFalse(self.report.good)

    def test_an_entry_that_nobody_sent_is_unaccounted(self):
        self.sent(da=2)
        self.assertEqual(self.report.counts["unaccounted"], 1)
        self.assertFalse(self.report.good)

    def test_a_replay_of_nothing_is_unaccounted(self):
        self.rows("replayed", "accepted", "replayed")
        self.assertEqual(self.report.counts["unaccounted"], 1)


if __name__ == "__main__":
    unittest.main()
