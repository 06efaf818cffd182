"""How many returns were due, came in, came in time and are in force, for every unit."""

import periods

COUNTS = ("due", "received", "on_time", "accepted")


class Coverage:
    """Counts of returns by sort of return, period and unit."""

    def __init__(self, known, forest, journal):
        self.known = known
        self.forest = forest
        self.journal = journal
        self._due = {}

    def base(self, form_code, period, level):
        """Nodes of the period's own tree with what came in: node to three flags."""
        node = self.forest.tree(period.end).node
        found = {}
        for code, key in self.journal.keys.get((form_code, period), {}).items():
            if key.level == level:
                accepted = [one for one in key.seen if one.counts()]
                on_time = any(one.on_time for one in accepted)
                found[node[code]] = (1, int(on_time), int(bool(accepted)))
        return found

    def due(self, form, level, period):
        """Nodes of the period's own tree that owe a return of an entry level."""
        if not form.in_force(period.end):
            return []
        tree = self.forest.tree(period.end)
        key = (id(tree), form.code, level)
        if key not in self._due:
            self._due[key] = [
                node for node, (of, unit_class) in enumerate(zip(tree.levels, tree.classes))
                if of == level and form.asks(unit_class)]
        return self._due[key]

    def columns(self, form, frequency, level, period):
        """The four counts of every unit of the period's tree."""
        goal = self.forest.tree(period.end)
        counts = [[0] * len(goal.codes) for _ in COUNTS]
        parts = [period] if period.kind == frequency else period.parts(frequency)
        for part in parts:
            way = self.forest.way(part.end, period.end)
            for node in self.due(form, level, part):
                place = node if way is None else way[node]
                if place is not None:
                    counts[0][place] += 1
            for node, flags in self.base(form.code, part, level).items():
                place = node if way is None else way[node]
                if place is not None:
                    for column, flag in zip(counts[1:], flags):
                        column[place] += flag
        return [goal.sums(column) for column in counts]


class Quality:
    """The indicators that the system counts from the returns themselves: QA and SF02, SF03."""

    def __init__(self, known, forest, journal, coverage):
        self.known = known
        self.forest = forest
        self.journal = journal
        self.coverage = coverage
        self._owned = {}

    def forget(self):
        """Drops what was counted, to hold memory down."""
        self._owned.clear()

    def ten_days(self, form_code, frequency, level, period):
        """The ten days to which a return belongs."""
        first = self.known.targets_only(form_code, frequency, level)
        return periods.containing("T", period.start if first else period.end)

    def column(self, code, period, day):
        """One indicator for every unit, on the tree of a day: the sum of the ten days inside."""
        goal = self.forest.tree(day)
        ones = [0] * len(goal.codes)
        for part in [period] if period.kind == "T" else period.parts("T"):
            way = self.forest.way(part.end, day)
            for node, count in self._own(code, part).items():
                place = node if way is None else way[node]
                if place is not None:
                    ones[place] += count
        return goal.sums(ones)

    def _own(self, code, period):
        """What belongs to ten days, by the node of their tree that it concerns itself."""
        if (code, period) not in self._owned:
            own = {}
            for form_code, frequency, level in self.known.blocks:
                if code in ("SF02", "SF03") and form_code != "DI":
                    continue
                for part in self._belonging(form_code, frequency, level, period):
                    way = self.forest.way(part.end, period.end)
                    for node, count in self._counted(code, form_code, part, level):
                        place = node if way is None else way[node]
                        if place is not None:
                            own[place] = own.get(place, 0) + count
            self._owned[code, period] = own
        return self._owned[code, period]

    def _belonging(self, form_code, frequency, level, period):
        """Base periods whose returns belong to ten days."""
        part = periods.containing(frequency, period.start)
        while part.start <= period.end:
            if self.ten_days(form_code, frequency, level, part) is period:
                yield part
            part = part.next()

    def _counted(self, code, form_code, period, level):
        """Nodes and counts of one sort of return and base period."""
        if code in ("QA01", "SF02"):
            for node in self.coverage.due(self.known.forms[form_code], level, period):
                yield node, 1
        elif code in ("QA02", "QA08", "SF03"):
            for node, flags in self.coverage.base(form_code, period, level).items():
                yield node, flags[1] if code == "QA02" else flags[0]
        elif code == "QA05":
            yield from self._passed_first(form_code, period, level)

    def _passed_first(self, form_code, period, level):
        """Keys whose first revision was accepted as it came in.

        QA04 (sent back) and QA07 (verify findings without explanation) come from reviewers, who do
        not write to the journal yet, so nothing is counted for them.
        """
        node = self.forest.tree(period.end).node
        for unit, key in self.journal.keys.get((form_code, period), {}).items():
            first = min(key.seen, key=lambda one: one.revision)
            if key.level == level and first.state == "accepted":
                yield node[unit], 1
