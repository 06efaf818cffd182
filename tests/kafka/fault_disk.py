"""The disk below the tables is full, or may only be read: the service waits and says so.

The tables lie on a small ext4 file system in an image. Once `/ready` says no, it must say so until
the cause is gone; then it must say yes by itself. The service must not take the time in which it
could not write for time in which it did nothing, so it may stand still for less time than the fault
lasts.
"""

import errno
import os
import time

import disk
import tables
from broker import Missing, Trouble
from child import wait_for

IMAGE_MIB = 96
STALL_SECONDS = 4
HELD_SECONDS = 10
NOTICED_SECONDS = 15
# The service may pause for so long between two looks at tables that it could not use.
LONGEST_PAUSE = 15


def full(stage):
    """A file takes all the space, and is removed."""
    child, image = _work_on_image(stage)
    ballast = image.mount / "ballast"
    mark = stage.mark(child)
    _fill(ballast)
    _hold(stage, child, mark, ballast.unlink, "no space left", "free space")


def read_only(stage):
    """The file system is mounted anew so that nobody may write, as ext4 does on a bad disk."""
    child, image = _work_on_image(stage)
    mark = stage.mark(child)
    _remount(image, "ro")
    _hold(stage, child, mark, lambda: _remount(image, "rw"), "read-only|cannot be written",
          "write access|writable")


def _work_on_image(stage):
    """Lets an aggregator work on tables in an image; the aggregator and the image."""
    why = disk.may_mount(stage.scratch)
    if why:
        raise Missing(why)
    image = disk.Disk(stage.scratch / "disk.img", stage.scratch / "disk")
    stage.closing.callback(image.image.unlink, missing_ok=True)
    stage.closing.enter_context(image.make(IMAGE_MIB).attach())
    stage.data = image.mount / "data"
    stage.positions = tables.Positions(stage.data)
    stage.aggregate["stall_seconds"] = STALL_SECONDS
    return stage.work(), image


def _fill(path):
    """Makes a file that takes all the space there is."""
    with open(path, "wb") as file:
        for piece in (1 << 20, 1 << 12):
            while True:
                try:
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, piece)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    break


def _remount(image, how):
    """Changes whether a file system may be written; waits for a moment without an open file."""
    last = None
    for _ in range(500):
        try:
            return disk.command("mount", "-o", f"remount,{how}", image.mount)
        except Trouble as trouble:
            last = trouble
            time.sleep(0.01)
    raise last


def _hold(stage, child, mark, repair, *says):
    """Lets a fault last while `/ready` is watched, then repairs it."""
    watch, began = stage.watch(child), time.monotonic()
    noticed = wait_for(lambda: watch.not_ready_since(began), NOTICED_SECONDS, 0.05)
    stage.expect(noticed, f"/ready does not say no within {NOTICED_SECONDS} s")
    since = time.monotonic()
    settled = stage.settled()
    time.sleep(HELD_SECONDS)
    stage.expect(stage.settled() == settled, "something was settled while nothing could be written")
    wrong, asked = watch.flaps(since, time.monotonic())
    stage.notes.append(f"/ready said no {asked - wrong} of {asked} times")
    stage.expect(not wrong, f"/ready said yes {wrong} of {asked} times while nothing could be "
                            "written")
    stage.expect_said(child, mark, *says)
    repair()
    if child.running:
        stage.recover(LONGEST_PAUSE + 15)
        stage.expect(wait_for(watch.is_ready, 5, 0.05), "/ready does not say yes afterwards")
