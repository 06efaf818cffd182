"""Tests of the oracle itself, on journals small enough to be worked out on paper."""

import datetime
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import coverage
import definitions
import envelope
import exact
import figures
import hand_made
import intake
import periods
import register
import tree
from hand_made import JANUARY, TARGETS, sent

PROVINCE, CITY, COUNTY_C, COUNTY_D = 410000000000, 410100000000, 410101000000, 410102000000
STREET, TOWN, VILLAGE = 410101001000, 410102100000, 410101001001
JIYUAN = 419001000000


class Small:
    """The hand-made province with a journal."""

    def __init__(self, entries, changes=False):
        with tempfile.TemporaryDirectory() as folder:
            self.known = definitions.Definitions(hand_made.definitions_folder(folder, changes))
            self.forest = tree.Forest(register.load(self.known.folder))
            self.journal = intake.Journal(self.known, self.forest)
            path = pathlib.Path(folder) / "journal.sqlite"
            hand_made.journal_file(path, entries)
            self.journal.read(path)
        self.figures = figures.Figures(self.known, self.forest, self.journal)
        self.coverage = coverage.Coverage(self.known, self.forest, self.journal)
        self.figures.quality = coverage.Quality(
            self.known, self.forest, self.journal, self.coverage)

    def value(self, code, period, unit):
        """One rolled-up value."""
        period = periods.read(period)
        node = self.forest.tree(period.end).node[unit]
        return self.figures.column(code, period)[node]

    def values(self, code, period, *units):
        """Several values."""
        return [self.value(code, period, unit) for unit in units]

    def counts(self, frequency, level, period, unit):
        """Due, received, on time, accepted."""
        period = periods.read(period)
        node = self.forest.tree(period.end).node[unit]
        columns = self.coverage.columns(self.known.forms["SA"], frequency, level, period)
        return [column[node] for column in columns]

    def findings(self, unit=VILLAGE, period="2023-01", form="SA"):
        """Findings of the first submission of a key."""
        return self.journal.keys[form, periods.read(period)][unit].seen[0].findings


class Periods(unittest.TestCase):
    def test_texts_are_read_and_written_alike(self):
        for text in ("2023-03-05", "2023-W10", "2020-W53", "2023-02-T3", "2023-03", "2023-B2",
                     "2023-Q1", "2023-H2", "2023"):
            period = periods.read(text)
            self.assertEqual(periods.containing(period.kind, period.start).text, text)
        for text in ("", "23", "2023-13", "2023-Q5", "2021-W53", "2023-02-30", "2023-2",
                     "2023-02-T4", "2023-B0", "２０２３", "2023-B7", "2023-H3", "2023-M1"):
            self.assertIsNone(periods.read(text), text)

    def test_parts_and_wholes(self):
        read = periods.read
        self.assertEqual([p.text for p in read("2023-Q1").parts("M")],
                         ["2023-01", "2023-02", "2023-03"])
        self.assertEqual(read("2023-Q1").parts("B"), [])
        self.assertEqual(len(read("2023-02").parts("D")), 28)
        self.assertIsNone(read("2023-W10").within("M"))
        self.assertEqual(read("2023-03-T1").previous().text, "2023-02-T3")
        self.assertEqual(read("2023-03-T3").end, datetime.date(2023, 3, 31))
        self.assertTrue(read("2023-01-T1").first_of_year())
        self.assertFalse(read("2023-02").first_of_year())


class Amounts(unittest.TestCase):
    def test_reading(self):
        self.assertEqual(exact.read("4583.97", 4), 45_839_700)
        self.assertEqual(exact.read(" １２．５０ ", 1), 125)
        self.assertEqual(exact.read("-0.5", 1), -5)
        for text in ("", ".5", "5.", "1,200", "1e3", "--1", "1.25", "12人"):
            self.assertRaises(exact.NoAmount, exact.read, text, 1)
        self.assertRaises(exact.NoAmount, exact.read, "1" + "0" * 18, 0)

    def test_halves_go_away_from_zero(self):
        self.assertEqual([exact.half_up(n, 8) for n in (4, -4, 3, 12, -12, 20)],
                         [1, -1, 0, 2, -2, 3])
        self.assertEqual(exact.half_up(1, -3), 0)
        self.assertEqual(exact.printed(-5, 2), "-0.05")


