"""The checks on returns, by the program and by DuckDB: the same findings on random returns.

  checks_agree.py --program zhibao --definitions DIR --scratch DIR [--returns 10000] [--seed 1]

Makes returns of every sort that has relations between its cells, with random amounts, blanks and
explanations; lets `zhibao check` look at them; has DuckDB judge the same relations, in the SQL in which
the definitions write them; and compares who broke what. Ends with 1 if they differ.

DuckDB's logic has three values and ours has none: a relation with a missing cell says nothing, even
where half of it is false already. So each relation asks DuckDB only where all its cells are there.
"""

import argparse
import csv
import json
import pathlib
import random
import subprocess
import sys

import duckdb

import definitions
import periods
import register
import relations
import tree

PERIODS = {"D": "2023-01-05", "T": "2023-01-T1", "M": "2023-01", "Q": "2023-Q1", "H": "2022-H2",
           "Y": "2022"}
SIGNERS = {"filler": "甲", "reviewer": "乙", "head": "丙"}
AMOUNTS = (0, 0, 1, 1, 2, 3, 5, 10, 11, 60, 924, 1202, 8940, 9_999_999)


class Sort:
    """What units of a level send on a form for one kind of period, with the relations in it."""

    def __init__(self, known, key, asked, units):
        self.form, self.kind, self.level = key
        self.asked = asked
        self.units = units
        self.relations = [one for one in relations.load(known)
                          if one.applies(*key) and one.home[2] == self.level]
        self.returns = []

    def make(self, chance, number):
        """One random return and the amounts in it."""
        cells, amounts = {}, {}
        for indicator in self.asked:
            if not indicator.core and chance.random() < 0.3:
                continue
            amount = chance.choice(AMOUNTS)
            decimals = chance.randrange(indicator.scale + 1) if chance.random() < 0.2 else 0
            text = f"{amount}.{chance.randrange(10**decimals):0{decimals}}" if decimals else str(amount)
            cells[indicator.code] = text
            amounts[indicator.code] = text
        checks = [one.check for one in self.relations if one.severity == "verify"]
        sent = {"id": f"random-{number}", "unit": chance.choice(self.units), "form": self.form,
                "period": PERIODS[self.kind], "signers": SIGNERS, "cells": cells, "source": "file",
                "submitted_at": "2023-06-01T09:00:00+08:00",
                "explanations": {check: "属实" for check in checks if chance.random() < 0.5}}
        self.returns.append((sent["id"], amounts))
        return sent


def sorts(known, units):
    """Every sort of return in which a relation stands and that somebody owes."""
    forest = tree.Forest(units)
    found = []
    for (form, kind, level), asked in sorted(known.blocks.items()):
        on_the_day = forest.tree(periods.read(PERIODS[kind]).end)
        owing = [str(code) for code, of, unit_class
                 in zip(on_the_day.codes, on_the_day.levels, on_the_day.classes)
                 if of == level and known.forms[form].asks(unit_class) and str(code).startswith("41")]
        sort = Sort(known, (form, kind, level), asked, owing)
        if sort.relations and owing:
            found.append(sort)
    return found


def by_program(chosen, path):
    """Findings of relations: id of the return and check."""
    command = [chosen.program, "--definitions", chosen.definitions, "--lang", "en", "--format", "json",
               "--no-progress", "check", path]
    answer = subprocess.run(command, capture_output=True, check=False)
    if answer.returncode not in (0, 1):
        raise SystemExit(answer.stderr.decode("utf-8", "replace"))
    return json.loads(answer.stdout)


def by_duckdb(base, sort, path):
    """The same from the statements of the definitions."""
    columns = {indicator.code: f"DECIMAL(18, {indicator.scale})" for indicator in sort.asked}
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", *columns])
        for name, amounts in sort.returns:
            writer.writerow([name, *(amounts.get(code, "") for code in columns)])
    types = json.dumps({"id": "VARCHAR", **columns}).replace('"', "'")
    base.execute(f"CREATE OR REPLACE TABLE sent AS SELECT * FROM read_csv('{path}', "
                 f"header = true, columns = {types})")
    found = set()
    for relation in sort.relations:
        there = " AND ".join(f"{code} IS NOT NULL" for code in relation.codes)
        rows = base.execute(
            f"SELECT id FROM sent WHERE {there} AND NOT ({relation.text})").fetchall()
        found.update((name, relation.check) for (name,) in rows)
    return found


def main():
    """Makes the returns, asks both, compares."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--definitions", required=True)
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--returns", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    known = definitions.Definitions(chosen.definitions)
    chance = random.Random(chosen.seed)
    all_sorts = sorts(known, register.load(known.folder))
    chosen.scratch.mkdir(parents=True, exist_ok=True)
    path = chosen.scratch / "random.json"
    with open(path, "w", encoding="utf-8") as file:
        for number in range(chosen.returns):
            sent = all_sorts[number % len(all_sorts)].make(chance, number)
            file.write(json.dumps(sent, ensure_ascii=False) + "\n")
    report = by_program(chosen, path)
    formulas = {relation.check for sort in all_sorts for relation in sort.relations}
    lines = path.read_text(encoding="utf-8").splitlines()
    ids = {line: json.loads(text)["id"] for line, text in enumerate(lines, 1)}
    ours = {(ids[one["line"]], one["finding"]["check"]) for one in report["findings"]
            if one["finding"]["check"] in formulas}
    base, theirs = duckdb.connect(), set()
    for sort in all_sorts:
        theirs |= by_duckdb(base, sort, chosen.scratch / "sort.csv")
    never = formulas - {check for _, check in ours}
    print(f"{report['returns']} returns of {len(all_sorts)} sorts, {len(formulas)} relations, "
          f"{len(ours)} findings by the program, {len(theirs)} by DuckDB, "
          f"different: {len(ours ^ theirs)}")
    for name, check in sorted(ours ^ theirs)[:10]:
        print(f"  {check} of {name}: only {'the program' if (name, check) in ours else 'DuckDB'}")
    if never:
        print(f"  never broken: {' '.join(sorted(never))}")
    return 1 if ours != theirs or never or report["returns"] != chosen.returns else 0


if __name__ == "__main__":
    sys.exit(main())
