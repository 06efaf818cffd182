"""Compares the tables `scores` and `rankings` with what the oracle comes to, scheme by scheme.

Every column that holds a number, a state or a name is compared; the texts that explain a score in
words are not. The rounded contributions must add up to the score, and none may be a whole unit of
the last digit away from its exact value: which of equals is rounded up is free.
"""

import parquet
import ranking
import scheme as schemes
from judging import REDISTRIBUTED, UNREPORTED
from ranking import SCALE, rounded


class Tally:
    """Counts compared cells and keeps the first differences."""

    def __init__(self):
        self.compared = self.differences = 0
        self.examples = []

    def check(self, place, expected, found):
        """Compares one cell."""
        self.compared += 1
        if expected != found:
            self._differs(f"{place}: expected {expected}, found {found}")

    def near(self, place, exact, unit, found):
        """Compares a rounded part with its exact value: less than a unit of the last digit away."""
        self.compared += 1
        if found is None or abs(found - exact) >= unit:
            self._differs(f"{place}: expected about {float(exact)}, found {found}")

    def _differs(self, line):
        self.differences += 1
        if len(self.examples) < 20:
            self.examples.append(line)


class Stored:
    """Rows of the two tables by scheme and period, for one comparison after the other."""

    def __init__(self, tables):
        self.doubled = {}
        self.rankings = self._rows(tables / "rankings", ("peer_group", "unit"))
        self.scores = self._rows(tables / "scores", ("unit", "item"))

    def _rows(self, folder, keys):
        columns = parquet.read_all(folder) if (folder / "_delta_log").is_dir() else {}
        names, found = list(columns), {}
        for values in zip(*columns.values()):
            row = dict(zip(names, values))
            rows = found.setdefault((row["scheme"], row["period"]), {})
            key = tuple(row[name] for name in keys)
            if key in rows:
                self.doubled.setdefault((row["scheme"], row["period"]), []).append(key)
            rows[key] = row
        return found

    def take(self, scheme, period):
        """Rankings, scores and doubled keys of one scheme and period; they are gone then."""
        key = scheme, period.text
        return (self.rankings.pop(key, {}), self.scores.pop(key, {}), self.doubled.pop(key, []))


class Comparison:
    """One scheme and period."""

    def __init__(self, oracle, name, period, stored):
        self.ranking = ranking.Ranking(oracle, name, period)
        self.scheme = self.ranking.scheme
        self.tree = self.ranking.tree
        self.rankings, self.scores, doubled = stored.take(name, period)
        self.tally = Tally()
        for key in doubled:
            self.tally.check(f"row {key}", "one row", "several rows")

    def run(self):
        """Compares every peer group, and what stands in the tables beyond them."""
        with_rows = {row["province"] for row in self.rankings.values()}
        for group in self.scheme.groups:
            items, found = self.ranking.group(group)
            ranked = {}
            for one in found:
                province = self.tree.province[one.node]
                ranked[province] = ranked.get(province, 0) + (one.rank is not None)
            for one in found:
                root = self.tree.province[one.node]
                # A province of which nothing came in has no rows.
                if self.tree.codes[root] in with_rows or one.accepted:
                    self._unit(group, items, one, ranked[root])
            print(f"ranking {self.scheme.name} {group.id}: {len(items)} items, {len(found)} units, "
                  f"{sum(ranked.values())} ranked", flush=True)
        for table in (self.rankings, self.scores):
            for key in sorted(table, key=str):
                self.tally.check(f"row {key}", "no row", "a row")
        return self.tally

    def _unit(self, group, items, one, ranked):
        """Score and rank of one unit and all that led there; takes its rows off the tables."""
        unit = self.tree.units[one.node]
        row = self.rankings.pop((group.id, unit.code), None)
        if row is None:
            self.tally.check(f"rankings {group.id} {unit.code}", "a row", "no row")
            return
        expected = {
            "province": self.tree.codes[self.tree.province[one.node]], "name": unit.name,
            "peer_group_zh": group.zh, "score": one.score, "rank": one.rank, "ranked": ranked,
            "available_weight": rounded(one.available, SCALE), "accepted": one.accepted,
            "due": one.due, "grade": ""}
        for name, value in expected.items():
            self.tally.check(f"rankings {group.id} {unit.code} {name}", value, row[name])
        total = sum(self._item(unit.code, one, *line)
                    for line in zip(items, one.verdicts, one.weights, one.points))
        total += self._deductions(unit.code, one)
        if one.score is not None:
            lifted = one.score * 10 ** (SCALE - self.scheme.decimals)
            self.tally.check(f"scores {unit.code} sum of the contributions", lifted, total)

    def _item(self, code, one, item, verdict, weight, points):
        """One item of one unit; what its row says it contributes."""
        row = self.scores.pop((code, item.id), None)
        if row is None:
            self.tally.check(f"scores {code} {item.id}", "a row", "no row")
            return 0
        expected = {"state": verdict.state, "weight": rounded(weight, SCALE),
                    "points": rounded(points, SCALE)}
        if verdict.state not in (REDISTRIBUTED, UNREPORTED):
            expected |= {name: rounded(getattr(verdict, name), SCALE)
                         for name in ("value", "numerator", "denominator")}
        for name, value in expected.items():
            self.tally.check(f"scores {code} {item.id} {name}", value, row[name])
        share = 100 * points / one.available if one.available else 0
        return self._contribution(f"scores {code} {item.id}", share, row)

    def _deductions(self, code, one):
        """Every deduction of one unit and their capped sum; what the sum contributes."""
        for name, points in one.deductions.items():
            row = self.scores.pop((code, name), None)
            self.tally.check(f"scores {code} {name} points", rounded(-points, SCALE),
                             row and row["points"])
        if not one.deductions:
            return 0
        row = self.scores.pop((code, "deduction"), None)
        self.tally.check(f"scores {code} deduction points", rounded(-one.deducted, SCALE),
                         row and row["points"])
        if row is None:
            return 0
        return self._contribution(f"scores {code} deduction", -one.deducted, row)

    def _contribution(self, place, exact, row):
        """The rounded part of the score, held against the exact one."""
        unit = 10 ** (SCALE - self.scheme.decimals)
        self.tally.near(f"{place} contribution", exact * 10**SCALE, unit, row["contribution"])
        return row["contribution"] or 0


def compare_all(oracle, period):
    """Compares every scheme that scores the period; the number of differences."""
    stored = Stored(oracle.data / "tables")
    differences = 0
    for name in schemes.names(oracle.known, period.kind):
        tally = Comparison(oracle, name, period, stored).run()
        print(f"ranking {name}: cells compared: {tally.compared}, different: {tally.differences}",
              flush=True)
        for line in tally.examples:
            print("  " + line)
        differences += tally.differences
        if not tally.compared:
            print(f"  scheme {name} ranks nobody in {period}")
            differences += 1
    for scheme, text in sorted(stored.rankings.keys() | stored.scores.keys()):
        print(f"  scheme {scheme}, period {text}: rows that are not recomputed")
        differences += 1
    return differences
