"""The definitions as the administrator wrote them: forms, indicators, deadlines."""

import csv
import datetime
import gzip
import pathlib
import re

import periods

LEVELS = ["institution", "village", "township", "county", "city", "province"]
RANK = {level: place for place, level in enumerate(LEVELS)}
CONTAINERS = {"virtual", "pseudo"}
TERM = re.compile(r"(?:(inc|months)\(([A-Z]{2}[0-9]{2})\)|([A-Z]{2}[0-9]{2}))(?:\*([0-9]+))?\Z")


def rows(path):
    """Rows of a CSV file, plain or compressed, as dictionaries of stripped texts."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield {name: (value or "").strip() for name, value in row.items() if name}


def date(text):
    """A date, or None for an empty text."""
    return datetime.date.fromisoformat(text) if text else None


class Form:
    """Head of a form."""

    def __init__(self, row):
        self.code = row["code"]
        self.table = self.code.lower()
        self.valid_from = date(row["valid_from"])
        self.valid_to = date(row["valid_to"])
        self.reviewed = row["accept"] == "review"
        self.silent = set(row["silent"].split())
        self.indicators = []

    def asks(self, unit_class):
        """Whether units of a class report the form when their level does."""
        return unit_class not in CONTAINERS and unit_class not in self.silent

    def in_force(self, day):
        """Whether the form is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class Indicator:
    """One line of a form."""

    def __init__(self, row, form):
        self.code = row["code"]
        self.form = form
        self.core = row["core"] == "1"
        self.line = int(row["line"])
        self.scale = int(row["scale"])
        self.kind = row["kind"]
        self.rollup = row["rollup"]
        self.frequency = row["frequency"]
        entry = row["entry_level"]
        self.entry = entry if entry in RANK else None
        self.derived = entry == "derived"
        self.system = entry == "system"
        self.percent = self.kind == "ratio" and row["measure"] == "%"
        self.numerator = terms(row["numerator"])
        self.denominator = terms(row["denominator"])
        weights = re.match(r"wmean\((.*)\)\Z", self.rollup)
        self.weights = [part.strip() for part in weights.group(1).split("+")] if weights else []

    def has_row(self, kind):
        """Whether periods of a kind have a value of it."""
        return kind == self.frequency or kind in periods.ROLLS_INTO[self.frequency]

    def __repr__(self):
        return self.code


def terms(text):
    """Terms of a ratio's part: reading (value, inc, months), code, factor."""
    parts = []
    for part in text.split("+") if text else []:
        found = TERM.match(part.strip())
        if not found:
            raise ValueError(f"a part of a ratio cannot be read: {text!r}")
        reading, inside, bare, factor = found.groups()
        parts.append((reading or "value", inside or bare, int(factor or 1)))
    return parts


class Definitions:
    """Forms, indicators and deadlines of a definitions folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.forms = {}
        self.indicators = {}
        for row in rows(self.folder / "forms" / "forms.csv"):
            form = Form(row)
            self.forms[form.code] = form
            for line in rows(self.folder / "forms" / f"{form.table}.csv"):
                form.indicators.append(Indicator(line, form))
            form.indicators.sort(key=lambda indicator: indicator.line)
            for indicator in form.indicators:
                self.indicators[indicator.code] = indicator
        self.blocks = self._blocks()
        self.deadlines = {}
        for row in rows(self.folder / "calendar" / "deadlines.csv"):
            until = datetime.time.fromisoformat(row["time"])
            # Older tables have neither of the last two columns.
            moves = {"none": False, "next": True}[row.get("shift", "none")]
            key = row.get("form", ""), row["frequency"], row["level"]
            self.deadlines[key] = int(row["days"]), until, moves
        self.decreed = self._decreed()

    def _decreed(self):
        """Days whose rest or work is decreed: day to whether offices work."""
        path = self.folder / "calendar" / "holidays.csv"
        if not path.exists():
            return {}
        return {date(row["day"]): {"off": False, "work": True}[row["kind"]] for row in rows(path)}

    def works(self, day):
        """Whether offices work on a day."""
        return self.decreed.get(day, day.isoweekday() <= 5)

    def _blocks(self):
        """Indicators asked, by form, frequency and entry level."""
        blocks = {}
        for indicator in self.indicators.values():
            if indicator.entry:
                key = (indicator.form.code, indicator.frequency, indicator.entry)
                blocks.setdefault(key, []).append(indicator)
        return blocks

    def blocks_of(self, form):
        """Frequency, entry level and indicators of the returns of a form, shortest first."""
        mine = [key for key in self.blocks if key[0] == form.code]
        mine.sort(key=lambda key: (periods.KINDS.index(key[1]), RANK[key[2]]))
        return [(frequency, level, self.blocks[code, frequency, level])
                for code, frequency, level in mine]

    def targets_only(self, form_code, frequency, level):
        """Whether a return asks nothing but targets, which hold from their first day."""
        asked = self.blocks.get((form_code, frequency, level), [])
        return bool(asked) and all(indicator.kind == "target" for indicator in asked)

    def row_kinds(self, form):
        """Kinds of the periods for which a form has rows, shortest first."""
        return [kind for kind in periods.KINDS
                if any(indicator.has_row(kind) for indicator in form.indicators)]

    def due(self, form_code, period, level):
        """The last moment of Shanghai at which a return is on time."""
        days, until, moves = 15, datetime.time(23, 59, 59), False
        for form in ("", form_code):
            key = form, period.kind, level
            days, until, moves = self.deadlines.get(key, (days, until, moves))
        first = self.targets_only(form_code, period.kind, level)
        day = (period.start if first else period.end) + datetime.timedelta(days=days)
        while moves and not self.works(day):
            day += datetime.timedelta(days=1)
        return datetime.datetime.combine(day, until)
