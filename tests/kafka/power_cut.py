"""Power cuts: what was acknowledged must be on the disk, whenever the disk is looked at.

  power_cut.py --program ZHIBAO --definitions DIR --scratch DIR [--moments 10] [--seed 1]
               [--with-sync | --without-sync]

The data folder, with the journal as a file and the tables, lies on an ext4 file system in an image
(`disk.py`). One thread hands in small files of returns by `zhibao submit`, another one takes them
through by `zhibao aggregate --until-idle`, and a neighbour (`neighbour.py`) syncs a file of its own
now and then. At random moments, fixed by the seed, the image is copied: right after a receipt, right
after a commit, or at any time. For the copying all three are stopped wherever they are, so that it
has one moment; what the system has not written by then it must not write before the copy is made.
Each copy is mounted, and of everything that was acknowledged before the copying began
- each receipt must have its entry in the journal,
- each commit must be there with the same bytes, and with every data file that it added;
then, on the copy, one more return is handed in, `aggregate --until-idle` must settle it and all the
others, each with one row, and `doctor` must find nothing. What is missing counts as lost, unless
the program refuses to start and names the file: one of the journal for receipts, one of the tables
for commits.

The second half is the same with the program's fsync, fdatasync and the like made to do nothing, by a
library that is loaded before it: then the test must find losses, or it would find none ever. There
everything is synced from outside before each moment, so that each has losses of its own. It needs
root, to mount; where that is not permitted it says NOT RUN and ends with 1.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import disk
import installation
import promises
from broker import Missing, Trouble, need
from child import Child, wait_for
from returns import Returns

IMAGE_MIB = 768
MOST_RETURNS = 20
LONGEST_WAIT = 2.0
# Between two files; without pauses `aggregate --until-idle` would rarely find nothing left.
LONGEST_PAUSE = 0.8
# How soon after an acknowledgement the power goes, where that is what a moment is about.
SOON = 0.03
# The half without sync is there to fail, for which a few moments are enough.
SHARE_WITHOUT = 5
ANY, RECEIPT, COMMIT = "at any time", "after a receipt", "after a commit"
# Exit code of the program when it says what is wrong and what to do.
REFUSED = 3
WITHOUT_SYNC = """#define _GNU_SOURCE
#include <sys/types.h>
int fsync(int file) { return (void)file, 0; }
int fdatasync(int file) { return (void)file, 0; }
int syncfs(int file) { return (void)file, 0; }
int sync_file_range(int file, off_t from, off_t count, unsigned flags)
{ return (void)file, (void)from, (void)count, (void)flags, 0; }
int sync_file_range64(int file, off_t from, off_t count, unsigned flags)
{ return (void)file, (void)from, (void)count, (void)flags, 0; }
int msync(void *at, size_t count, int flags)
{ return (void)at, (void)count, (void)flags, 0; }
void sync(void) {}
"""


class Sequence(Returns):
    """Only returns that `submit` takes."""

    MIX = {"first": 60, "again": 10, "correction": 25, "early": 5}


class Load:
    """Two threads that run the program, and what it has acknowledged to them."""

    def __init__(self, place, data, seed):
        self.place, self.data = place, data
        self.promises = promises.Promises(data)
        self.made = Sequence(place.definitions, seed, counties=4, townships=2)
        self.chance = random.Random(seed)
        self.file = place.scratch / "returns.json"
        self.failures = []
        self.runs = {"submit": 0, "aggregate": 0}
        self.running = {}
        self._ended = threading.Event()
        self._going = threading.Event()
        self._going.set()
        self.threads = [threading.Thread(target=self._repeat, args=(work,), daemon=True)
                        for work in (self._submit, self._aggregate)]

    def start(self):
        """Starts both threads, the second when there is a journal."""
        self._submit()
        self._aggregate()
        for thread in self.threads:
            thread.start()
        return self

    def pause(self):
        """Lets the programs that run come to their ends, and starts no others."""
        self._going.clear()

    def go_on(self):
        """Ends the pause."""
        self._going.set()

    def signal(self, number):
        """Sends a signal to the programs that run."""
        for child in list(self.running.values()):
            child.send_signal(number)

    def end(self):
        """Ends both threads and what they run."""
        self._ended.set()
        self._going.set()
        for child in list(self.running.values()):
            child.kill()
        for thread in self.threads:
            if thread.is_alive():
                thread.join(30)

    def _repeat(self, work):
        try:
            while not self._ended.is_set() and not self.failures:
                self._going.wait()
                work()
        except Exception as error:  # the main thread must hear of it
            self.failures.append(f"the load ended: {error!r}")

    def _run(self, name, *arguments):
        """Output of the program, or None when it did not end well."""
        child = subprocess.Popen(self.place.command(self.data, *arguments), text=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=self.place.variables)
        self.running[name] = child
        output, errors = child.communicate()
        self.runs[name] += 1
        if self._ended.is_set():
            return None
        if child.returncode not in (0, 1):
            self.failures.append(f"{name} ended with {child.returncode} while the power was on: "
                                 f"{output}{errors}")
            return None
        return output

    def _submit(self):
        sent = [self.made.next() for _ in range(self.chance.randint(1, MOST_RETURNS))]
        self.file.write_bytes(b"\n".join(one.data for one in sent) + b"\n")
        output = self._run("submit", "submit", self.file)
        if output is not None:
            receipts = json.loads(output)["receipts"]
            self.promises.received(receipts)
            if len(receipts) != len(sent):
                self.failures.append(f"{len(sent)} returns, {len(receipts)} receipts: {output}")
        self._ended.wait(self.chance.uniform(0, LONGEST_PAUSE))

    def _aggregate(self):
        if self._run("aggregate", "aggregate", "--until-idle") is not None:
            self.promises.committed()


class Counts:
    """What one half of the test has found."""

    def __init__(self):
        self.moments = self.refused = self.unsettled = 0
        self.checked, self.missing, self.lost = [collections.Counter() for _ in range(3)]
        self.failures = []

    def take(self, what, count, missing, refused):
        """Notes how much of something was checked, and what of it is missing."""
        self.checked[what] += count
        self.missing[what] += len(missing)
        self.lost[what] += 0 if refused else len(missing)
        if missing:
            word = "missing" if refused else "lost"
            print(f"    {word} {what}: {len(missing)}, such as {missing[-1]}", flush=True)

    def failed(self, text):
        """Notes what must not be on a disk that has everything."""
        print("    " + text, flush=True)
        self.failures.append(text)

    def print(self, how):
        """The counts in one line."""
        told = "; ".join(f"acknowledged {what} checked {count}, missing {self.missing[what]}, lost "
                         f"{self.lost[what]}" for what, count in self.checked.items())
        print(f"{how}: {self.moments} moments; {told}; refused starts {self.refused}; receipts "
              f"never settled {self.unsettled}", flush=True)


class PowerCut:
    """One half of the test: one file system, one load, some moments."""

    def __init__(self, chosen, with_sync):
        self.scratch = pathlib.Path(chosen.scratch).resolve()
        self.program = pathlib.Path(chosen.program).resolve()
        self.definitions = pathlib.Path(chosen.definitions).resolve()
        self.chance = random.Random(chosen.seed)
        self.with_sync = with_sync
        self.variables = dict(os.environ)
        if not with_sync:
            self.variables["LD_PRELOAD"] = str(self._without_sync())
        self.disk = disk.Disk(self.scratch / "disk.img", self.scratch / "disk")
        self.copy = disk.Disk(self.scratch / "copy.img", self.scratch / "copy")
        self.data = self.disk.mount / "data"
        self.load = Load(self, self.data, chosen.seed)
        neighbour = pathlib.Path(__file__).with_name("neighbour.py")
        self.neighbour = Child("neighbour", [sys.executable, neighbour, self.disk.mount / "other",
                                             chosen.seed], self.scratch / "neighbour.log")
        self.sorts = []
        self.counts = Counts()

    def _without_sync(self):
        """Makes the library whose fsync does nothing."""
        compiler = need("cc", "a C compiler (" + disk.DEBIAN.format("gcc libc6-dev") + ")")
        source, library = self.scratch / "nosync.c", self.scratch / "nosync.so"
        source.write_text(WITHOUT_SYNC, encoding="utf-8")
        disk.command(compiler, "-shared", "-fPIC", "-O1", "-o", library, source)
        return library

    def command(self, data, *arguments):
        """A command line of the program."""
        return [str(self.program), "--data", str(data), "--definitions", str(self.definitions),
                "--lang", "en", "--format", "json", "--no-progress", *map(str, arguments)]

    def run(self, moments):
        """The whole half; the counts."""
        self.disk.make(IMAGE_MIB).attach(direct=True)
        print(f"ext4 of {IMAGE_MIB} MiB on {self.disk.device}, direct I/O "
              + ("on" if self.disk.direct else "off: the outer file system cannot"), flush=True)
        try:
            self.neighbour.start()
            self.load.start()
            for number in range(1, moments + 1):
                self._moment(number)
            print(f"{self.load.runs['submit']} × submit, {self.load.runs['aggregate']} × aggregate "
                  f"--until-idle, {self.disk.used} MiB used")
        finally:
            self.end()
        if not self.load.promises.commits or not self.load.promises.receipts:
            self.counts.failures.append("nothing was acknowledged")
        return self.counts

    def end(self):
        """Ends what runs on the file system, then takes that away."""
        self.load.end()
        self.neighbour.kill()
        self.copy.detach()
        self.disk.detach()
        self.disk.image.unlink(missing_ok=True)
        self.copy.image.unlink(missing_ok=True)

    def _moment(self, number):
        if not self.sorts:
            self.sorts = self.chance.sample((ANY, RECEIPT, COMMIT), 3)
        sort = self.sorts.pop()
        if not self.with_sync:
            disk.command("sync", "--file-system", self.disk.mount)
        self.load.go_on()
        self._wait(sort)
        began = time.monotonic()
        (receipts, commits), tries = self._copy()
        took = time.monotonic() - began
        if self.load.failures:
            raise Trouble("\n".join(self.load.failures))
        if not self.neighbour.running:
            raise Trouble("the neighbour ended:\n" + self.neighbour.last_words())
        print(f"moment {number}, {sort}: copied in {took:.2f} s at try {tries}; acknowledged "
              f"{receipts} receipts, {commits} commits", flush=True)
        with self.copy.attach():
            self._look(self.load.promises.receipts[:receipts],
                       self.load.promises.commits[:commits])
        self.counts.moments += 1

    def _copy(self):
        """Copies the image while everything stands still; what was acknowledged, and tries."""
        self.load.pause()
        self.neighbour.pause()
        self.load.signal(signal.SIGSTOP)
        try:
            return self.disk.copy(self.copy.image, self.load.promises.so_far)
        finally:
            self.load.signal(signal.SIGCONT)
            self.neighbour.wake()

    def _wait(self, sort):
        """Waits for the moment."""
        if sort == ANY:
            time.sleep(self.chance.uniform(0, LONGEST_WAIT))
            return
        which = 0 if sort == RECEIPT else 1
        before = self.load.promises.so_far()[which]
        wait_for(lambda: self.load.promises.so_far()[which] > before or self.load.failures, 60,
                 0.001)
        time.sleep(self.chance.uniform(0, SOON))

    # --- after the power cut ------------------------------------------------------------------

    def _look(self, receipts, commits):
        """Looks at what a copy holds, then lets the program go on there."""
        data, counts = self.copy.mount / "data", self.counts
        aside = self.scratch / "journal"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        for part in data.glob("journal.sqlite*"):
            shutil.copy(part, aside)
        without_entry = promises.lost_receipts(aside / "journal.sqlite", receipts)
        not_whole = promises.lost_commits(data, commits)
        refusals = self._go_on(data, receipts)
        named = [re.search(re.escape(f"{data}/") + r"([\w./=%:-]*\w)", text) for text in refusals]
        for text, found in zip(refusals, named):
            if found is None:
                counts.failed(f"refused to start without naming a file: {text.strip()}")
        names = sorted({found[1] for found in named if found})
        if refusals:
            counts.refused += 1
            print("    refused to start, names " + ", ".join(names), flush=True)
        counts.take("receipts", len(receipts), without_entry,
                    any(name.startswith("journal.sqlite") for name in names))
        counts.take("commits", len(commits), not_whole,
                    any(name.startswith("tables/") for name in names))

    def _go_on(self, data, receipts):
        """Starts the program on a copy as it is; what it says where it refuses."""
        file = self.scratch / "extra.json"
        file.write_bytes(self.load.made.extra().data + b"\n")
        done, refusals = {}, []
        # The journal is opened by the first two, the tables by the last two.
        for name, *arguments in (("submit", file), ("aggregate", "--until-idle"), ("doctor",)):
            done[name] = subprocess.run(
                self.command(data, name, *arguments), capture_output=True, text=True,
                stdin=subprocess.DEVNULL, timeout=300, check=False)
            if done[name].returncode == REFUSED:
                refusals.append(done[name].stderr)
            elif done[name].returncode:
                self.counts.failed(f"{name} ended with {done[name].returncode}: "
                                   f"{done[name].stdout}{done[name].stderr}")
        if not refusals and not any(one.returncode for one in done.values()):
            extra = [promises.Receipt(one["partition"], one["offset"], one["id"])
                     for one in json.loads(done["submit"].stdout)["receipts"]]
            settled = json.loads(done["aggregate"].stdout)["settled"]
            without_row = promises.lost_rows(data, [*receipts, *extra])
            print(f"    goes on: {settled} more settled, {len(without_row)} of "
                  f"{len(receipts) + len(extra)} receipts without just one row, doctor finds "
                  "nothing", flush=True)
            self.counts.unsettled += len(without_row)
            if without_row:
                self.counts.failed(f"not just one row: {without_row[-1]}")
        return refusals


def half(chosen, with_sync, moments):
    """One half; whether it came out as it must."""
    how = "with fsync" if with_sync else "without fsync"
    print(f"== {how}", flush=True)
    counts = PowerCut(chosen, with_sync).run(moments)
    counts.print(how)
    if with_sync:
        for failure in counts.failures:
            print("failed: " + failure)
        return not counts.lost.total() and not counts.failures
    unbitten = [what for what, count in counts.missing.items() if not count]
    for what in unbitten:
        print(f"failed: without fsync no {what} were missing, so this test shows nothing of them")
    return counts.lost.total() > 0 and not unbitten


def test(chosen):
    """Both halves, or one; the exit code."""
    scratch = pathlib.Path(chosen.scratch).resolve()
    if (scratch / installation.MARK).exists():
        disk.release(scratch)
    installation.empty(scratch)
    why = disk.may_mount(scratch)
    if why:
        print(f"NOT RUN: power cuts: {why}", flush=True)
        return 1
    good = []
    if not chosen.without_sync:
        good.append(half(chosen, True, chosen.moments))
    if not chosen.with_sync:
        few = max(3, chosen.moments // SHARE_WITHOUT)
        good.append(half(chosen, False, chosen.moments if chosen.without_sync else few))
    print("passed" if all(good) else "FAILED", flush=True)
    return 0 if all(good) else 1


def main():
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    installation.add_arguments(parser)
    parser.add_argument("--moments", type=int, default=10)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--with-sync", action="store_true", help="only the half that must lose nothing")
    only.add_argument("--without-sync", action="store_true", help="only the half that must lose")
    chosen = parser.parse_args()

    def run():
        try:
            return test(chosen)
        except Missing as missing:
            print(f"NOT RUN: power cuts: {missing}", flush=True)
            return 1
    return installation.guarded(run)


if __name__ == "__main__":
    sys.exit(main())
