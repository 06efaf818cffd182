"""Tests of the methods, of redistribution, ranks and vetoes, on figures made by hand."""

import pathlib
import sys
import types
import unittest
from fractions import Fraction

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import judging
import periods
import ranking
import scheme
from judging import FULL, REDISTRIBUTED, SCORED, UNREPORTED

QUARTER = periods.read("2023-Q1")


def item(method, metric, **more):
    """One item as its row in the definitions says it."""
    row = {"id": "E1", "area": "A", "weight": "4", "direction": "up", "target": "100",
           "floor": "60", "cycles": "Q", "groups": "P1", "den_zero": "redistribute",
           "share_of": "", "plan": "", "measure": "%"}
    return scheme.Item(row | {"method": method, "metric": metric} | more,
                       {"monthly": {3: Fraction(15)}})


def indicator(scale=0, entry="village"):
    """An entered indicator."""
    return types.SimpleNamespace(scale=scale, entry=entry, derived=False, kind="stock",
                                 frequency="M", form=types.SimpleNamespace(code="AA"),
                                 numerator=[], denominator=[], has_row=lambda kind: True)


class Desk:
    """A judge over one unit with these figures; `accepted` of 3 due returns are in."""

    def __init__(self, accepted=3, due=3, **figures):
        self.figures = figures
        known = types.SimpleNamespace(indicators={code: indicator() for code in figures})
        source = types.SimpleNamespace(
            reading=lambda reading, code, period, day: [figures[code]])
        counts = types.SimpleNamespace(columns=lambda *key: [[due], [0], [0], [accepted]])
        tree = types.SimpleNamespace(levels=["county"], parents=[None])
        forest = types.SimpleNamespace(tree=lambda day: tree)
        oracle = types.SimpleNamespace(known=known, figures=source, coverage=counts, forest=forest)
        self.judge = judging.Judge(oracle, types.SimpleNamespace(groups=[]), QUARTER)

    def verdict(self, one):
        """State and share of one item."""
        verdict = self.judge.judge(one, 0, {})
        return verdict.state, verdict.share


class Methods(unittest.TestCase):
    def test_quotients_are_read_from_the_left(self):
        one = scheme.Quotient("SA23 / (SA14 / 12)", False)
        self.assertEqual((one.above, one.below, one.factor), (["SA23"], ["SA14"], 12))
        self.assertEqual(scheme.Quotient("EC08", True).lone, "EC08")

    def test_linear(self):
        linear = item("linear_floor_target", "AA01 / AA02")
        for count, share in ((60, 0), (59, 0), (80, Fraction(1, 2)), (100, 1), (120, 1)):
            self.assertEqual(Desk(AA01=count, AA02=100).verdict(linear), (SCORED, share))

    def test_a_target_as_a_count_of_whole_units(self):
        # Three streets at 80 % are three streets; with two of them two thirds of the points.
        ceil = item("linear_floor_target+ceil", "AA01 / AA02", target="80", floor="")
        self.assertEqual(Desk(AA01=2, AA02=3).verdict(ceil), (SCORED, Fraction(2, 3)))

    def test_progress_by_the_plan_of_the_month(self):
        progress = item("progress", "AA01 / AA02", floor="", plan="monthly")
        self.assertEqual(Desk(AA01=6, AA02=100).verdict(progress), (SCORED, Fraction(6, 15)))

    def test_threshold_by_parts(self):
        half = item("threshold", "AA01 / AA02 ; AA03 / AA02", target="1.3", floor="",
                    share_of="county", measure="倍")
        self.assertEqual(Desk(AA01=13, AA02=10, AA03=12).verdict(half), (SCORED, Fraction(1, 2)))

    def test_zero_below_the_line(self):
        given = item("linear_floor_target", "AA01 / AA02")
        full = item("linear_floor_target", "AA01 / AA02", den_zero="full")
        self.assertEqual(Desk(AA01=0, AA02=0).verdict(given), (REDISTRIBUTED, 0))
        self.assertEqual(Desk(AA01=None, AA02=0).verdict(full), (FULL, 1))

    def test_missing_is_not_zero(self):
        linear = item("linear_floor_target", "AA01 / AA02")
        self.assertEqual(Desk(accepted=2, AA01=None, AA02=5).verdict(linear), (UNREPORTED, 0))
        self.assertEqual(Desk(AA01=None, AA02=5).verdict(linear), (REDISTRIBUTED, 0))
        self.assertEqual(Desk(accepted=0, due=0, AA01=None, AA02=5).verdict(linear),
                         (REDISTRIBUTED, 0))


class Scores(unittest.TestCase):
    def test_weights_go_to_the_other_items_of_the_area(self):
        items = [item("progress", "AA01", weight="6"), item("progress", "AA01", weight="2"),
                 item("progress", "AA01", weight="5", area="B")]
        verdicts = [judging.Verdict(REDISTRIBUTED), judging.Verdict(SCORED, Fraction(1, 2)),
                    judging.Verdict(REDISTRIBUTED)]
        one = ranking.Ranked(0, verdicts)
        one.hand_out(items)
        self.assertEqual((one.weights, one.points), ([0, 8, 0], [0, 4, 0]))
        self.assertEqual(one.available, 8, "the weight of an area without any item is lost")

    def test_halves_are_rounded_up_once(self):
        self.assertEqual(ranking.rounded(Fraction(90005, 1000), 2), 9001)
        self.assertEqual(ranking.rounded(Fraction(-1, 200), 2), -1)
        self.assertIsNone(ranking.rounded(None, 2))

    def test_equals_share_a_place_and_vetoed_units_come_last(self):
        def unit(score, due=10, accepted=10, last=False):
            one = ranking.Ranked(0, [])
            one.score, one.due, one.accepted, one.last = score, due, accepted, last
            return one
        units = [unit(9000), unit(9500), unit(9000), unit(8999), unit(9900, last=True),
                 unit(9999, accepted=8), unit(None)]
        stub = types.SimpleNamespace(
            scheme=types.SimpleNamespace(coverage_percent=Fraction(90)),
            tree=types.SimpleNamespace(province=[0]))
        ranking.Ranking._rank(stub, units)
        self.assertEqual([one.rank for one in units], [2, 1, 2, 4, 5, None, None])


if __name__ == "__main__":
    unittest.main()
