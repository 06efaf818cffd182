"""Tests of what holds the demo's runs to their limits and their summary to its promises."""

import pathlib
import subprocess
import sys
import unittest

import check_summary

MEASURE = pathlib.Path(__file__).resolve().parent / "measure.py"
LISTED = """\
| id   | severity | state      | message | expression |
|------|----------|------------|---------|------------|
| K01  | hard     | enforced   | unknown | unit_known() |
| K12  | hard     | shown only | exceeds | SA01 <= SA02 |
| K95  | hard     | enforced   | a part, earlier | x: enforced or not |
"""


def line(check, planted, caught):
    """One line of the table of planted against caught."""
    return {"check": check, "planted": planted, "caught": caught, "unplanted": 0}


def summary(*lines, case="yes"):
    """A summary with these lines and one case."""
    return {"caught": list(lines), "cases": [{"case": "C07", "as_file_says": case,
                                             "happened": "it exceeds"}]}


class Enforced(unittest.TestCase):
    def wrong(self, *lines, case="yes", listed=LISTED):
        """What is said against a summary."""
        return list(check_summary.enforced(summary(*lines, case=case), listed))

    def test_planted_and_caught_or_shown_by_a_case(self):
        self.assertEqual(self.wrong(line("K01", 20, 20), line("K95", 5, 5)), [])
        self.assertEqual(self.wrong(line("K01", 20, 20)), [])

    def test_an_enforced_check_that_is_never_seen(self):
        self.assertEqual(len(self.wrong()), 1)
        self.assertEqual(len(self.wrong(line("K01", 0, 0))), 1)
        self.assertEqual(len(self.wrong(line("K01", 20, 19))), 1)

    def test_a_case_must_say_yes_even_if_the_check_is_planted(self):
        found = self.wrong(line("K01", 20, 20), line("K95", 5, 5), case="no")
        self.assertEqual(len(found), 1)
        self.assertIn("C07", found[0])

    def test_a_check_that_is_counted_but_not_enforced(self):
        self.assertEqual(len(self.wrong(line("K01", 20, 20), line("K12", 1, 1))), 1)

    def test_a_list_that_cannot_be_read_is_no_list_without_checks(self):
        self.assertGreater(len(self.wrong(line("K01", 20, 20), listed="| K01 | 强制 | 执行 |")), 0)

    def test_cases_say_yes_or_what_they_wait_for(self):
        for case, wrong in (("yes", 0), ("later: the task ledger", 0), ("no", 1)):
            self.assertEqual(len(list(check_summary.cases(summary(case=case)))), wrong)


class Limits(unittest.TestCase):
    def run_it(self, *arguments):
        """Exit code and messages of a measured command."""
        done = subprocess.run([sys.executable, MEASURE, *arguments], capture_output=True, text=True)
        return done.returncode, done.stderr

    def test_within_and_beyond_the_limits(self):
        quick = ("--", sys.executable, "-c", "pass")
        slow = ("--", sys.executable, "-c", "import time; time.sleep(1.2)")
        self.assertEqual(self.run_it("--most-seconds", "60", "--most-mib", "2048", *quick)[0], 0)
        code, said = self.run_it("--most-seconds", "1", *slow)
        self.assertEqual(code, 1)
        self.assertIn("1 are allowed", said)
        code, said = self.run_it("--most-mib", "1", *quick)
        self.assertEqual(code, 1)
        self.assertIn("1 are allowed", said)

    def test_the_exit_code_of_the_command_goes_first(self):
        code, _ = self.run_it("--most-mib", "1", "--", sys.executable, "-c", "raise SystemExit(3)")
        self.assertEqual(code, 3)


if __name__ == "__main__":
    unittest.main()
