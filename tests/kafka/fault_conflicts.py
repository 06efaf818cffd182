"""A storm of conflicts: another writer commits to `submissions` as fast as it can."""

import json
import pathlib
import sys

import tables
from child import Child, wait_for
from fault_stage import value

STORM_SECONDS = 6
CONFLICTS = 'zhibao_failures_total{kind="conflict"}'
WRITER = pathlib.Path(__file__).with_name("foreign_writer.py")


def storm(stage):
    """The storm begins, lasts while returns come in, and ends."""
    child = stage.work()
    mark, before = child.mark(), stage.settled()
    writer = Child("foreign-writer", [sys.executable, WRITER,
                                      tables.folder(stage.data, tables.SUBMISSIONS),
                                      STORM_SECONDS], stage.scratch / "foreign-writer.log")
    stage.closing.callback(writer.kill)
    writer.start()
    ended = wait_for(lambda: not writer.running, STORM_SECONDS + 20, 0.05)
    during = stage.settled() - before
    if not stage.expect(ended and writer.code == 0, f"the other writer ended with {writer.code}:\n"
                        + writer.last_words()):
        return
    stage.recover()
    made = json.loads(writer.said())
    conflicts = value(child.settings, CONFLICTS)
    stage.notes.append(f"{made['made']} foreign commits in {STORM_SECONDS} s, {conflicts:.0f} "
                       f"conflicts, {during} settled during the storm")
    stage.expect(made["made"] > 0, "the other writer committed nothing")
    stage.expect(conflicts > 0, f"no conflict is counted in {CONFLICTS}")
    stage.expect_said(child, mark, "another process", "again|retry")
