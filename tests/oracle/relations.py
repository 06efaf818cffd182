"""Relations between the cells of one return, as the checks write them: SQL turned into Python.

Only formulas whose names are all cells that one level enters for one form and frequency belong to a
return; whatever reads other units, periods or forms never decides whether it counts.
"""

import fractions
import re

import definitions

CODE = re.compile(r"\b[A-Z]{2}[0-9]{2}\b")
READING = re.compile(r"\b(prev|yoy|inc|months|asof|inherit|kids|parent|own)\(")
LONE_EQUALS = re.compile(r"(?<![<>!=])=(?!=)")
BETWEEN = re.compile(r"^(.+) BETWEEN (.+) AND (.+)$")
LINE = re.compile(r"\bL([0-9]+)\b")


class Relation:
    """One formula over the cells of a return."""

    def __init__(self, row, known):
        self.check = row["check_id"]
        self.severity = row["severity"]
        self.missing = row["missing"] or "skip"
        self.forms = set() if row["forms"] == "any" else set(row["forms"].split())
        self.levels = row["levels"]
        text = row["expression"]
        self.text = text
        self.codes = sorted(set(CODE.findall(text)))
        self.judge = eval(f"lambda c: {as_python(text)}")  # pylint: disable=eval-used
        self.home = home(self.codes, known) if not READING.search(text) else None

    def applies(self, form, kind, level):
        """Whether a return of a unit of this level answers for it."""
        if self.home is None or self.home[:2] != (form, kind):
            return False
        entered, rank = definitions.RANK[self.home[2]], definitions.RANK[level]
        if self.forms and form not in self.forms:
            return False
        # Above the level that enters the cells stand own shares of them, from townships on.
        if rank < entered or (rank > entered and rank < definitions.RANK["township"]):
            return False
        words = self.levels.split()
        if words[0] in ("all", "system", "publication"):
            return True
        wanted = definitions.RANK[words[0]]
        if words[1:] == ["up"]:
            return rank >= wanted or (wanted > entered and rank == entered)
        return rank == wanted or (wanted > entered and rank == entered)

    def breaks(self, values):
        """Whether cells (exact numbers by code) break it."""
        if not any(code in values for code in self.codes):
            return False
        if any(code not in values for code in self.codes):
            if self.missing == "skip":
                return False
            if self.missing == "any":
                return True
            values = {code: values.get(code, 0) for code in self.codes}
        return not self.judge(values)


def as_python(text):
    """A formula as a Python expression over the mapping `c`."""
    between = BETWEEN.match(text)
    if between:
        value, low, high = between.groups()
        text = f"({low}) <= ({value}) <= ({high})"
    text = LONE_EQUALS.sub("==", text).replace("<>", "!=")
    for word in ("AND", "OR", "NOT"):
        text = re.sub(rf"\b{word}\b", word.lower(), text)
    return CODE.sub(r"c['\g<0>']", text).replace("least(", "min(")


def home(codes, known):
    """Form, frequency and level that enter all the cells, or None where they differ."""
    homes = {(i.form.code, i.frequency, i.entry) for i in map(known.indicators.get, codes) if i}
    found = homes.pop() if len(homes) == 1 else None
    return found if found and found[2] else None


def load(known):
    """The relations of the definitions that can stand on one return."""
    found = []
    for row in definitions.rows(known.folder / "checks" / "checks.csv"):
        text = row["expression"]
        if row["kind"] == "formula" and not READING.search(text) and not LINE.search(text):
            relation = Relation(row, known)
            if relation.home:
                found.append(relation)
    return found


def exact(units, scale):
    """An amount as an exact number."""
    return fractions.Fraction(units, 10**scale) if scale else units


def findings(relations, values, explanations, known):
    """What stands against acceptance: broken hard relations, and K94 for those to be explained."""
    numbers = {code: exact(units, known.indicators[code].scale) for code, units in values.items()}
    found = []
    for relation in relations:
        if relation.severity != "hint" and relation.breaks(numbers):
            if relation.severity == "hard":
                found.append(relation.check)
            elif not explanations.get(relation.check, "").strip():
                found.append("K94")
    return found
