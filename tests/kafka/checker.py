"""Compares what was acknowledged, what the journal holds and what the tables say.

  checker.py --data DIR --definitions DIR --journal FILE --acknowledged FILE

The journal's entries are decided anew by the oracle, in their order. Then
- every acknowledged entry must lie in the journal with its bytes and have one row (lost, double);
- every row must belong to an entry, with the decision that the oracle comes to, and the positions
  of the Delta log must follow each other without a gap up to the ends (unaccounted);
- every cell of the form's wide table must be the sum over the revisions in force (different).
FILEs are those that the fault tests leave in their scratch folder. Ends with 1 if anything is
found.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import sys

import load
import returns  # finds the oracle's modules, too
import tables
import topic

import envelope
import intake
import parquet
import periods
import recompute
import wide

SHOWN = 10
# What the aggregators write into the journal themselves: the definitions that decide.
NO_SUBMISSIONS = ("catalog", "catalog_part")


class Report:
    """What was counted, and what was found wrong."""

    def __init__(self):
        self.counts = collections.Counter()
        self.decisions = collections.Counter()
        self.account = ""
        self.failures = []
        self._of_kind = collections.Counter()

    def note(self, kind, text, count=1):
        """Notes one thing that is wrong; the first ones of a kind are kept in words."""
        self.counts[kind] += count
        self._of_kind[kind] += 1
        if self._of_kind[kind] <= SHOWN:
            self.failures.append(f"{kind}: {text}")

    @property
    def good(self):
        """Whether nothing was found wrong."""
        return not self.failures

    def print(self):
        """Prints the counts and the first failures."""
        counts = self.counts
        print(f"acknowledged {counts['acknowledged']}, in the journal {counts['entries']} "
              f"({counts['unconfirmed']} of them without acknowledgement, {counts['repeated']} "
              f"repeated by their client), rows {counts['rows']}, commits {counts['commits']}")
        print("decisions: " + ", ".join(f"{name} {count}" for name, count
                                        in sorted(self.decisions.items())))
        print(self.account)
        for failure in self.failures:
            print("  " + failure)
        print(f"lost {counts['lost']}, double {counts['double']}, "
              f"unaccounted {counts['unaccounted']}, cells compared {counts['cells']}, "
              f"different {counts['different']}", flush=True)


class Checker:
    """Decides the journal's entries, says what the tables must hold, and compares."""

    def __init__(self, data, definitions_folder, form=returns.FORM,
                 columns=(returns.ONE_HOT, returns.MARK)):
        self.data = pathlib.Path(data)
        self.oracle = recompute.Oracle(self.data, definitions_folder)
        self.form = self.oracle.known.forms[form]
        self.one_hot = columns[0]
        self.columns = columns
        self.entries = []
        self.others = set()
        self.expected = {}
        self.keys = {}
        self.contents = {}
        self._seen = set()
        self._wanted = {}

    # --- decisions --------------------------------------------------------------------------

    def take(self, entries):
        """Takes the journal's entries, by partition and offset."""
        self.entries = entries
        self.others = {entry.place for entry in entries if entry.kind in NO_SUBMISSIONS}
        for entry in entries:
            self.expected[entry.place] = self._decide(entry)
        return self

    def _decide(self, entry):
        """What must be decided about an entry behind those before it."""
        if entry.kind in NO_SUBMISSIONS:
            self.contents[entry.place] = content_of(entry)
            return "accepted"
        journal = self.oracle.journal
        before = dict(journal.account)
        journal.take(entry.partition, entry.kind, entry.wire, entry.data)
        decision = next(name for name, count in journal.account.items()
                        if name != "entries" and count > before[name])
        self.contents[entry.place] = content_of(entry)
        content = (entry.partition, self.contents[entry.place])
        if decision == "set_aside" and content in self._seen:
            decision = "replayed"
        self._seen.add(content)
        if decision == "accepted":
            sent = json.loads(entry.data)
            key = (sent["form"], periods.read(sent["period"]), int(sent["unit"]))
            self.keys[entry.place] = key
            *earlier, last = journal.keys[key[:2]][key[2]].seen
            if any(one.counts() and one.revision > last.revision for one in earlier):
                decision = "overtaken"
        return {"declared": "accepted", "locks": "accepted"}.get(decision, decision)

    # --- the wide table ---------------------------------------------------------------------

    def wanted(self, period, provinces):
        """Codes of the rows of a period, and the columns that are compared all the time."""
        if period not in self._wanted:
            oracle = self.oracle
            nodes = oracle.expected.nodes(self.form, period, provinces)
            columns = {code.lower(): wide.pick(oracle.figures.column(code, period), nodes)
                       for code in self.columns}
            counted = oracle.coverage.columns(self.form, "M", "village", period)
            for name, column in zip(("due", "received", "on_time", "accepted"), counted):
                columns[f"{name}_m_village"] = wide.pick(column, nodes)
            codes = oracle.forest.tree(period.end).codes
            self._wanted[period] = [codes[node] for node in nodes], columns
        return self._wanted[period]

    def compare_some(self):
        """Compares the telling columns of every period and every row."""
        comparison = wide.Comparison(SHOWN)
        table = tables.folder(self.data, self.form.table)
        stored = parquet.by_period(table) if (table / "_delta_log").is_dir() else {}
        wanted = self.oracle.expected.periods(self.form)
        for text in sorted(stored.keys() - {period.text for period in wanted}):
            comparison.differs(f"{self.form.table} {text} period", "no rows", "rows")
        for period, provinces in sorted(wanted.items(), key=lambda pair: pair[0].text):
            codes, columns = self.wanted(period, provinces)
            found = {}
            for path in stored.get(period.text, ()):
                for name, column in tables.some_columns(path, ("unit", *columns)).items():
                    found.setdefault(name, []).extend(column)
            self._compare_period(comparison, period, codes, columns, found)
        return comparison

    def _compare_period(self, comparison, period, codes, columns, found):
        title = self.form.table, period
        units = found.get("unit", [])
        place = {code: row for row, code in enumerate(units)}
        for code in sorted(place.keys() ^ set(codes)):
            comparison.differs(f"{self.form.table} {period} unit {code} unit",
                               *(("no row", "a row") if code in place else ("a row", "no row")))
        if len(place) != len(units):
            comparison.differs(f"{self.form.table} {period} unit", "a row for each unit",
                               f"{len(units) - len(place)} rows twice")
        there = [row for row, code in enumerate(codes) if code in place]
        kept = {name: ([column[row] for row in there], None) for name, column in columns.items()}
        codes = [codes[row] for row in there]
        rows = [place[code] for code in codes]
        if rows:
            wide.compare_columns(comparison, title, codes, kept, found, rows)
            if period.kind == "M":
                one_hot = self.one_hot.lower()
                self._explain(comparison, period, dict(zip(codes, kept[one_hot][0])),
                              dict(zip(units, found.get(one_hot, []))))

    def _explain(self, comparison, period, wanted, found):
        """Says which villages make the difference of a township."""
        tree = self.oracle.forest.tree(period.end)
        for code, amount in wanted.items():
            node = tree.node[code]
            if tree.levels[node] != "township" or amount == found.get(code):
                continue
            difference = (found.get(code) or 0) - (amount or 0)
            below = {wanted[tree.codes[child]]: tree.codes[child]
                     for child, parent in enumerate(tree.parents)
                     if parent == node and wanted.get(tree.codes[child])}
            villages = [below.get(1 << bit, "?") for bit in range(abs(difference).bit_length())
                        if abs(difference) >> bit & 1]
            word = "counted twice" if difference > 0 else "missing"
            comparison.examples.append(
                f"{self.form.table} {period} township {code}: {word}: "
                + ", ".join(map(str, villages)))

    # --- everything -------------------------------------------------------------------------

    def report(self, acknowledged, ends, times_sent=None, ids=None, every_cell=True, copies=False):
        """Checks all and returns the report; `copies`: the load's client may have made some."""
        report = Report()
        report.counts["acknowledged"] = len(acknowledged)
        report.counts["entries"] = len(self.entries)
        journal = {entry.place: entry for entry in self.entries}
        rows = tables.rows(self.data)
        places = self._acknowledged(report, acknowledged, journal)
        if times_sent is not None:
            self._sent(report, times_sent, ids, copies)
        self._rows(report, rows, journal, places)
        self._positions(report, rows, ends)
        self._account(report, rows)
        self._cells(report, every_cell)
        return report

    def _acknowledged(self, report, acknowledged, journal):
        """Every acknowledged entry lies where the broker said, with its bytes; the places of all.

        A broker that was asked twice, since its first answer was lost, confirms an entry that it has
        without its offset: such an entry lies anywhere in its partition.
        """
        places, anywhere = set(), []
        for one in acknowledged:
            if one.offset is None:
                anywhere.append(one)
                continue
            place = (one.partition, one.offset)
            entry = journal.get(place)
            if entry is None:
                report.note("lost", f"{one.id} was acknowledged at {place}, where nothing lies")
            elif entry.digest != one.digest:
                report.note("lost", f"{one.id} was acknowledged at {place}, where other bytes lie")
            if place in places:
                report.note("lost", f"{place} was acknowledged for two messages")
            places.add(place)
        free = {}
        for place in sorted(journal.keys() - places) if anywhere else ():
            free.setdefault((place[0], journal[place].digest), []).append(place)
        for one in anywhere:
            candidates = free.get((one.partition, one.digest))
            if candidates:
                places.add(candidates.pop(0))
            else:
                report.note("lost", f"{one.id} was acknowledged and lies nowhere in partition "
                                    f"{one.partition}")
        report.counts["unconfirmed"] = len(journal.keys() - places)
        return places

    def _sent(self, report, times_sent, ids, copies):
        """The journal holds nothing that was not sent, and nothing more often than it was sent.

        Where one of several brokers dies, Kafka's client may give its idempotent producer a new epoch
        and send what it has no answer for once more, though the first copy is kept: the broker knows
        entries by epoch and number. Only there may copies be; they must be settled as replays, which
        the rows are checked for.
        """
        times_there = collections.Counter(entry.digest for entry in self.entries)
        for entry in self.entries:
            if entry.kind in NO_SUBMISSIONS:
                continue
            if entry.digest not in times_sent and identity(entry.data) not in ids:
                report.note("unaccounted", f"nobody sent the entry at {entry.place}")
        for digest, count in times_there.items():
            more = count - times_sent[digest] if digest in times_sent else 0
            if more > 0 and copies:
                report.counts["repeated"] += more
            elif more > 0:
                report.note("double", f"{digest[:12]} was sent {times_sent[digest]} times and lies "
                            f"in the journal {count} times", more)

    def _rows(self, report, rows, journal, acknowledged):
        """One row for each entry, of its bytes, with the right decision."""
        report.counts["rows"] = len(rows)
        times = collections.Counter(row.place for row in rows)
        for place in journal:
            if times[place] == 0:
                known = place in acknowledged
                report.note("lost" if known else "unaccounted",
                            f"the entry at {place} has no row"
                            + ("" if known else "; it was not acknowledged"))
        for place, count in times.items():
            if count > 1:
                report.note("double", f"the entry at {place} has {count} rows", count - 1)
        effective = collections.Counter()
        for row in rows:
            report.decisions[row.decision] += 1
            entry = journal.get(row.place)
            if entry is None:
                report.note("unaccounted", f"the row at {row.place} belongs to no entry")
            elif self.contents[row.place] != row.digest:
                report.note("unaccounted", f"the row at {row.place} is of another content")
            elif row.decision != self.expected[row.place]:
                report.note("unaccounted", f"{row.id or 'the entry'} at {row.place} is "
                            f"{row.decision}, it must be {self.expected[row.place]}")
            if row.id and row.place not in self.others:
                effective[row.id] += row.decision != "replayed"
        for one, count in effective.items():
            if count > 1:
                report.note("double", f"id {one} stands {count} times without being a replay",
                            count - 1)
            elif count == 0:
                report.note("unaccounted", f"id {one} stands only as a replay")

    def _positions(self, report, rows, ends):
        """Each commit holds just the entries from where the one before ended, up to the ends."""
        brought = {}
        for row in rows:
            if row.version is not None:
                brought.setdefault((row.version, row.partition), []).append(row.offset)
        whole = all(row.version is not None for row in rows)
        commits = tables.log(self.data, tables.SUBMISSIONS)
        report.counts["commits"] = len(commits)
        positions = {}
        for version, partition, to in tables.moves(commits):
            begin = positions.get(partition, 0)
            found = sorted(brought.pop((version, partition), []))
            if whole and found != list(range(begin, to)):
                report.note("unaccounted", f"version {version} moves partition {partition} from "
                            f"{begin} to {to}, its rows are {span(found)}")
            positions[partition] = to
        for (version, partition), offsets in brought.items():
            report.note("unaccounted", f"version {version} has rows {span(offsets)} of partition "
                        f"{partition} and no position")
        for partition in sorted(ends.keys() | positions.keys()):
            at, end = positions.get(partition, 0), ends.get(partition, 0)
            if at != end:
                report.note("unaccounted", f"partition {partition} ends at {end}, the table stands "
                            f"at {at}")

    def _account(self, report, rows):
        """received = effective + superseded + refused + set aside + pending, by the rows alone."""
        once = {row.place: row for row in rows if row.place not in self.others}
        decided = collections.Counter(row.decision for row in once.values())
        accepted = [place for place, row in once.items()
                    if row.decision in ("accepted", "overtaken")]
        effective = len({self.keys.get(place) for place in accepted})
        received = len({(row.partition, row.digest) for row in once.values()})
        parts = (effective, len(accepted) - effective, decided["refused"], decided["set_aside"],
                 decided["pending"])
        report.account = ("received {} = effective {} + superseded {} + refused {} + set aside {} "
                          "+ pending {}; replayed {}"
                          .format(received, *parts, decided["replayed"]))
        if received != sum(parts):
            report.note("unaccounted", "the account does not add up", abs(received - sum(parts)))

    def _cells(self, report, every_cell):
        """The wide table: the telling columns in words, then every cell."""
        comparisons = [self.compare_some()]
        if every_cell:
            comparisons.append(wide.Comparison(SHOWN))
            recompute.compare_form(self.oracle, self.form, comparisons[-1])
        report.counts["cells"] = comparisons[-1].cells
        worst = max(comparison.differences for comparison in comparisons)
        report.counts["different"] = worst
        if worst:
            found = dict.fromkeys(line for one in comparisons for line in one.examples)
            report.failures.extend("different: " + line for line in list(found)[:2 * SHOWN])