class Envelopes(unittest.TestCase):
    def test_what_cannot_be_read_is_set_aside(self):
        good = JANUARY[0].decode()
        bad = [good.replace('"form"', '"from"'), good.replace('"3"', "3"), good[:-1], good + "x",
               good.replace('"revision": 1', '"revision": 1.0'), good.replace('"wire": 1', '"wire": 2'),
               good.replace('"revision": 1', '"revision": -1'), "[]", good.replace('"id"', '"unit"')]
        for text in bad:
            self.assertRaises(envelope.Unreadable, envelope.read_return, text.encode())
        self.assertRaises(envelope.Unreadable, envelope.read_return, b"\xef\xbb\xbf" + JANUARY[0])
        self.assertEqual(envelope.read_return(JANUARY[0])["cells"][0], ("SA01", "3"))

    def test_instants(self):
        at = envelope.instant
        self.assertEqual(at("2023-01-30T16:00:00Z"), datetime.datetime(2023, 1, 31))
        for text in ("2023-02-02T09:00:00", "2023-02-31T09:00:00+08:00", "2023-02-02", ""):
            self.assertIsNone(at(text), text)


class Intake(unittest.TestCase):
    def found(self, cells, **more):
        more.setdefault("at", "2023-02-02T09:00:00+08:00")
        small = Small([sent(VILLAGE, "2023-01", cells, **more)])
        return small.findings()

    def test_a_clean_return_has_no_finding(self):
        self.assertEqual(self.found({"SA01": "3", "SA02": " 0 "}), [])
        self.assertEqual(self.found({"SA01": "3"}, not_applicable=["SA02"]), [])

    def test_every_rule_of_intake(self):
        both = {"SA01": "3", "SA02": "0"}
        empty = {"filler": "甲", "reviewer": "甲 ", "head": "丙"}
        for rule, found in (
                ("K03", self.found(both, signers=empty)),
                ("K04", self.found({"SA01": "3", "SA02": "　"})),
                ("K05", self.found(both | {"SA02": "1.5"})),
                ("K06", self.found(both | {"SA02": "-1"})),
                ("K08", self.found(both, revision=2, reason=" ")),
                ("K10", self.found(both, at="2023-01-30T23:59:59+08:00")),
                ("W03", self.found(both, revision=0)),
                ("W04", self.found(both | {"SA99": "1"})),
                ("W06", self.found(both | {"SA03": "1"})),
                ("W07", self.found(both | {"SA05": "1"})),
                ("W08", self.found(both, not_applicable=["SA02"])),
                ("W09", self.found(both, qualifiers={"SA01": "大概"})),
                ("W10", self.found(both, id=" "))):
            self.assertEqual(found, [rule])

    def test_the_column_of_the_period_before(self):
        both = {"SA01": "3", "SA02": "0"}
        self.assertEqual(self.found(both, prior={"SA01": "７", "SA02": " "}), [])
        for rule, prior in (("W04", {"SA99": "1"}), ("W06", {"SA03": "1"}), ("W07", {"SA05": "1"}),
                            ("K05", {"SA02": "1.5"}), ("K05", {"SA01": "1000000000000"})):
            self.assertEqual(self.found(both, prior=prior), [rule])

    def test_relations_between_the_cells_of_a_return(self):
        self.assertEqual(self.found({"SA01": "3", "SA02": "1000003"}), [])
        self.assertEqual(self.found({"SA01": "3", "SA02": "1000004"}), ["R1"])
        # What must be explained is refused without words, and R3 reads another month.
        odd = {"SA01": "777777", "SA02": "5"}
        self.assertEqual(self.found(odd), ["K94"])
        self.assertEqual(self.found(odd, explanations={"R2": " "}), ["K94"])
        self.assertEqual(self.found(odd, explanations={"R2": "属实"}), [])
        # What does not apply is no operand.
        self.assertEqual(self.found({"SA01": "777777"}, not_applicable=["SA02"]), [])

    def test_a_relation_holds_for_its_level_and_its_bounds(self):
        county = [Small([sent(410101000000, "2023-01", {"SA04": text})]).findings(unit=410101000000)
                  for text in ("1", "0.99", "100000", "100000.01")]
        self.assertEqual(county, [[], ["R4"], [], ["R4"]])

    def test_a_cell_that_stands_twice(self):
        twice = JANUARY[0].replace(b'"SA01": "3"', b'"SA01": "3", "SA01": "4"')
        self.assertEqual(Small([twice]).findings(), ["W05"])

    def test_a_return_without_place_has_no_key(self):
        cells = {"SA01": "3", "SA02": "0"}
        placed = [sent(410102100498, "2023-01", cells), sent(VILLAGE, "2023-Q1", cells),
                  sent(VILLAGE, "2023年1月", cells), sent(CITY, "2023-01", {"SA99": "1"}),
                  sent(VILLAGE, "2014-12", cells), sent(VILLAGE, "2023-01", cells, form="XX")]
        small = Small(placed)
        self.assertEqual(small.journal.keys, {})
        self.assertEqual(small.journal.account["refused"], len(placed))

    def test_revisions(self):
        def standing(*entries):
            small = Small(entries)
            entry = small.journal.keys["SA", periods.read("2023-01")][VILLAGE].standing()
            return (entry and dict(entry.cells)["SA01"]), small.journal.account
        one = sent(VILLAGE, "2023-01", {"SA01": "1", "SA02": "0"})
        two = sent(VILLAGE, "2023-01", {"SA01": "2", "SA02": "0"}, revision=2)
        other = sent(VILLAGE, "2023-01", {"SA01": "7", "SA02": "0"})
        bad = sent(VILLAGE, "2023-01", {"SA01": "9"}, revision=3)
        self.assertEqual(standing(one, two)[0], 2)
        self.assertEqual(standing(two, one)[0], 2, "whatever the order of arrival")
        value, account = standing(one, one, other, bad)
        self.assertEqual((value, account["replayed"], account["refused"]), (1, 1, 2))
        self.assertEqual(standing(other, one)[0], 7, "the first of a revision wins")

    def test_a_lock_closes_from_its_place_on(self):
        lock = {"wire": 1, "id": "l", "form": "SA", "period": "2023-01", "locked": True,
                "reason": "月报截止", "signer": "丁", "submitted_at": "2023-02-10T00:00:00+08:00"}
        late = sent(410101001002, "2023-01", {"SA01": "4", "SA02": "0"})
        small = Small([JANUARY[0], ("lock", json.dumps(lock).encode()), late])
        self.assertEqual(small.findings(), [])
        self.assertEqual(small.findings(410101001002), ["K09"])

    def test_a_reviewed_form_waits_until_a_level_above_accepts_it(self):
        def value(*entries):
            small = Small(list(entries))
            found = small.value("RV01", "2023-Q1", COUNTY_C)
            self.assertEqual(small.journal.account["pending"], sum(
                1 for one in entries if not isinstance(one, tuple)))
            return found

        def step(action, by, revision=1, signer="丁", reason="再核"):
            found = {"wire": 1, "id": f"{action}-{revision}", "action": action, "unit": str(COUNTY_C),
                     "form": "RV", "period": "2023-Q1", "revision": revision, "by": str(by),
                     "signer": signer, "reason": reason,
                     "submitted_at": "2023-04-10T09:00:00+08:00"}
            return "step", json.dumps(found).encode()
        at = "2023-04-02T09:00:00+08:00"
        first = sent(COUNTY_C, "2023-Q1", {"RV01": "1"}, form="RV", at=at)
        second = sent(COUNTY_C, "2023-Q1", {"RV01": "2"}, form="RV", at=at, revision=2)
        accept = step("accept", CITY)
        self.assertIsNone(value(first))
        self.assertEqual(value(first, accept), 1)
        self.assertIsNone(value(accept, first), "a step stands behind what it is about")
        self.assertIsNone(value(first, step("accept", COUNTY_C)), "nobody accepts their own")
        self.assertIsNone(value(first, step("accept", CITY, signer="甲 ")), "nor what they filled in")
        self.assertIsNone(value(first, second, accept), "nor what is not the newest")
        self.assertEqual(value(first, accept, second), 1)
        self.assertEqual(value(first, accept, step("send_back", CITY)), 1, "it counts until corrected")
        self.assertEqual(value(first, accept, second, step("accept", CITY, 2)), 2)
        withdrawn = step("withdraw", COUNTY_C)
        self.assertIsNone(value(first, withdrawn, accept), "what was withdrawn is gone")
        self.assertEqual(value(first, accept, withdrawn), 1)

    def test_what_a_level_above_lets_rest_refuses_nothing(self):
        odd = sent(VILLAGE, "2023-01", {"SA01": "1", "SA02": "2000000"})

        def refused(by, check="R1"):
            step = {"wire": 1, "id": "e", "action": "except", "unit": str(VILLAGE), "form": "SA",
                    "period": "2023-01", "check": check, "by": str(by), "signer": "丁",
                    "reason": "属实", "submitted_at": "2023-02-01T09:00:00+08:00"}
            return Small([("step", json.dumps(step).encode()), odd]).findings()
        self.assertEqual(refused(CITY), [])
        self.assertEqual(refused(VILLAGE), ["R1"], "nobody lets rest what is their own")
        self.assertEqual(refused(CITY, "R4"), ["R1"], "another check")

    def test_a_lock_of_a_subtree_holds_there_alone_and_for_those_below_its_holder(self):
        def lock(locked, unit, by, left_out=()):
            found = {"wire": 1, "id": "l", "form": "SA", "period": "2023-01", "locked": locked,
                     "unit": str(unit), "by": str(by), "reason": "月报截止", "signer": "丁",
                     "left_out": [{"unit": str(one), "why": "待核"} for one in left_out],
                     "submitted_at": "2023-02-10T00:00:00+08:00"}
            return "lock", json.dumps(found).encode()
        late = sent(VILLAGE, "2023-01", {"SA01": "4", "SA02": "0"})

        def closed(*locks):
            return "K09" in Small([*locks, late]).findings()
        self.assertTrue(closed(lock(True, CITY, CITY)))
        self.assertFalse(closed(lock(True, COUNTY_D, CITY)), "another county")
        self.assertFalse(closed(lock(True, CITY, CITY, [VILLAGE])))
        self.assertFalse(closed(lock(True, CITY, CITY), lock(False, CITY, CITY)))
        self.assertTrue(closed(lock(True, CITY, CITY), lock(False, VILLAGE, VILLAGE)))
        self.assertFalse(closed(lock(True, CITY, VILLAGE)), "a village does not lock a city")


