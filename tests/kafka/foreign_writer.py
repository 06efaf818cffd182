"""Another writer of a Delta table: commits that change nothing, one after the other, for a while.

  foreign_writer.py TABLE SECONDS PAUSE

Each commit holds only its `commitInfo`. It is written to a file of its own and linked to the name
of the next version, which fails where that exists, as Delta asks of writers on a file system. PAUSE
is the time between two of them in seconds. Prints how many were made and how many were refused
since another writer was faster.
"""

import json
import os
import pathlib
import sys
import time


def commit(log, version, number):
    """Whether this version became ours."""
    own = log / f".foreign-{os.getpid()}-{number}.tmp"
    info = {"commitInfo": {"timestamp": int(time.time() * 1000), "operation": "FOREIGN",
                           "operationParameters": {}, "isBlindAppend": True}}
    own.write_text(json.dumps(info) + "\n", encoding="utf-8")
    try:
        os.link(own, log / f"{version:020}.json")
        return True
    except FileExistsError:
        return False
    finally:
        own.unlink()


def main():
    """Commits until the time is over."""
    table, seconds, pause = sys.argv[1:]
    log, until = pathlib.Path(table) / "_delta_log", time.monotonic() + float(seconds)
    version = max(int(path.stem) for path in log.glob("*.json") if path.stem.isdigit()) + 1
    made = refused = 0
    while time.monotonic() < until:
        if commit(log, version, made + refused):
            made += 1
        else:
            refused += 1
        version += 1
        time.sleep(float(pause))
    print(json.dumps({"made": made, "refused": refused}))


if __name__ == "__main__":
    main()
