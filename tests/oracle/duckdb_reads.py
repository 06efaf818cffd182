"""Runs SQL statements by DuckDB on the Parquet files themselves and compares with `zhibao sql`.

  duckdb_reads.py --data DIR --definitions DIR STATEMENTS.sql ANSWER.csv...

STATEMENTS.sql holds statements that end in `;`, and there is one answer of `zhibao sql --format csv`
for each. The files of a table's last version are taken from its Delta log as JSON. The views by code
and by Chinese names are rebuilt here from the definitions, so that the very same statements run on
both. Rows are compared as sets of rows, since equals may stand in any order; numbers by value.
"""

import argparse
import csv
import datetime
import decimal
import io
import pathlib
import re
import sys

import definitions
import delta_log

LEVELS_ZH = {"institution": "机构", "village": "村", "township": "乡", "county": "县", "city": "市",
             "province": "省"}
ABOVE_ZH = {"province": "所属省", "prefecture": "所属市", "county": "所属县", "township": "所属乡"}
KINDS_ZH = dict(zip("DWTMBQHY", ("日", "周", "旬", "月", "双月", "季", "半年", "年")))
COUNTS_ZH = {"due": "应报", "received": "实报", "on_time": "按时", "accepted": "已采用"}
GUARDED = ("=", "+", "-", "@", "\t")


def quoted(name):
    """A name or a text as SQL."""
    return '"' + name.replace('"', '""') + '"'


def listed(paths):
    """A list of texts as SQL."""
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"


class Reader:
    """A DuckDB session with the tables and views of a data folder."""

    def __init__(self, data, known):
        import duckdb
        self.base = duckdb.connect()
        self.known = known
        forms = {form.table: form for form in known.forms.values()}
        tables = pathlib.Path(data) / "tables"
        for folder in sorted(path for path in tables.iterdir() if (path / "_delta_log").is_dir()):
            files = [path for path, _ in delta_log.live_files(folder)]
            if files:
                form = forms.get(folder.name)
                self._stored("stored_" + folder.name if form else folder.name, files)
        for table, form in forms.items():
            if self._has("stored_" + table):
                self._by_code(table)
                self._by_name(table, form)

    def _stored(self, name, files):
        self.base.execute(
            f"CREATE VIEW {quoted(name)} AS SELECT * EXCLUDE (filename) FROM read_parquet("
            f"{listed(files)}, union_by_name = true, hive_partitioning = true, "
            f"hive_types_autocast = false, filename = true)")

    def _has(self, name):
        found = self.base.execute("SELECT count(*) FROM information_schema.tables "
                                  "WHERE table_name = ?", [name]).fetchone()
        return found[0] > 0

    def _columns(self, name):
        return [row[0] for row in self.base.execute(f"DESCRIBE {quoted(name)}").fetchall()]

    def _named(self, code):
        """The name of a unit in the last span that began, from the dimension table."""
        return (f"(SELECT arg_max(name, coalesce(valid_from, '')) FROM units "
                f"WHERE units.unit = t.{code} AND units.valid_to IS NULL)")

    def _by_code(self, table):
        self.base.execute(f"CREATE VIEW {quoted(table)} AS SELECT {self._named('unit')} AS name, t.* "
                          f"FROM {quoted('stored_' + table)} t")

    def _by_name(self, table, form):
        cases = " ".join(f"WHEN '{code}' THEN '{zh}'" for code, zh in LEVELS_ZH.items())
        columns = [f"{self._named('unit')} AS 单位", "t.unit AS 单位代码",
                   f"CASE t.level {cases} END AS 层级", "t.period AS 报告期"]
        columns += [f"{self._named(code)} AS {zh}" for code, zh in ABOVE_ZH.items()]
        names = names_in_chinese(self.known, form)
        columns += [f"t.{quoted(name)} AS {quoted(names[name])}"
                    for name in self._columns("stored_" + table) if name in names]
        self.base.execute(f"CREATE VIEW {quoted(form_name(self.known, form))} AS "
                          f"SELECT {', '.join(columns)} FROM {quoted('stored_' + table)} t")

    def rows(self, statement):
        """Heads and rows of a statement."""
        answer = self.base.execute(statement)
        return [column[0] for column in answer.description], answer.fetchall()


def form_name(known, form):
    """The Chinese name of a form."""
    heads = definitions.rows(known.folder / "forms" / "forms.csv")
    return next(row["zh"] for row in heads if row["code"] == form.code)


def names_in_chinese(known, form):
    """Chinese names of the columns of a wide table."""
    names = {"period_kind": "报告期类型", "partial": "是否不完整", "not_applicable": "不适用"}
    for row in definitions.rows(known.folder / "forms" / f"{form.table}.csv"):
        code = row["code"].lower()
        names |= {code: row["sql_zh"], code + "_min": row["sql_zh"] + "最低",
                  code + "_max": row["sql_zh"] + "最高"}
    for frequency, level, _ in known.blocks_of(form):
        for count, zh in COUNTS_ZH.items():
            sort = f"{LEVELS_ZH[level]}{KINDS_ZH[frequency]}报"
            names[f"{count}_{frequency.lower()}_{level}"] = sort + zh
    return names


def statements(path):
    """Statements of a file, without comments."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return [part.strip() for part in text.split(";") if part.strip()]


def plain(value):
    """A value of either side in one form: exact number, text, or None."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, decimal.Decimal)):
        return decimal.Decimal(value).normalize()
    if isinstance(value, float):
        return decimal.Decimal(repr(value)).normalize()
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if value.startswith("'") and value[1:2] in GUARDED:
        value = value[1:]
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        return decimal.Decimal(value).normalize()
    return value


def answer_of(path):
    """Heads and rows of an answer of `zhibao sql --format csv`."""
    text = pathlib.Path(path).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    return rows[0], rows[1:]


def compare(statement, answer, reader):
    """Differences of one statement."""
    heads, found = answer_of(answer)
    wanted_heads, wanted = reader.rows(statement)
    if heads != wanted_heads:
        return 0, [f"heads {heads}, DuckDB has {wanted_heads}"]
    ours = [tuple(plain(value) for value in row) for row in found]
    theirs = [tuple(plain(value) for value in row) for row in wanted]
    ours.sort(key=str)
    theirs.sort(key=str)
    differences = []
    if len(ours) != len(theirs):
        differences.append(f"{len(ours)} rows, DuckDB has {len(theirs)}")
    for number, (one, other) in enumerate(zip(ours, theirs), 1):
        if one != other:
            differences.append(f"row {number}: {one}, DuckDB has {other}")
    return len(theirs) * len(heads), differences


def main():
    """Compares every statement with its answer."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--definitions", required=True)
    parser.add_argument("statements")
    parser.add_argument("answers", nargs="+")
    chosen = parser.parse_args()
    asked = statements(chosen.statements)
    if len(asked) != len(chosen.answers):
        parser.error(f"{len(asked)} statements, {len(chosen.answers)} answers")
    reader = Reader(chosen.data, definitions.Definitions(chosen.definitions))
    total = 0
    for statement, answer in zip(asked, chosen.answers):
        cells, differences = compare(statement, answer, reader)
        print(f"{cells} cells of: {' '.join(statement.split())}")
        for line in differences[:10]:
            print("  " + line)
        total += len(differences) + (cells == 0)
        if cells == 0 and not differences:
            print("  no rows on either side: nothing is shown by this")
    print(f"statements compared: {len(asked)}, different: {total}")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