class RollUp(unittest.TestCase):
    def test_children_and_own(self):
        small = Small(JANUARY)
        self.assertEqual(small.values("SA01", "2023-01", STREET, TOWN, CITY, PROVINCE, JIYUAN),
                         [7, 6, 13, 13, None])
        self.assertEqual(small.value("SA03", "2023-01", CITY), 3234)

    def test_over_time(self):
        february = [sent(VILLAGE, "2023-02", {"SA01": "8", "SA02": "5"},
                         at="2023-03-02T09:00:00+08:00")]
        small = Small(JANUARY + february)
        self.assertEqual(small.values("SA01", "2023-B1", VILLAGE, PROVINCE), [8, 8])
        self.assertEqual(small.values("SA02", "2023-B1", VILLAGE, PROVINCE), [6, 8])
        self.assertEqual(small.values("SA02", "2023", VILLAGE, PROVINCE), [6, 8])
        self.assertIsNone(small.value("SA01", "2023-Q1", VILLAGE), "the last month is missing")

    def test_weighted_mean_with_extremes(self):
        small = Small(JANUARY)
        period = periods.read("2023-01")
        node = small.forest.tree(period.end).node[CITY]
        columns = small.figures.standard(small.known.indicators["SA04"], period)
        # (600 × 7 + 500.01 × 6) / 13 = 553.850769…
        self.assertEqual([column[node] for column in columns], [55385, 50001, 60000])

    def test_ratios_from_sums(self):
        small = Small(JANUARY + TARGETS)
        self.assertEqual(small.value("SA06", "2023-01", PROVINCE), 2308)  # 3 of 13
        # 3234 yuan for 13 persons; January is its own increment.
        self.assertEqual(small.value("SA05", "2023-01", PROVINCE), 248769231)
        self.assertIsNone(small.value("SA05", "2023-01", VILLAGE), "a part is missing")
        self.assertEqual(small.value("SA08", "2023-01", PROVINCE), 1000)  # 3 of the year's 30
        self.assertIsNone(small.value("SA05", "2023-02", PROVINCE))

    def test_coverage(self):
        small = Small(JANUARY[:2] + [sent(410102100201, "2023-01", {"SA01": "5"})] + TARGETS)
        self.assertEqual(small.counts("M", "village", "2023-01", PROVINCE), [3, 3, 2, 2])
        self.assertEqual(small.counts("M", "village", "2023-Q1", PROVINCE), [9, 3, 2, 2])
        self.assertEqual(small.counts("M", "village", "2023-01", STREET), [2, 2, 2, 2])
        # Targets are due after the first day of their year; 戊市 owes one too.
        self.assertEqual(small.counts("Y", "county", "2023", PROVINCE), [3, 2, 1, 2])

    def test_a_return_belongs_to_the_ten_days_of_its_last_day(self):
        small = Small(JANUARY + TARGETS)
        quality = small.figures.quality
        due = {text: quality.column("QA01", periods.read(text), periods.read(text).end)[0]
               for text in ("2023-01-T1", "2023-01-T2", "2023-01-T3")}
        self.assertEqual(due, {"2023-01-T1": 3, "2023-01-T2": 0, "2023-01-T3": 8})


