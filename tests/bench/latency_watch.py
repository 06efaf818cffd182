"""What the tables showed when, for the latency benchmark: noted while it runs, read afterwards."""

import json
import os
import pathlib
import sys
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "kafka"), str(HERE.parent / "oracle")]

import delta_log
import ingest_returns
import tables
from returns import PARTITIONS

LOOK_SECONDS = 0.002
WATCHED = (tables.SUBMISSIONS, ingest_returns.TABLE)


class Watch(threading.Thread):
    """Notes when each new version of two tables is there, and links the files it brings."""

    def __init__(self, data, kept):
        super().__init__(name="watch", daemon=True)
        self.data, self.kept = data, kept
        kept.mkdir()
        self.next = {table: (tables.last_version(data, table) or 0) + 1 for table in WATCHED}
        self.first = dict(self.next)
        self.at = {table: [] for table in WATCHED}
        self.ending = threading.Event()

    def run(self):
        """Looks for the next version until told to end."""
        while not self.ending.is_set():
            if not any([self._look(table) for table in WATCHED]):
                time.sleep(LOOK_SECONDS)

    def _look(self, table):
        path = commit_file(self.data, table, self.next[table])
        if not path.exists():
            return False
        self.at[table].append(time.monotonic())
        if table == ingest_returns.TABLE:
            self._keep(path, self.next[table])
        self.next[table] += 1
        return True

    def _keep(self, path, version):
        """Links the files of a commit, so that they can be read whatever becomes of the table."""
        for add in added(path):
            source = path.parent.parent / add["path"]
            os.link(source, self.kept / linked(version, add))

    def when(self, table, version):
        """The moment at which a version was there."""
        return self.at[table][version - self.first[table]]

    def versions(self, table):
        """The versions that were seen."""
        return range(self.first[table], self.next[table])

    def settled_at(self, moment):
        """How many entries the tables held at a moment."""
        at = {}
        for version, partition, to in tables.moves(tables.log(self.data, tables.SUBMISSIONS)):
            if version >= self.first[tables.SUBMISSIONS] and self.when(
                    tables.SUBMISSIONS, version) > moment:
                break
            at[partition] = to
        return sum(at.values())

    def longest_wait(self, begin, end):
        """The partition that was longest in no commit between two moments, and the seconds."""
        last, longest = dict.fromkeys(range(PARTITIONS), begin), (0, 0.0)
        for version, partition, _ in tables.moves(tables.log(self.data, tables.SUBMISSIONS)):
            if version >= self.first[tables.SUBMISSIONS]:
                when = min(self.when(tables.SUBMISSIONS, version), end)
                longest = max(longest, (partition, when - last[partition]), key=lambda one: one[1])
                last[partition] = max(last[partition], when)
        rest = ((partition, end - when) for partition, when in last.items())
        return max(longest, *rest, key=lambda one: one[1])

    def end(self):
        """Ends it."""
        self.ending.set()
        self.join()


def commit_file(data, table, version):
    """The file of a commit."""
    return tables.folder(data, table) / "_delta_log" / f"{version:020}.json"


def added(path):
    """The files that a commit brings."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [json.loads(line)["add"] for line in lines if line.startswith('{"add"')]
    for add in found:
        add["path"] = urllib.parse.unquote(add["path"])
    return found


def linked(version, add):
    """Name of the link to a file."""
    return f"{version:010}-{add['path'].replace('/', '-')}"


class Seen:
    """Finds with which commit each correction was settled, and with which it was visible."""

    def __init__(self, watch, of, above):
        self.watch, self.of, self.above = watch, of, above
        self.moves = {}
        for version, partition, to in tables.moves(tables.log(watch.data, tables.SUBMISSIONS)):
            if version >= watch.first[tables.SUBMISSIONS]:
                self.moves.setdefault(partition, []).append(
                    (to, watch.when(tables.SUBMISSIONS, version)))
        self.files = {}
        for version in watch.versions(ingest_returns.TABLE):
            for add in added(commit_file(watch.data, ingest_returns.TABLE, version)):
                # PROVINCE.PREFECTURE-HASH.parquet
                piece = add["path"].rsplit("/", 1)[-1].split("-")[0].rsplit(".", 1)[-1]
                self.files.setdefault((add["partitionValues"]["period"], piece), []).append(
                    (version, watch.kept / linked(version, add)))
        self.villages = {}

    def find(self, corrections):
        """Notes the moments in the corrections."""
        for one in corrections:
            one.settled = next((when for to, when in self.moves.get(one.partition, ())
                                if to > one.offset), None)
            one.visible = self._visible(one)

    def _visible(self, one):
        """With the first file that shows the corrected cell, and a sum of the county that has it in it.

        Returns of other villages of the county may still wait to be rolled up; the sum must be that of
        the rows beside it, whichever those are.
        """
        county, piece = self.above(one.place, one.month)
        period, name = self.of.months[one.month].text, ingest_returns.CELLS[one.cell].lower()
        village, wanted = int(self.of.villages[one.place]), one.amounts(self.of)[one.cell]
        for version, path in self.files.get((period, str(piece)), ()):
            when = self.watch.when(ingest_returns.TABLE, version)
            if when < one.sent:
                continue
            columns = tables.some_columns(path, ("unit", name))
            amounts = dict(zip(columns["unit"], columns[name]))
            if amounts[village] != wanted:
                continue
            of_county = [amounts[other] for other in self._villages(county, one.month)]
            if amounts[county] == sum(amount for amount in of_county if amount is not None):
                return when
        return None

    def _villages(self, county, month):
        """Codes of the villages of a county in a month."""
        if month not in self.villages:
            found = self.villages[month] = {}
            for place, village in enumerate(self.of.villages):
                above = self.above(place, month)
                if above is not None:
                    found.setdefault(above[0], []).append(int(village))
        return self.villages[month][county]


def province_rows(data):
    """The rolled-up cells of the province in every month, by its text."""
    names = [code.lower() for code in ingest_returns.CELLS]
    wanted = int(ingest_returns.PROVINCE.ljust(12, "0"))
    found = {}
    for path, values in delta_log.live_files(tables.folder(data, ingest_returns.TABLE)):
        if ".own-" in path.name:
            columns = tables.some_columns(path, ["unit", *names])
            if wanted in columns["unit"]:
                row = columns["unit"].index(wanted)
                found[values["period"]] = [columns[name][row] for name in names]
    return found
