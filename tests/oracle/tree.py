"""The tree of real units on one day, and the way of a unit's figures from one tree to another."""

import bisect

import definitions
import register


class Tree:
    """Real units of one day, parents before children, children by code; containers left out."""

    def __init__(self, units):
        """Takes the spans that exist on the day."""
        place = {(unit.code, unit.level): unit for unit in units}
        below, roots = {}, []
        for unit in units:
            if unit.unit_class in definitions.CONTAINERS:
                continue
            parent, broken = real_parent(unit, place)
            if not broken:
                (roots if parent is None else below.setdefault(id(parent), [])).append(unit)
        self.units, self.parents = [], []
        for root in sorted(roots, key=lambda unit: (unit.code, unit.level)):
            self._grow(root, below)
        self.node = {unit.code: place for place, unit in enumerate(self.units)}
        self.codes = [unit.code for unit in self.units]
        self.levels = [unit.level for unit in self.units]
        self.classes = [unit.unit_class for unit in self.units]
        self.province = self._provinces()
        self._counts = {}

    def _grow(self, root, below):
        stack = [(root, None)]
        while stack:
            unit, parent = stack.pop()
            here = len(self.units)
            self.units.append(unit)
            self.parents.append(parent)
            children = below.get(id(unit), [])
            children.sort(key=lambda child: (child.code, child.level), reverse=True)
            stack.extend((child, here) for child in children)

    def _provinces(self):
        """The root above each node."""
        above = []
        for node, parent in enumerate(self.parents):
            above.append(node if parent is None else above[parent])
        return above

    def sums(self, column):
        """Adds every value to those above it, in place; missing ones are skipped."""
        parents = self.parents
        for node in range(len(column) - 1, -1, -1):
            value, parent = column[node], parents[node]
            if value is not None and parent is not None:
                above = column[parent]
                column[parent] = value if above is None else above + value
        return column

    def counts(self, name, wanted):
        """How many units of each subtree are wanted; remembered by name."""
        if name not in self._counts:
            ones = [int(wanted(level, unit_class))
                    for level, unit_class in zip(self.levels, self.classes)]
            self._counts[name] = self.sums(ones)
        return self._counts[name]

    def asked(self, form, level):
        """How many returns of an entry level a form asks in each subtree, for one period."""
        return self.counts((form.code, level), lambda of, c: of == level and form.asks(c))

    def above(self, nodes):
        """The nodes with everything above them."""
        found = set()
        for node in nodes:
            while node is not None and node not in found:
                found.add(node)
                node = self.parents[node]
        return found

    def chain(self, node):
        """The node and what stands above it, nearest first."""
        chain = []
        while node is not None:
            chain.append(node)
            node = self.parents[node]
        return chain

    def joint(self, nodes):
        """The lowest unit at or above all of the nodes."""
        common = set(self.chain(nodes[0]))
        for node in nodes[1:]:
            common &= set(self.chain(node))
        return max(common) if common else None


def real_parent(unit, place):
    """The nearest real unit above, and whether the chain breaks before one is found."""
    current = unit
    for _ in range(16):
        if current.parent is None:
            return None, current is not unit
        above = place.get(current.parent)
        if above is None:
            return None, True
        if above.unit_class not in definitions.CONTAINERS:
            return above, False
        current = above
    return None, True


class Forest:
    """All trees of a register."""

    def __init__(self, units):
        self.units = units
        days = {day for unit in units for day in (unit.first, unit.end) if day}
        self.days = [register.BEGINNING] + sorted(days)
        self.trees = {}
        self.by_code = {}
        for unit in units:
            if unit.unit_class not in definitions.CONTAINERS:
                self.by_code.setdefault(unit.code, []).append(unit)
        self.ways = {}

    def span(self, day):
        """First day of the span that holds a day."""
        return self.days[bisect.bisect_right(self.days, day) - 1]

    def tree(self, day):
        """The tree of a day."""
        first = self.span(day)
        if first not in self.trees:
            alive = [unit for unit in self.units if unit.exists(first)]
            self.trees[first] = Tree(alive)
        return self.trees[first]

    def on(self, code, day):
        """What a code means on a day."""
        return next((unit for unit in self.by_code.get(code, []) if unit.exists(day)), None)

    def way(self, start, end):
        """For each node of the tree of one day its node in the tree of a later one."""
        key = (self.span(start), self.span(end))
        if key not in self.ways:
            source, goal = self.tree(start), self.tree(end)
            if source is goal:
                self.ways[key] = None
            else:
                way = []
                for code, parent in zip(source.codes, source.parents):
                    heir = self._heir(code, key[0], goal, key[1])
                    # What has no heir stays with the unit above, so that no total loses anything.
                    way.append(way[parent] if heir is None and parent is not None else heir)
                self.ways[key] = way
        return self.ways[key]

    def _heir(self, code, day, goal, until):
        """Where a unit's figures belong in a later tree."""
        found, asked = set(), [(code, day)]
        while asked:
            code, day = asked.pop()
            unit = self.on(code, day)
            if unit is None:
                continue
            if unit.end is None or unit.end > until:
                found.update({goal.node[code]} if code in goal.node else ())
            elif unit.heirs:
                asked.extend((heir, unit.end) for heir in unit.heirs)
            else:
                asked.append((code, unit.end))
        return goal.joint(sorted(found)) if found else None
