"""Runs a command and tells its wall time and the most memory it held.

  measure.py [--most-mib N] -- COMMAND...

Both go to standard error; the command's own output is passed through. Ends with the command's exit
code, or with 1 when it held more than --most-mib.
"""

import argparse
import resource
import subprocess
import sys
import time


def main():
    """Runs, measures, compares."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most-mib", type=int)
    parser.add_argument("command", nargs="+")
    chosen = parser.parse_args()
    started = time.monotonic()
    code = subprocess.run(chosen.command, check=False).returncode
    seconds = time.monotonic() - started
    mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{seconds:.1f} s, {mib:.0f} MiB at most", file=sys.stderr)
    if code == 0 and chosen.most_mib and mib > chosen.most_mib:
        print(f"more than {chosen.most_mib} MiB", file=sys.stderr)
        return 1
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
