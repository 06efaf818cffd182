"""Another program on the same file system: writes to a file of its own and syncs it now and then.

  neighbour.py FILE SEED

The sync commits the file system's own journal, with it the names and sizes that others have changed
meanwhile, whether or not their bytes are on the disk. Runs until it is ended, or until the test that
started it has gone.
"""

import os
import random
import sys
import time

LARGEST = 1 << 20
LONGEST_PAUSE = 0.4


def main():
    """Writes, syncs, waits."""
    path, seed = sys.argv[1:]
    chance = random.Random(int(seed))
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    parent = os.getppid()
    # Left alone it would keep the file system from being unmounted by the next test.
    while os.getppid() == parent:
        os.pwrite(file, chance.randbytes(chance.randint(1, 8192)), chance.randrange(LARGEST))
        os.fsync(file)
        time.sleep(chance.uniform(0, LONGEST_PAUSE))


if __name__ == "__main__":
    main()
