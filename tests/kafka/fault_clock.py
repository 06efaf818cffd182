"""The wall clock jumps a day ahead, then two days back, while an aggregator works.

libfaketime shifts what the program takes for the time of day, by what a file says at the moment. The
monotonic clock goes on evenly (FAKETIME_DONT_FAKE_MONOTONIC), as on a machine whose wall clock is
set: only that one jumps. The times of files stay as they are. What libfaketime cannot show is a wait
until a moment of the wall clock, since it hands those to the system as moments of the real one.
"""

import pathlib
import time

import tables
from broker import Missing

DAY = 24 * 3600 * 1000
JUMPS = ("+1d", "-1d", "+0")
SECONDS_EACH = 2
# The file is read again so often.
CACHE_SECONDS = 1
LIBRARY = "libfaketimeMT.so.1"
FOLDERS = "/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime"


def jumps(stage):
    """Three jumps under load."""
    file = stage.scratch / "clock"
    file.write_text("+0\n", encoding="ascii")
    stage.prefix = ["env", f"LD_PRELOAD={_library()}", f"FAKETIME_TIMESTAMP_FILE={file}",
                    f"FAKETIME_CACHE_DURATION={CACHE_SECONDS}", "FAKETIME_DONT_FAKE_MONOTONIC=1",
                    "NO_FAKE_STAT=1"]
    child = stage.work()
    watch = stage.watch(child)
    for jump in JUMPS:
        before = stage.settled()
        _write(file, jump)
        time.sleep(CACHE_SECONDS + SECONDS_EACH)
        stage.expect(stage.settled() > before, f"nothing was settled after the clock's jump to {jump}")
    stage.recover()
    watch.end()
    stage.expect(not watch.dead(), f"/live did not say yes {watch.dead()} times")
    _look_at_commits(stage)


def _library():
    """Path of libfaketime, of the sort for programs with several threads."""
    for folder in FOLDERS:
        for found in pathlib.Path("/").glob(f"{folder[1:]}/{LIBRARY}"):
            return found
    raise Missing("libfaketime is missing; install it (Debian: apt-get install faketime)")


def _write(file, jump):
    """Sets the clock; the program never sees half a file."""
    new = file.with_suffix(".new")
    new.write_text(jump + "\n", encoding="ascii")
    new.replace(file)


def _look_at_commits(stage):
    """The jumps must stand in the log of the table, or there were none."""
    now = time.time() * 1000
    away = [action["commitInfo"]["timestamp"] - now
            for _, actions in tables.log(stage.data, tables.SUBMISSIONS)
            for action in actions if "commitInfo" in action]
    ahead = sum(shift > DAY / 2 for shift in away)
    back = sum(shift < -DAY / 2 for shift in away)
    stage.notes.append(f"only the wall clock jumped: {ahead} commits a day ahead, {back} a day back, "
                       f"{len(away) - ahead - back} at their time")
    stage.expect(ahead and back, "the program's clock did not jump both ways")
