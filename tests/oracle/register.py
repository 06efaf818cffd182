"""The dated register of units and the tree of any day, built from the lists and the changes."""

import datetime

import definitions

BEGINNING = datetime.date.min


class Unit:
    """One unit during one span of days."""

    __slots__ = ("code", "level", "unit_class", "parent", "group", "first", "end", "heirs", "name",
                 "changed")

    def __init__(self, row):
        self.code = int(row["code"])
        self.level = row["level"]
        self.unit_class = row["class"]
        self.parent = (int(row["parent"]), row["parent_level"]) if row["parent"] else None
        self.group = row.get("eval_group_hint", "")
        self.first = definitions.date(row.get("valid_from", ""))
        self.end = definitions.date(row.get("valid_to", ""))
        self.heirs = codes(row.get("successors", ""))
        self.name = row["name"]
        self.changed = False

    def copy(self):
        """Another span of the same unit."""
        twin = object.__new__(Unit)
        for field in Unit.__slots__:
            setattr(twin, field, getattr(self, field))
        twin.heirs = list(self.heirs)
        return twin

    def exists(self, day):
        """Whether the span holds a day."""
        return (self.first is None or self.first <= day) and (self.end is None or day < self.end)

    def spans_over(self, day):
        """Whether it began before a day and lasts beyond it."""
        return (self.first is None or self.first < day) and (self.end is None or day < self.end)


def codes(text):
    """Unit codes of a list."""
    return [int(part) for part in text.replace(";", " ").split()]


class Change:
    """One row of the dated changes."""

    def __init__(self, row):
        self.unit = Unit(row)
        self.unit.changed = True
        self.begins = codes(row["begins"])
        self.carries = codes(row["carries"])


def load(folder):
    """All spans of a definitions folder."""
    units = []
    lists = sorted(path for path in (folder / "units").iterdir()
                   if path.name.endswith((".csv", ".csv.gz")) and path.name != "changes.csv")
    for path in lists:
        units.extend(Unit(row) for row in definitions.rows(path))
    changes = folder / "units" / "changes.csv"
    if changes.exists():
        apply(units, [Change(row) for row in definitions.rows(changes)])
    return units


def apply(units, changes):
    """Enters the changes: spans, beginnings and ends, then what the lower units follow."""
    for change in changes:
        enter(units, change.unit)
    for change in changes:
        for unit in units:
            same = unit.code in change.begins and unit.level == change.unit.level
            if same and unit.first in (None, change.unit.end):
                unit.first = change.unit.end
    ends = [change for change in changes if change.unit.end]
    for change in sorted(ends, key=lambda c: (-c.unit.end.toordinal(), not c.carries)):
        carry_back(units, change)
    for change in sorted(ends, key=lambda c: (c.unit.end, not c.carries)):
        carry_forward(units, change)
    not_older_than_parents(units)


def enter(units, row):
    """A new span, a later span of a unit, or its end."""
    def over(day):
        return next((unit for unit in units if (unit.code, unit.level) == (row.code, row.level)
                     and unit.spans_over(day)), None)
    if row.first and not row.end:
        earlier = over(row.first)
        if earlier:
            earlier.end = row.first
    if row.first:
        units.append(row)
    elif row.end:
        ending = over(row.end)
        if ending is None:
            raise ValueError(f"{row.code} {row.name} ends on {row.end} but is in no list")
        ending.end, ending.heirs = row.end, row.heirs


def carry_back(units, change):
    """What stands below a successor that begins was below the unit that ended."""
    day, level = change.unit.end, change.unit.level
    for unit in list(units):
        below = unit.parent and unit.parent[1] == level and unit.parent[0] in change.begins
        named = not change.carries or unit.code in change.carries
        if below and named and unit.spans_over(day):
            before = unit.copy()
            before.end, before.heirs, before.changed = day, [], True
            before.parent = (change.unit.code, level)
            unit.first = day
            units.append(before)


def carry_forward(units, change):
    """What stands below the unit that ended goes on below its only successor."""
    day, level, code = change.unit.end, change.unit.level, change.unit.code
    lasts = any((u.code, u.level) == (code, level) and (u.end is None or u.end > day) for u in units)
    if len(change.unit.heirs) != 1 or lasts:
        return
    for unit in list(units):
        if unit.parent == (code, level) and unit.spans_over(day):
            before = unit.copy()
            before.end, before.heirs = day, []
            unit.first, unit.parent, unit.changed = day, (change.unit.heirs[0], level), True
            units.append(before)


def not_older_than_parents(units):
    """A unit carried back does not begin before the one above it."""
    begun = {}
    for unit in units:
        if unit.changed and unit.first:
            key = (unit.code, unit.level)
            begun[key] = min(begun.get(key, unit.first), unit.first)
    for unit in units:
        if unit.changed and unit.first is None and unit.parent in begun:
            unit.first = begun[unit.parent]
