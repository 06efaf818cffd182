"""An evaluation scheme as its definition files say it: items, groups, vetoes, deductions."""

import fractions
import re

import definitions

Fraction = fractions.Fraction
CODE = re.compile(r"[A-Z]{2}[0-9]{2}\Z")
LEVEL_OF_GROUP = {"prefecture": "city"}


def number(text):
    """An exact number, or None for an empty text."""
    return Fraction(text) if text else None


class Quotient:
    """Products of indicators and constants above and below the line."""

    def __init__(self, text, percent):
        self.above, self.below = [], []
        self.factor = Fraction(1)
        self.percent = percent
        self.is_quotient = "/" in text
        self._read(text.replace(" ", ""))

    def _read(self, text, upside_down=False):
        """Reads `A / (B / 12)` from the left."""
        inside, depth, sign = "", 0, upside_down
        for letter in text + "/":
            depth += (letter == "(") - (letter == ")")
            if letter in "/*" and depth == 0:
                self._factor(inside, sign)
                inside, sign = "", not upside_down if letter == "/" else upside_down
            else:
                inside += letter

    def _factor(self, text, below):
        if text.startswith("("):
            self._read(text[1:-1], below)
        elif CODE.match(text):
            (self.below if below else self.above).append(text)
        else:
            self.factor *= 1 / Fraction(text) if below else Fraction(text)

    @property
    def lone(self):
        """The one indicator that it is, or None."""
        alone = len(self.above) == 1 and not self.below and self.factor == 1
        return self.above[0] if alone else None


class Item:
    """One line that earns points."""

    def __init__(self, row, plans):
        self.id, self.area = row["id"], row["area"]
        self.weight = number(row["weight"])
        self.method = row["method"]
        self.up = row["direction"] == "up"
        self.target = None if row["target"] == "floors" else number(row["target"])
        self.from_floors = row["target"] == "floors"
        self.floor = number(row["floor"])
        self.cycles = row["cycles"].split()
        self.groups = row["groups"].split()
        self.full_by_zero = row["den_zero"] == "full"
        self.share_of = row["share_of"]
        self.plan = plans.get(row["plan"], {})
        self.months = re.match(r"finding_months\((.*);(.*)\)\Z", row["metric"])
        self.shown_by = self.months.group(2).split() if self.months else []
        percent = row["measure"] == "%"
        self.parts = [] if self.months else [
            Quotient(part, percent) for part in row["metric"].split(";")]


class Group:
    """Units that are compared with each other."""

    def __init__(self, row):
        self.id, self.zh, self.level = row["id"], row["zh"], row["level"]
        self.classes = row["classes"].split()

    def holds(self, unit):
        """Whether a unit belongs: one that is ranked with another level only there."""
        if unit.group:
            return LEVEL_OF_GROUP.get(unit.group, unit.group) == self.level
        return unit.level == self.level and (not self.classes or unit.unit_class in self.classes)


def optional(path):
    """Rows of a file that a scheme may do without."""
    return list(definitions.rows(path)) if path.exists() else []


class Scheme:
    """All of one scheme."""

    def __init__(self, known, name):
        folder = known.folder / "schemes" / name
        self.name = name
        head = next(definitions.rows(folder / "scheme.csv"))
        self.cycles = head["cycles"].split()
        self.coverage_percent = number(head["coverage_percent"])
        self.deduction_cap = number(head["deduction_cap"])
        self.decimals = int(head["decimals"])
        plans = {}
        for row in optional(folder / "plans.csv"):
            plans.setdefault(row["plan"], {})[int(row["month"])] = number(row["percent"])
        self.items = [Item(row, plans) for row in definitions.rows(folder / "items.csv")]
        self.groups = [Group(row) for row in
                       definitions.rows(known.folder / "schemes" / "groups.csv")]
        self.vetoes = [row for row in optional(folder / "vetoes.csv")
                       if row["metric"] != "decision"]
        self.deductions = optional(folder / "deductions.csv")
        self.bonuses = optional(folder / "bonuses.csv")
        self.grades = optional(folder / "grades.csv")

    def refuse_what_is_not_recomputed(self, kind):
        """Stops where agreement would say nothing: at bonuses and grades, which no quarter asks."""
        for sort, rows in (("bonuses", self.bonuses), ("grades", self.grades)):
            if any(kind in row["cycles"].split() for row in rows):
                raise ValueError(f"scheme {self.name}: {sort} are not recomputed for kind {kind}")


def names(known, kind):
    """The schemes that score periods of a kind."""
    heads = sorted((known.folder / "schemes").glob("*/scheme.csv"))
    return [head.parent.name for head in heads
            if kind in next(definitions.rows(head))["cycles"].split()]
