"""A file system in a file: what has reached this file is what a power cut would leave.

The file is the disk of an ext4 file system, attached through a loop device. What programs have
written and the system still holds in memory is not in it. A copy of the file, taken while no write
is under way, is the disk as a power cut at that moment leaves it; mounting the copy lets ext4 replay
its own journal, as after a real one.
"""

import os
import pathlib
import shutil
import subprocess
import time

from broker import Missing, Trouble, need

DEBIAN = "Debian: apt-get install {}"
PIECE = 1 << 20


def command(*words):
    """Runs a tool of the system; what it printed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Trouble(f"{' '.join(map(str, words))} ended with {done.returncode}: "
                      + done.stderr.strip())
    return done.stdout.strip()


class Disk:
    """An image, the loop device that it is attached to, and where that is mounted."""

    def __init__(self, image, mount):
        self.image = pathlib.Path(image)
        self.mount = pathlib.Path(mount)
        self.device = None
        self.mounted = False
        self.direct = False

    def make(self, mebibytes):
        """Makes an empty file system."""
        self.image.unlink(missing_ok=True)
        self.image.touch()
        os.truncate(self.image, mebibytes << 20)
        # What mkfs leaves for later would be written in the middle of the test.
        command("mkfs.ext4", "-q", "-F", "-m", "0", "-J", "size=8", "-N", "8192", "-E",
                "lazy_itable_init=0,lazy_journal_init=0,nodiscard", self.image)
        return self

    def attach(self, direct=False):
        """Attaches and mounts it; with `direct` past the memory of the outer file system."""
        self.mount.mkdir(parents=True, exist_ok=True)
        try:
            if direct:
                self._attach("--direct-io=on")
            self.direct = self.device is not None
        except Trouble:
            pass  # the outer file system cannot do that; the copies are the same without
        if self.device is None:
            self._attach()
        try:
            command("mount", "-t", "ext4", self.device, self.mount)
            self.mounted = True
        except Trouble:
            self.detach()
            raise
        return self

    def _attach(self, *options):
        self.device = command("losetup", *options, "--find", "--show", self.image)

    def detach(self):
        """Unmounts and detaches it, as far as it was attached."""
        if self.mounted:
            command("umount", self.mount)
            self.mounted = False
        if self.device is not None:
            command("losetup", "--detach", self.device)
            self.device = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.detach()

    @property
    def used(self):
        """MiB that files take on it."""
        return shutil.disk_usage(self.mount).used >> 20

    def _writes(self):
        """Writes and discards done so far, and requests under way."""
        path = pathlib.Path("/sys/block", pathlib.Path(self.device).name, "stat")
        numbers = [int(word) for word in path.read_text(encoding="ascii").split()]
        return (numbers[4], numbers[6], numbers[11] if len(numbers) > 11 else 0), numbers[8]

    def copy(self, target, before, seconds=60):
        """Copies the image between two writes; what `before` said when that copy began, and tries.

        A copy during which something was written is thrown away: its end would be of another
        moment than its beginning.
        """
        until = time.monotonic() + seconds
        for tries in range(1, 1_000_000):
            began = before()
            done, under_way = self._writes()
            if under_way == 0:
                copy_file(self.image, target)
                if self._writes() == (done, 0):
                    return began, tries
            if time.monotonic() > until:
                raise Trouble(f"no copy without a write in between within {seconds} s")
            time.sleep(0.003)
        return None


def copy_file(source, target):
    """Copies the parts of a file that are not holes."""
    with open(source, "rb", buffering=0) as file, open(target, "wb", buffering=0) as copy:
        size = os.fstat(file.fileno()).st_size
        os.ftruncate(copy.fileno(), size)
        at = 0
        while True:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:
                return  # only a hole is left
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            while at < end:
                piece = os.pread(file.fileno(), min(PIECE, end - at), at)
                os.pwrite(copy.fileno(), piece, at)
                at += len(piece)


def may_mount(folder):
    """Why no file system can be mounted here, or None."""
    try:
        for tool, package in (("losetup", "mount"), ("mount", "mount"), ("mkfs.ext4", "e2fsprogs")):
            need(tool, DEBIAN.format(package))
    except Missing as missing:
        return str(missing)
    if os.geteuid() != 0:
        return "only root may mount a file system; run the test as root"
    trial = Disk(folder / "trial.img", folder / "trial")
    try:
        with trial.make(64):
            trial.attach()
    except (Trouble, OSError) as error:
        return str(error)
    finally:
        trial.image.unlink(missing_ok=True)
    return None


def release(folder):
    """Unmounts what an earlier run, ended in its middle, has left mounted below its own folder."""
    left = []
    for line in pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        device, point = line.split()[:2]
        if pathlib.Path(point).is_relative_to(folder) and device.startswith("/dev/loop"):
            left.append((point, device))
    for point, device in reversed(left):
        command("umount", point)
        # A device that was to go with its mount is gone already.
        subprocess.run(["losetup", "--detach", device], capture_output=True, check=False)
