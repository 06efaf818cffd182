"""Tests that the comparison of rankings finds what is wrong, and what schemes it looks at."""

import contextlib
import io
import pathlib
import tempfile
import types
import unittest
import unittest.mock
from fractions import Fraction

import judging
import periods
import ranked_tables
import ranking
import scheme
from judging import REDISTRIBUTED, SCORED

QUARTER = periods.read("2023-Q1")
UNIT = 410101000000
HEAD = "cycles,coverage_percent,deduction_cap,decimals\n{cycles},90,10,2\n"
ITEMS = ("id,area,weight,metric,direction,method,target,floor,measure,cycles,groups,den_zero,"
         "share_of,plan\n"
         "S1,,30,SF04,up,linear_floor_target,100,90,%,T Q,P2,redistribute,,\n"
         "S4,,10,SF15,up,progress,100,,%,Q,P2,redistribute,,\n")
GROUPS = "id,zh,en,level,classes,note\nP2,县,counties,county,admin,\n"


def definitions(folder, **cycles):
    """Schemes without any of the files that a scheme may do without."""
    folder = pathlib.Path(folder)
    for name, kinds in cycles.items():
        (folder / "schemes" / name).mkdir(parents=True)
        (folder / "schemes" / name / "scheme.csv").write_text(HEAD.format(cycles=kinds))
        (folder / "schemes" / name / "items.csv").write_text(ITEMS)
    (folder / "schemes" / "groups.csv").write_text(GROUPS, encoding="utf-8")
    return types.SimpleNamespace(folder=folder)


class Schemes(unittest.TestCase):
    def test_every_scheme_that_scores_the_period_is_looked_at(self):
        with tempfile.TemporaryDirectory() as folder:
            known = definitions(folder, main="Q H Y", safety="T M B Q H Y", daily="D W")
            self.assertEqual(scheme.names(known, "Q"), ["main", "safety"])
            self.assertEqual(scheme.names(known, "T"), ["safety"])

    def test_a_scheme_may_do_without_plans_vetoes_and_deductions(self):
        with tempfile.TemporaryDirectory() as folder:
            safety = scheme.Scheme(definitions(folder, safety="Q"), "safety")
        self.assertEqual([item.area for item in safety.items], ["", ""])
        self.assertEqual((safety.vetoes, safety.deductions, safety.items[1].plan), ([], [], {}))

    def test_what_is_not_recomputed_stops_the_run(self):
        with tempfile.TemporaryDirectory() as folder:
            known = definitions(folder, main="Q Y")
            grades = known.folder / "schemes" / "main" / "grades.csv"
            grades.write_text("id,cycles\nG1,Y\n")
            main = scheme.Scheme(known, "main")
        main.refuse_what_is_not_recomputed("Q")
        with self.assertRaises(ValueError):
            main.refuse_what_is_not_recomputed("Y")


def one_county():
    """A county with 2 of 3 thirds of one item, whose other item does not apply."""
    one = ranking.Ranked(0, [
        judging.Verdict(SCORED, Fraction(2, 3), Fraction(97), Fraction(100), Fraction(97)),
        judging.Verdict(REDISTRIBUTED)])
    one.hand_out([types.SimpleNamespace(area="", weight=Fraction(30)),
                  types.SimpleNamespace(area="", weight=Fraction(10))])
    one.score, one.rank, one.due, one.accepted = 6667, 1, 10, 10
    return one


def right_rows():
    """What the tables must hold of it."""
    place = {"scheme": "safety", "period": "2023-Q1"}
    rankings = [place | {
        "province": UNIT, "peer_group": "P2", "peer_group_zh": "县", "unit": UNIT, "name": "甲县",
        "score": 6667, "rank": 1, "ranked": 1, "grade": "", "available_weight": 40 * 10**6,
        "accepted": 10, "due": 10}]
    blank = {"value": None, "numerator": None, "denominator": None}
    scores = [
        place | {"unit": UNIT, "item": "S1", "state": SCORED, "weight": 40 * 10**6,
                 "points": 26666667, "contribution": 66670000, "value": 97 * 10**6,
                 "numerator": 97 * 10**6, "denominator": 100 * 10**6},
        place | blank | {"unit": UNIT, "item": "S4", "state": REDISTRIBUTED, "weight": 0,
                         "points": 0, "contribution": 0}]
    return {"rankings": rankings, "scores": scores}


class Tables(unittest.TestCase):
    def compared(self, tables):
        """Cells compared and different when the tables hold these rows."""
        unit = types.SimpleNamespace(code=UNIT, name="甲县", group="", level="county",
                                     unit_class="admin")
        stub = types.SimpleNamespace(
            tree=types.SimpleNamespace(units=[unit], codes=[UNIT], province=[0]))
        columns = {table: {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
                   for table, rows in tables.items()}
        with tempfile.TemporaryDirectory() as folder:
            stub.scheme = scheme.Scheme(definitions(folder, safety="Q"), "safety")
            oracle = types.SimpleNamespace(known=definitions(folder + "/more", safety="Q"),
                                           data=pathlib.Path(folder))
            for table in tables:
                (oracle.data / "tables" / table / "_delta_log").mkdir(parents=True)
            stub.group = lambda group: (stub.scheme.items, [one_county()])
            with unittest.mock.patch.object(ranking, "Ranking", lambda *_: stub), \
                    unittest.mock.patch.object(ranked_tables.parquet, "read_all",
                                               lambda table: columns[table.name]), \
                    contextlib.redirect_stdout(io.StringIO()) as said:
                different = ranked_tables.compare_all(oracle, QUARTER)
        return different, said.getvalue()

    def test_what_is_right_passes(self):
        different, said = self.compared(right_rows())
        self.assertEqual(different, 0, said)
        self.assertIn("ranking safety: cells compared: 22, different: 0", said)

    def test_every_wrong_cell_is_found(self):
        for table, rows in right_rows().items():
            for place, row in enumerate(rows):
                for name in row.keys() - {"scheme", "period", "peer_group", "unit", "item"}:
                    if row.get("item") == "S4" and row[name] is None:
                        continue  # What an item without verdict was judged by is not compared.
                    spoilt = right_rows()
                    spoilt[table][place][name] = "wrong" if isinstance(row[name], str) else 123456
                    self.assertGreater(self.compared(spoilt)[0], 0, f"{table} {name}")

    def test_rows_too_few_too_many_and_twice_are_found(self):
        for table in ("rankings", "scores"):
            fewer, more, twice, other = (right_rows() for _ in range(4))
            fewer[table].pop()
            more[table].append(more[table][0] | {"unit": 7})
            twice[table].append(twice[table][0])
            other[table].append(other[table][0] | {"scheme": "unknown"})
            for rows in (fewer, more, twice, other):
                self.assertGreater(self.compared(rows)[0], 0, table)

    def test_a_contribution_may_be_rounded_either_way_but_not_further(self):
        tally = ranked_tables.Tally()
        for found in (66660000, 66670000):
            tally.near("here", Fraction(200 * 10**6, 3), 10**4, found)
        self.assertEqual((tally.compared, tally.differences), (2, 0))
        for found in (66650000, 66680000, None):
            tally.near("here", Fraction(200 * 10**6, 3), 10**4, found)
        self.assertEqual((tally.compared, tally.differences), (5, 3))


if __name__ == "__main__":
    unittest.main()
