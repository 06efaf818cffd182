"""What the Delta tables say: read from the JSON of their logs and from their Parquet files."""

import json
import pathlib
import sys
import urllib.parse

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent / "oracle"))

import pyarrow.parquet

import delta_log
import parquet

SUBMISSIONS = "submissions"
POSITION = "journal-"
ROLL_UP = "roll-up"


class Row:
    """One row of `submissions`: where its entry lies, and what was decided."""

    __slots__ = ("version", "partition", "offset", "id", "decision", "digest")

    def __init__(self, version, partition, offset, identity, decision, digest):
        self.version, self.partition, self.offset = version, partition, offset
        self.id, self.decision, self.digest = identity, decision, digest

    @property
    def place(self):
        """Partition and offset in the journal."""
        return self.partition, self.offset


def folder(data, table):
    """Folder of a table."""
    return pathlib.Path(data) / "tables" / table


def log(data, table):
    """Versions and actions of a table; nothing when it does not exist yet."""
    return list(delta_log.commits(folder(data, table)))


def moves(commits):
    """Version, journal partition and next offset of each position that a log moves, in order."""
    for version, actions in commits:
        for action in actions:
            application = action["txn"]["appId"] if "txn" in action else ""
            number = application.removeprefix(POSITION)
            if application.startswith(POSITION) and number.isdigit():
                yield version, int(number), action["txn"]["version"]


class Positions:
    """The journal positions of `submissions`; each look reads only the commits that are new."""

    def __init__(self, data):
        self.log = folder(data, SUBMISSIONS) / "_delta_log"
        self.version = -1
        # Newest version that settled anything; later ones may have put files together.
        self.settled = -1
        self.at = {}

    def now(self):
        """Next offset of each partition."""
        while True:
            path = self.log / f"{self.version + 1:020}.json"
            if not path.exists():
                return dict(self.at)
            actions = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()
                       if line.strip()]
            self.version += 1
            moved = list(moves([(self.version, actions)]))
            if moved:
                self.settled = self.version
                self.at.update((partition, to) for _, partition, to in moved)


def last_version(data, table=SUBMISSIONS):
    """Newest version of a table, or None."""
    commits = log(data, table)
    return commits[-1][0] if commits else None


def rolled_up(data, table):
    """The versions of `submissions` that a table says its roll-ups have applied, by writer."""
    found = {}
    for _, actions in log(data, table):
        for action in actions:
            if "txn" in action and action["txn"]["appId"].startswith(ROLL_UP):
                found[action["txn"]["appId"]] = action["txn"]["version"]
    return found


def rows(data):
    """All rows of `submissions` in force, each with the version that brought it.

    The version is None where a file only puts rows of earlier commits together.
    """
    table = folder(data, SUBMISSIONS)
    came_with = {}
    for version, actions in delta_log.commits(table):
        for action in actions:
            if "add" in action:
                new = action["add"].get("dataChange", True)
                came_with[urllib.parse.unquote(action["add"]["path"])] = version if new else None
    found = []
    names = ("partition", "offset", "id", "decision", "content_hash")
    for path, _ in delta_log.live_files(table):
        version = came_with[path.relative_to(table).as_posix()]
        columns = some_columns(path, names)
        found.extend(Row(version, *values) for values in zip(*(columns[name] for name in names)))
    return found


def some_columns(path, names):
    """Some columns of a Parquet file as lists, by name; those that it lacks are left out."""
    file = pyarrow.parquet.ParquetFile(path)
    there = [name for name in names if name in file.schema_arrow.names]
    table = file.read(columns=there)
    return {name: parquet.plain(table.column(name)) for name in there}
