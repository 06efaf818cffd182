"""A storm of conflicts: another writer commits to `submissions` all the time.

First with a short pause between two commits: then returns must get through meanwhile. Then as fast
as it can, many times faster than a commit with rows is made: then it is enough that they get through
afterwards.
"""

import json
import pathlib
import sys

import tables
from child import Child, wait_for
from fault_stage import conflicts

PAUSE = 0.02
STEADY_SECONDS, STORM_SECONDS = 4, 2
COUNTED_SECONDS = 10
WRITER = pathlib.Path(__file__).with_name("foreign_writer.py")


def storm(stage):
    """Both storms, while returns come in."""
    child = stage.work()
    mark = stage.mark(child)
    settled = _write(stage, "steady", STEADY_SECONDS, PAUSE)
    stage.expect(settled, f"nothing was settled beside a writer that commits every {PAUSE} s")
    _write(stage, "storm", STORM_SECONDS, 0)
    stage.recover()
    # The service looks at this count from time to time only.
    counted = wait_for(lambda: conflicts(child.settings), COUNTED_SECONDS)
    stage.notes.append(f"{counted:.0f} conflicts counted")
    stage.expect(counted, "the metrics count no conflict")
    stage.expect_said(child, mark, "another process", "again|retry")


def _write(stage, name, seconds, pause):
    """Lets the other writer work to its end; how much was settled meanwhile."""
    folder = tables.folder(stage.data, tables.SUBMISSIONS)
    before = stage.settled()
    writer = Child(name, [sys.executable, WRITER, folder, seconds, pause],
                   stage.scratch / f"{name}.log")
    stage.closing.callback(writer.kill)
    writer.start()
    ended = wait_for(lambda: not writer.running, seconds + 20, 0.05)
    during = stage.settled() - before
    made = json.loads(writer.said())["made"] if ended and writer.code == 0 else 0
    stage.notes.append(f"{name}: {made} foreign commits in {seconds} s, {during} settled meanwhile")
    stage.expect(made > 0, f"the other writer committed nothing:\n{writer.last_words()}")
    return during
