"""Holds the demo's summary against what it must say, whatever the seed.

  check_summary.py SUMMARY.json

received = effective + superseded + refused + set aside + pending; what was planted was caught; no
finding on a clean return; every identity among the published figures came out as its file says; every
peer group has ranked units, in the order of their scores. Ends with 1 if anything does not hold.
"""

import decimal
import json
import pathlib
import sys


def account(summary):
    """Invariant I6."""
    intake = summary["intake"]
    parts = ("effective", "superseded", "refused", "set_aside", "pending")
    total = sum(intake[part] for part in parts)
    if intake["received"] != total:
        yield f"received {intake['received']}, explained {total}"
    for part in ("effective", "superseded", "refused", "set_aside", "replayed"):
        if not intake[part]:
            yield f"no return was {part}: the demo shows nothing of it"


def planted(summary):
    """Planted against caught."""
    if not summary["caught"]:
        yield "nothing was planted"
    for line in summary["caught"]:
        if line["planted"] != line["caught"] or line.get("unplanted"):
            yield f"{line['check']}: planted {line['planted']}, caught {line['caught']}, " \
                  f"unplanted {line.get('unplanted', 0)}"
    if summary["findings_on_clean_returns"]:
        yield f"{summary['findings_on_clean_returns']} findings on clean returns"


def published(summary):
    """Identities among published figures."""
    identities = summary["identities"]
    if identities["unexpected"]:
        yield f"identities came out otherwise: {identities['unexpected']}"
    if not identities["verified"]:
        yield "no identity was verified"


def ranking(summary):
    """Ranks follow the scores."""
    if not summary["ranking"]:
        yield "nothing is ranked"
    for group in summary["ranking"]:
        place = f"{group['scheme']} {group['group']}"
        ranked = [unit for unit in group["units"] if unit["rank"] is not None]
        if not ranked:
            yield f"{place}: nobody is ranked"
        if [unit["rank"] for unit in ranked] != sorted(unit["rank"] for unit in ranked):
            yield f"{place}: not in the order of the ranks"
        equal = {}
        for unit in ranked:
            equal.setdefault(unit["rank"], set()).add(decimal.Decimal(unit["score"]))
        if any(len(scores) > 1 for scores in equal.values()):
            yield f"{place}: one rank, several scores"


def main():
    """Runs every check."""
    summary = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    wrong = [line for check in (account, planted, published, ranking) for line in check(summary)]
    for line in wrong:
        print("  " + line)
    print(f"summary: {len(wrong)} contradictions")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
