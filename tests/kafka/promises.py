"""What the program has acknowledged: receipts, and commits with the bytes that belong to them."""

import collections
import hashlib
import json
import sqlite3
import threading
import urllib.parse

import tables  # finds the oracle's modules, too

Receipt = collections.namedtuple("Receipt", "partition offset id")
# `added`: path and digest of each data file that came with it; `removed`: paths.
Commit = collections.namedtuple("Commit", "table version digest added removed")


def digest_of(path):
    """SHA-256 of a file, or None when it is not there."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


class Promises:
    """A list that only grows; a look at it is two lengths."""

    def __init__(self, data):
        self.data = data
        self.receipts = []
        self.commits = []
        self.newest = {}
        self._lock = threading.Lock()

    def received(self, receipts):
        """Takes what `submit` printed."""
        with self._lock:
            self.receipts.extend(Receipt(one["partition"], one["offset"], one["id"])
                                 for one in receipts)

    def committed(self):
        """Takes every commit that the tables have; only when `aggregate` has ended well."""
        found = []
        for log in sorted((self.data / "tables").glob("*/_delta_log")):
            table = log.parent.name
            version = self.newest.get(table, -1) + 1
            while (path := commit_file(self.data, table, version)).exists():
                found.append(read_commit(self.data, table, version, path.read_bytes()))
                version += 1
            self.newest[table] = version - 1
        with self._lock:
            self.commits.extend(found)

    def so_far(self):
        """How many receipts and commits are acknowledged."""
        with self._lock:
            return len(self.receipts), len(self.commits)


def commit_file(data, table, version):
    """The file of a commit."""
    return tables.folder(data, table) / "_delta_log" / f"{version:020}.json"


def read_commit(data, table, version, content):
    """A commit with the digests of the data files that it adds."""
    added, removed = {}, set()
    for line in content.splitlines():
        action = json.loads(line) if line.strip() else {}
        if "add" in action:
            path = urllib.parse.unquote(action["add"]["path"])
            added[path] = digest_of(tables.folder(data, table) / path)
        elif "remove" in action:
            removed.add(urllib.parse.unquote(action["remove"]["path"]))
    return Commit(table, version, hashlib.sha256(content).hexdigest(), added, removed)


def lost_commits(data, commits):
    """Which acknowledged commits are not whole in a data folder, each with the reason."""
    needed = {}
    for commit in commits:
        # A file that a later commit took away is needed no more, unless a still later one names it.
        for name in commit.removed:
            needed.pop((commit.table, name), None)
        for name, digest in commit.added.items():
            needed[commit.table, name] = digest, commit
    lost = {}
    for commit in commits:
        path = commit_file(data, commit.table, commit.version)
        if digest_of(path) != commit.digest:
            lost[commit.table, commit.version] = "its file " + how(path)
    for (table, name), (digest, commit) in needed.items():
        path = tables.folder(data, table) / name
        if digest_of(path) != digest:
            lost.setdefault((table, commit.version), f"{name} {how(path)}")
    return [f"{table} version {version}: {reason}" for (table, version), reason in lost.items()]


def how(path):
    """In what way a file is not as it was."""
    return f"has {path.stat().st_size} other bytes" if path.exists() else "is missing"


def lost_receipts(journal, receipts):
    """Which acknowledged receipts have no entry in a journal's file, each with the reason.

    The file may be changed by looking at it, so it should be a copy.
    """
    if not journal.exists():
        return ["the journal is missing"] * len(receipts)
    try:
        connection = sqlite3.connect(journal)
        try:
            rows = connection.execute("SELECT partition, position, bytes FROM entry "
                                      "WHERE kind = 'return'").fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        return [f"the journal cannot be read: {error}"] * len(receipts)
    there = {(partition, offset): json.loads(data)["id"] for partition, offset, data in rows}
    return [f"{one.id} at {one.partition}/{one.offset}: "
            f"{there.get((one.partition, one.offset), 'nothing')} is there"
            for one in receipts if there.get((one.partition, one.offset)) != one.id]


def lost_rows(data, receipts):
    """Which receipts have not just one row in `submissions`, each with the reason."""
    rows = collections.Counter((row.partition, row.offset, row.id) for row in tables.rows(data))
    return [f"{one.id} at {one.partition}/{one.offset} has {rows[tuple(one)]} rows"
            for one in receipts if rows[tuple(one)] != 1]
