"""Tests that the comparison finds a wrong cell, a missing row and a row too many."""

import decimal
import json
import pathlib
import tempfile
import unittest

import pyarrow
import pyarrow.parquet

import hand_made
import recompute
from hand_made import JANUARY, TARGETS


def arrow_column(name, values, scale):
    """A column as the program stores it."""
    if scale is not None:
        exact = [None if v is None else decimal.Decimal(v).scaleb(-scale) for v in values]
        return pyarrow.array(exact, pyarrow.decimal128(18, scale))
    if name == "partial":
        return pyarrow.array(values, pyarrow.bool_())
    if name.split("_")[0] in ("due", "received", "on", "accepted"):
        return pyarrow.array(values, pyarrow.int32())
    return pyarrow.array(values)


def write_tables(oracle, spoil=None):
    """Writes the tables that the oracle expects; `spoil` may change the columns of a period."""
    for form in oracle.known.forms.values():
        folder = oracle.data / "tables" / form.table
        (folder / "_delta_log").mkdir(parents=True)
        actions = []
        for period, provinces in oracle.expected.periods(form).items():
            columns, scales = expected_columns(oracle, form, period, provinces)
            if spoil:
                spoil(form.table, period.text, columns)
            arrays = {name: arrow_column(name, values, scales.get(name))
                      for name, values in columns.items()}
            path = f"period={period}/all.parquet"
            (folder / path).parent.mkdir()
            pyarrow.parquet.write_table(pyarrow.table(arrays), folder / path,
                                        store_decimal_as_integer=True)
            actions.append({"add": {"path": path, "partitionValues": {"period": period.text}}})
        log = "\n".join(json.dumps(action) for action in actions)
        (folder / "_delta_log" / "00000000000000000000.json").write_text(log, encoding="utf-8")


def expected_columns(oracle, form, period, provinces):
    """The columns of one period as the oracle expects them."""
    expected = oracle.expected
    tree = oracle.forest.tree(period.end)
    nodes = expected.nodes(form, period, provinces)
    columns, scales = {"unit": [tree.codes[node] for node in nodes]}, {}
    columns.update(expected.place_columns(period, nodes))
    silent = expected.silent(form, period)
    columns["not_applicable"] = pyarrow.array([silent.get(node) for node in nodes],
                                              pyarrow.string()).to_pylist()
    for name, column in expected.counts(form, period).items():
        columns[name] = [column[node] for node in nodes]
    for name, (column, scale) in expected.values(form, period).items():
        columns[name] = [None if column is None else column[node] for node in nodes]
        scales[name] = scale
    return columns, scales


class Comparison(unittest.TestCase):
    def compared(self, spoil=None):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            hand_made.journal_file(root / "journal.sqlite", JANUARY + TARGETS)
            oracle = recompute.Oracle(root, hand_made.definitions_folder(root))
            oracle.journal.read(root / "journal.sqlite")
            write_tables(oracle, spoil)
            return recompute.compare_tables(oracle, list(oracle.known.forms.values()))

    def test_what_is_expected_passes(self):
        self.assertEqual(self.compared(), 0)

    def test_one_wrong_cell(self):
        def spoil(table, period, columns):
            if (table, period) == ("sa", "2023-Q1"):
                columns["sa02"][0] += 1
        self.assertEqual(self.compared(spoil), 1)

    def test_a_zero_for_a_missing_value(self):
        def spoil(table, period, columns):
            if (table, period) == ("sa", "2023-01"):
                columns["sa03"][-1] = 0
        self.assertEqual(self.compared(spoil), 1)

    def test_rows_missing_and_too_many(self):
        def spoil(table, period, columns):
            if (table, period) == ("sa", "2023-01"):
                for values in columns.values():
                    values.pop()
            if (table, period) == ("sa", "2023-B1"):
                for values in columns.values():
                    values.append(values[-1])
                columns["unit"][-1] = 999999999999
        self.assertEqual(self.compared(spoil), 2)


if __name__ == "__main__":
    unittest.main()