class Deadlines(unittest.TestCase):
    def due(self, form, period, level, known=None):
        known = known or Small([]).known
        return known.due(form, periods.read(period), level).isoformat(" ", "minutes")

    def test_a_day_off_moves_the_deadlines_that_say_so(self):
        self.assertEqual(self.due("SA", "2023-01", "village"), "2023-02-03 23:59", "a Friday")
        self.assertEqual(self.due("SA", "2022-12", "village"), "2023-01-03 23:59")
        self.assertEqual(self.due("SA", "2023-04", "village"), "2023-05-03 23:59",
                         "a Wednesday of which this table does not know that it is off")
        self.assertEqual(self.due("SA", "2023-06", "village"), "2023-07-03 23:59")
        self.assertEqual(self.due("SA", "2023-08", "village"), "2023-09-04 23:59", "a Sunday")
        self.assertEqual(self.due("SA", "2023-01", "township"), "2023-02-05 12:00", "stays Sunday")
        self.assertEqual(self.due("SA", "2023-Q1", "county"), "2023-04-06 23:59", "Qingming")
        # Targets count from the first day; behind the festival a Saturday is worked.
        self.assertEqual(self.due("SA", "2023", "county"), "2023-01-28 23:59")

    def test_the_line_of_a_form_wins_and_the_national_limit_stays(self):
        self.assertEqual(self.due("RV", "2023-Q1", "county"), "2023-04-08 12:00", "a Saturday")
        self.assertEqual(self.due("SA", "2022-12", "county"), "2023-01-15 23:59", "a Sunday")

    def test_an_older_folder_moves_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            root = hand_made.definitions_folder(folder)
            (root / "calendar" / "holidays.csv").unlink()
            (root / "calendar" / "deadlines.csv").write_text(
                "frequency,level,days,time\nQ,county,5,23:59:59\nM,village,3,23:59:59\n",
                encoding="utf-8")
            known = definitions.Definitions(root)
        self.assertEqual(self.due("SA", "2023-Q1", "county", known), "2023-04-05 23:59")
        self.assertEqual(self.due("SA", "2023-08", "village", known), "2023-09-03 23:59")


class Trees(unittest.TestCase):
    def test_containers_are_left_out(self):
        tree_of_march = Small([]).forest.tree(datetime.date(2023, 3, 31))
        self.assertEqual(len(tree_of_march.codes), 10)
        jiyuan = tree_of_march.node[JIYUAN]
        self.assertEqual(tree_of_march.codes[tree_of_march.parents[jiyuan]], PROVINCE)

    def test_a_merger_keeps_the_totals(self):
        february = sent(VILLAGE, "2023-02", {"SA01": "8", "SA02": "5"},
                        at="2023-03-02T09:00:00+08:00")
        small = Small(JANUARY + [february], changes=True)
        self.assertEqual(small.values("SA02", "2023-01", COUNTY_C, COUNTY_D), [1, 2])
        self.assertEqual(small.values("SA02", "2023-Q1", COUNTY_D, PROVINCE), [8, 8])
        self.assertNotIn(COUNTY_C, small.forest.tree(datetime.date(2023, 3, 31)).node)
        self.assertEqual(small.counts("M", "county", "2023-Q1", PROVINCE)[0], 3 + 2 + 2)


if __name__ == "__main__":
    unittest.main()
