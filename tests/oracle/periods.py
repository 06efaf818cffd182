"""Reporting periods: reading, days, containment. Written from the words of the design alone."""

import datetime
import re

KINDS = "DWTMBQHY"
ROLLS_INTO = {
    "D": "WTMBQHY",
    "W": "",
    "T": "MBQHY",
    "M": "BQHY",
    "B": "HY",
    "Q": "HY",
    "H": "Y",
    "Y": "",
}
MONTHS_OF = {"M": 1, "B": 2, "Q": 3, "H": 6, "Y": 12}
ONE_DAY = datetime.timedelta(days=1)

SHAPES = [
    ("D", re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")),
    ("W", re.compile(r"([0-9]{4})-W([0-9]{2})\Z")),
    ("T", re.compile(r"([0-9]{4})-([0-9]{2})-T([0-9])\Z")),
    ("M", re.compile(r"([0-9]{4})-([0-9]{2})\Z")),
    ("B", re.compile(r"([0-9]{4})-B([0-9])\Z")),
    ("Q", re.compile(r"([0-9]{4})-Q([0-9])\Z")),
    ("H", re.compile(r"([0-9]{4})-H([0-9])\Z")),
    ("Y", re.compile(r"([0-9]{4})\Z")),
]

_known = {}


class Period:
    """One period; equal texts give the same object."""

    __slots__ = ("text", "kind", "start", "end")

    def __init__(self, text, kind, start, end):
        self.text = text
        self.kind = kind
        self.start = start
        self.end = end

    def __repr__(self):
        return self.text

    def first_of_year(self):
        """Whether year-to-date values restart in it."""
        return self.previous().year() != self.year()

    def year(self):
        """Its year; for weeks the ISO year."""
        return self.start.isocalendar()[0] if self.kind == "W" else self.start.year

    def previous(self):
        """The period of the same kind just before."""
        return containing(self.kind, self.start - ONE_DAY)

    def next(self):
        """The period of the same kind just after."""
        return containing(self.kind, self.end + ONE_DAY)

    def parts(self, kind):
        """The periods of a kind that rolls into this one, in order."""
        if self.kind not in ROLLS_INTO[kind]:
            return []
        parts, part = [], containing(kind, self.start)
        while part.end <= self.end:
            parts.append(part)
            part = part.next()
        return parts

    def within(self, kind):
        """The period of the longer kind that this one rolls into, or None."""
        return containing(kind, self.start) if kind in ROLLS_INTO[self.kind] else None


def last_day(year, month):
    """Last day of a month."""
    if month == 12:
        return datetime.date(year, 12, 31)
    return datetime.date(year, month + 1, 1) - ONE_DAY


def _months(kind, year, number):
    size = MONTHS_OF[kind]
    if not 1 <= number <= 12 // size:
        return None
    first = datetime.date(year, (number - 1) * size + 1, 1)
    return first, last_day(year, number * size)


def _days(kind, numbers):
    """First and last day, or None when there is no such period."""
    year = numbers[0]
    if year < 1900:
        return None
    if kind == "D":
        day = datetime.date(*numbers)
        return day, day
    if kind == "W":
        monday = datetime.date.fromisocalendar(year, numbers[1], 1)
        return monday, monday + datetime.timedelta(days=6)
    if kind == "T":
        month, third = numbers[1:]
        if not 1 <= third <= 3:
            return None
        first = datetime.date(year, month, third * 10 - 9)
        return first, (last_day(year, month) if third == 3 else first + datetime.timedelta(days=9))
    return _months(kind, year, numbers[1] if len(numbers) > 1 else 1)


def read(text):
    """The period that a text names, or None."""
    if text in _known:
        return _known[text]
    for kind, shape in SHAPES:
        found = shape.match(text)
        if not found:
            continue
        try:
            days = _days(kind, [int(part) for part in found.groups()])
        except ValueError:
            return None
        if days:
            _known[text] = Period(text, kind, *days)
            return _known[text]
    return None


def containing(kind, day):
    """The period of a kind that holds a day."""
    year, month = day.year, day.month
    if kind == "D":
        text = day.isoformat()
    elif kind == "W":
        iso = day.isocalendar()
        text = f"{iso[0]:04}-W{iso[1]:02}"
    elif kind == "T":
        text = f"{year:04}-{month:02}-T{min((day.day - 1) // 10, 2) + 1}"
    elif kind == "M":
        text = f"{year:04}-{month:02}"
    elif kind == "Y":
        text = f"{year:04}"
    else:
        text = f"{year:04}-{kind}{(month - 1) // MONTHS_OF[kind] + 1}"
    return read(text)
