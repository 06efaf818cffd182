"""Runs a command and tells its wall time and the most memory it held.

  measure.py [--most-mib N] [--most-seconds N] -- COMMAND...

Both go to standard error; the command's own output is passed through. Ends with the command's exit
code, or with 1 when it held more than --most-mib or took longer than --most-seconds. It is not cut
off there, so that its output is whole and tells where the time went.
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
    parser.add_argument("--most-mib", type=int, metavar="N")
    parser.add_argument("--most-seconds", type=int, metavar="N")
    parser.add_argument("command", nargs="+")
    chosen = parser.parse_args()
    started = time.monotonic()
    code = subprocess.run(chosen.command, check=False).returncode
    seconds = time.monotonic() - started
    mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{seconds:.1f} s, {mib:.0f} MiB at most", file=sys.stderr)
    if code:
        return code if code > 0 else 128 - code
    over = []
    if chosen.most_mib and mib > chosen.most_mib:
        over.append(f"it held {mib:.0f} MiB, {chosen.most_mib} are allowed")
    if chosen.most_seconds and seconds > chosen.most_seconds:
        over.append(f"it took {seconds:.0f} s, {chosen.most_seconds} are allowed")
    for line in over:
        print(f"measure: {line}", file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