def content_of(entry):
    """SHA-256 of what makes two entries the same: of a return its bytes without the time."""
    data = entry.data
    try:
        if entry.kind == "return" and entry.wire == str(envelope.WIRE):
            data = intake.without_time(data, envelope.read_return(data)["submitted_at"])
    except envelope.Unreadable:
        pass
    return hashlib.sha256(data).hexdigest()


def identity(data):
    """The id inside a message, as far as it can be read."""
    try:
        return json.loads(data).get("id")
    except (ValueError, AttributeError):
        return None


def span(offsets):
    """Offsets in few words."""
    if not offsets:
        return "none"
    return f"{len(offsets)} between {min(offsets)} and {max(offsets)}"


def main():
    """Checks what a fault test left behind."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="data folder with the tables")
    parser.add_argument("--definitions", required=True, help="folder of the definitions")
    parser.add_argument("--journal", required=True, metavar="FILE")
    parser.add_argument("--acknowledged", required=True, metavar="FILE")
    chosen = parser.parse_args()
    entries = topic.read(chosen.journal)
    ends = {}
    for entry in entries:
        ends[entry.partition] = max(ends.get(entry.partition, 0), entry.offset + 1)
    checker = Checker(chosen.data, chosen.definitions).take(entries)
    report = checker.report(load.read(chosen.acknowledged), ends)
    report.print()
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
