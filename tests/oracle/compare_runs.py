"""Compares two runs of the demo: the same input must give the same bytes.

  compare_runs.py A B [--summaries A.json B.json]

A and B are data folders. Names and bytes of every file under `tables` must agree: Parquet files, Delta
logs, everything. Of the two summaries all but `seconds` must agree. The journal is exempt, since
SQLite files carry page numbers and counters of their own. Ends with 1 if anything differs.
"""

import argparse
import hashlib
import json
import pathlib
import sys


def digests(folder):
    """SHA-256 of every file of the tables, by its path in the folder."""
    tables = pathlib.Path(folder) / "tables"
    found = {}
    for path in sorted(tables.rglob("*")):
        if path.is_file():
            with open(path, "rb") as file:
                found[path.relative_to(tables).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def kind(path):
    """What sort of file a path names."""
    if path.endswith(".parquet"):
        return "Parquet files"
    return "Delta log files" if "_delta_log/" in path else "other files"


def compare_folders(first, second):
    """Differences of two folders, and how many files of each kind agree."""
    one, other = digests(first), digests(second)
    differences, same = [], {}
    for path in sorted(one.keys() | other.keys()):
        if path not in other:
            differences.append(f"{path}: only in the first run")
        elif path not in one:
            differences.append(f"{path}: only in the second run")
        elif one[path] != other[path]:
            differences.append(f"{path}: {first_difference(first, second, path)}")
        else:
            same[kind(path)] = same.get(kind(path), 0) + 1
    if not one:
        differences.append("no file under tables in the first run")
    return differences, same


def first_difference(first, second, path):
    """Where two files part."""
    one, other = (pathlib.Path(folder, "tables", path).read_bytes() for folder in (first, second))
    if path.endswith(".json"):
        for number, lines in enumerate(zip(one.splitlines(), other.splitlines()), 1):
            if lines[0] != lines[1]:
                shown = " | ".join(line.decode("utf-8", "replace")[:300] for line in lines)
                return f"line {number}: {shown}"
    at = next((place for place, pair in enumerate(zip(one, other)) if pair[0] != pair[1]),
              min(len(one), len(other)))
    return f"{len(one)} and {len(other)} bytes, first difference at byte {at}"


def compare_values(one, other, place=""):
    """Differences of two JSON values, with their place."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            if name not in one or name not in other:
                yield f"{place}.{name}: only in the {'first' if name in one else 'second'} run"
            else:
                yield from compare_values(one[name], other[name], f"{place}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other)):
            yield from compare_values(*pair, f"{place}[{number}]")
    elif one != other:
        yield f"{place}: {json.dumps(one, ensure_ascii=False)[:200]} and " \
              f"{json.dumps(other, ensure_ascii=False)[:200]}"


def summary(path, folder):
    """A summary without what may differ: the seconds, and the folder that the run was given."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    loaded = json.loads(text.replace(str(folder).rstrip("/"), "DATA"))
    loaded.pop("seconds", None)
    return loaded


def main():
    """Compares two folders and, if given, two summaries."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--summaries", nargs=2, metavar="FILE")
    chosen = parser.parse_args()
    differences, same = compare_folders(chosen.first, chosen.second)
    for name, count in sorted(same.items()):
        print(f"{count} {name} agree byte for byte")
    if chosen.summaries:
        one = summary(chosen.summaries[0], chosen.first)
        other = summary(chosen.summaries[1], chosen.second)
        found = list(compare_values(one, other, "summary"))
        differences += found
        print("summaries agree but for the seconds" if not found else "summaries differ")
    for line in differences[:20]:
        print("  " + line)
    print(f"runs compared, different: {len(differences)}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
