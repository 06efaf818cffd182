"""The files of a Delta table's version, read from the JSON of its log alone."""

import json
import pathlib
import urllib.parse


def commits(table):
    """Versions and actions of a table's log, in order."""
    for path in sorted((pathlib.Path(table) / "_delta_log").glob("*.json")):
        if path.stem.isdigit():
            lines = path.read_text(encoding="utf-8").splitlines()
            yield int(path.stem), [json.loads(line) for line in lines if line.strip()]


def live_files(table, version=None):
    """Path and partition values of each file that a version holds (the last one if not named)."""
    table = pathlib.Path(table)
    live, expected = {}, 0
    for number, actions in commits(table):
        if number != expected:
            raise ValueError(f"{table}: version {expected} is missing in the log")
        if version is not None and number > version:
            break
        expected += 1
        for action in actions:
            if "add" in action:
                add = action["add"]
                path = urllib.parse.unquote(add["path"])
                live[path] = add.get("partitionValues") or {}
            elif "remove" in action:
                live.pop(urllib.parse.unquote(action["remove"]["path"]), None)
    return [(table / path, values) for path, values in sorted(live.items())]


def last_version(table):
    """Number of the last commit, or None."""
    numbers = [number for number, _ in commits(table)]
    return numbers[-1] if numbers else None
