"""Which return counts: the checks K01 to K10, the relations between its cells, the format rules, and
the rules of revisions."""

import hashlib
import sqlite3

import definitions
import envelope
import exact
import life
import periods
import relations

QUALIFIERS = {"约", "以上", "余", "不低于"}
MOST_ENTERED_DIGITS = 12  # so that a million of the largest cells still fit the 18 of a sum
ACCEPTED, PENDING, REFUSED = "accepted", "pending", "refused"


class Block:
    """What a unit of one level may send on a form for one kind of period."""

    def __init__(self, known, form, kind, level, all_relations):
        self.relations = [one for one in all_relations if one.applies(form.code, kind, level)]
        asked = known.blocks.get((form.code, kind, level), [])
        self.required = [indicator.code for indicator in asked if indicator.core]
        rank = definitions.RANK[level]
        self.allowed = {
            indicator.code: indicator for indicator in form.indicators
            if indicator.frequency == kind and indicator.entry
            and definitions.RANK[indicator.entry] <= rank}
        self.share = {code for code, indicator in self.allowed.items() if indicator.entry != level}
        if rank < definitions.RANK["township"]:
            self.share = set()
        self.asks = bool(asked)
        ahead = {"target", "standard"}
        self.early = kind == "D" or (bool(asked) and all(i.kind in ahead for i in asked))

    def usable(self, cells):
        """Whether such a return can be placed at all."""
        return self.asks or any(code in self.share for code, _ in cells)


class Key:
    """All distinct submissions of one unit, form and period, in the order of the journal."""

    __slots__ = ("seen", "level")

    def __init__(self, level):
        self.seen = []
        self.level = level

    def standing(self):
        """The submission in force, or None."""
        best = None
        for one in self.seen:
            if one.counts() and (best is None or one.revision > best.revision):
                best = one
        return best


class Submission:
    """One submission as it was decided."""

    __slots__ = ("revision", "content", "state", "filler", "on_time", "late", "cells", "silent",
                 "findings")

    def counts(self):
        """Whether a level above has accepted it, or nobody has to."""
        return self.state in life.IN_FORCE


class Journal:
    """Reads all entries of a journal and decides about them."""

    def __init__(self, known, forest):
        self.known = known
        self.forest = forest
        self.keys = {}
        self.account = {"entries": 0, "set_aside": 0, "replayed": 0, "refused": 0, "pending": 0,
                        "accepted": 0, "declared": 0, "locks": 0, "steps": 0}
        self._blocks = {}
        self._relations = relations.load(known)
        self._deadlines = {}
        self._locks = {}
        self._steps = set()
        self._rest = {}
        self._loose = set()

    def read(self, path):
        """Takes every entry of the SQLite file, partition by partition."""
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        rows = base.execute(
            "SELECT partition, kind, wire, bytes FROM entry ORDER BY partition, position")
        for partition, kind, wire, data in rows:
            self.take(partition, kind, wire, bytes(data))
        base.close()

    def take(self, partition, kind, wire, data):
        """Takes one entry."""
        self.account["entries"] += 1
        try:
            if wire != str(envelope.WIRE):
                raise envelope.Unreadable("another wire version")
            if kind == "return":
                self._take_return(partition, data)
            elif kind == "lock":
                self._take_lock(partition, envelope.read_lock(data))
            elif kind == "step":
                self._take_step(partition, data)
            elif kind == "declared":
                # Compared with the roll-up, shown beside it, never added to anything.
                self.account["declared"] += 1
            else:
                raise envelope.Unreadable("unknown kind")
        except envelope.Unreadable:
            self.account["set_aside"] += 1

    def _take_lock(self, partition, lock):
        period, form = periods.read(lock["period"]), self.known.forms.get(lock["form"])
        if period is None or form is None:
            raise envelope.Unreadable("a lock of nothing that there is")
        chain = [] if lock["unit"] is None else self._chain(lock["unit"], period)
        if lock["unit"] is not None and not chain:
            raise envelope.Unreadable("a lock of a unit that is not there")
        self.account["locks"] += 1
        self._locks.setdefault(partition, life.Locks()).take(form.code, period, lock, chain)

    def _chain(self, unit, period):
        """Codes of a unit and of those above it at the end of a period."""
        tree = self.forest.tree(period.end)
        node, chain = tree.node.get(unit), []
        while node is not None:
            chain.append(tree.codes[node])
            node = tree.parents[node]
        return chain

    def _locked(self, partition, form, period, unit):
        locks = self._locks.get(partition)
        if locks is None or not any(of == (form.code, period) for _, of in locks.taken):
            return False
        return locks.holder(form.code, period, self._chain(unit, period)) is not None

    def _take_step(self, partition, data):
        step = envelope.read_step(data)
        period, form = periods.read(step["period"]), self.known.forms.get(step["form"])
        chain = self._chain(step["unit"], period) if period and form else []
        if not chain:
            raise envelope.Unreadable("a step about nothing that there is")
        self.account["steps"] += 1
        if step["action"] == "except" and life.may_let_rest(step, chain):
            hard = {one.check for one in self._relations if one.severity == "hard"}
            rest = self._rest.setdefault((form.code, period, step["unit"]), set())
            rest |= hard & {step.get("check")}
        # What only explains or publishes changes no figure.
        if step["action"] not in ("accept", "send_back", "withdraw") or data in self._steps:
            return
        if self._locked(partition, form, period, step["unit"]):
            return
        key = self.keys.get((form.code, period), {}).get(step["unit"])
        if key and life.take(key.seen, step, chain):
            self._steps.add(data)

    def _take_return(self, partition, data):
        sent = envelope.read_return(data)
        content = hashlib.sha256(without_time(data, sent["submitted_at"])).digest()
        place = self._place(sent)
        if place is None:
            fresh = (partition, content) not in self._loose
            self._loose.add((partition, content))
            self.account["refused" if fresh else "replayed"] += 1
            return
        form, period, code, level, block, moment = place
        key = self.keys.setdefault((form.code, period), {}).get(code)
        if key is None:
            key = self.keys[form.code, period][code] = Key(level)
        if any(one.content == content for one in key.seen):
            self.account["replayed"] += 1
            return
        one = Submission()
        one.revision, one.content = sent["revision"], content
        one.cells, one.silent, findings = cells_of(sent, block, self.known)
        findings += head_findings(sent)
        if not findings:
            values = dict(one.cells)
            findings += relations.findings(
                block.relations, values, sent["explanations"], self.known)
            rest = self._rest.get((form.code, period, code), ())
            findings = [one for one in findings if one not in rest]
        if any(earlier.revision == one.revision for earlier in key.seen):
            findings.append("K07")
        if self._locked(partition, form, period, code):
            findings.append("K09")
        if not block.early and moment.date() < period.end:
            findings.append("K10")
        due = self._due(form, period, level)
        one.on_time = moment <= due
        one.late = days_late(moment, due)
        one.findings = findings
        one.filler = sent["signers"]["filler"]
        one.state = "refused" if findings else "submitted" if form.reviewed else "accepted"
        if one.state == "refused":
            one.cells = one.silent = ()
        names = {"refused": REFUSED, "submitted": PENDING, "accepted": ACCEPTED}
        self.account[names[one.state]] += 1
        key.seen.append(one)

    def _due(self, form, period, level):
        key = (form.code, period, level)
        if key not in self._deadlines:
            self._deadlines[key] = self.known.due(form.code, period, level)
        return self._deadlines[key]

    def _place(self, sent):
        """Form, period, unit, level, block and moment; None where K01, K02, W01 or W02 stands."""
        period, form = periods.read(sent["period"]), self.known.forms.get(sent["form"])
        moment, code = envelope.instant(sent["submitted_at"]), unit_code(sent["unit"])
        if None in (period, form, moment, code):
            return None
        tree = self.forest.tree(period.end)
        node = tree.node.get(code)
        if node is None or not form.in_force(period.end) or not form.asks(tree.classes[node]):
            return None
        level = tree.levels[node]
        key = (form.code, period.kind, level)
        if key not in self._blocks:
            self._blocks[key] = Block(
                self.known, form, period.kind, level, self._relations)
        block = self._blocks[key]
        return (form, period, code, level, block, moment) if block.usable(sent["cells"]) else None


def unit_code(text):
    """The number of a unit code: 12 digits for an area, 15 for an institution, no 0 in front."""
    good = len(text) in (12, 15) and text.isascii() and text.isdigit() and text[0] != "0"
    return int(text) if good else None


def days_late(moment, due):
    """Days of Shanghai behind the deadline; the same day after the hour is one day."""
    return 0 if moment <= due else max(1, (moment.date() - due.date()).days)


def head_findings(sent):
    """What stands against signers, revision, id, reason."""
    findings = []
    filler, reviewer, head = (sent["signers"][name].strip() for name in envelope.SIGNERS)
    people = {"".join(name.split()) for name in (filler, reviewer, head)}
    if not (filler and reviewer and head) or len(people) < 3:
        findings.append("K03")
    if sent["revision"] == 0:
        findings.append("W03")
    if sent["revision"] > 1:
        if not (sent.get("reason") or "").strip() or not (filler or reviewer or head):
            findings.append("K08")
    if not sent["id"].strip():
        findings.append("W10")
    return findings


def without_time(data, time):
    """The bytes of a return but for the text of its time, which whoever takes a file in stamps anew."""
    key = data.find(b'"submitted_at"')
    start = data.find(time.encode(), key)
    return data if min(key, start) < 0 else data[:start] + data[start + len(time.encode()):]


def cells_of(sent, block, known):
    """Values and declared blanks of a return, with what stands against them."""
    values, filled, findings = {}, set(), []
    for code, text in sent["cells"]:
        indicator = block.allowed.get(code)
        if indicator is None:
            findings.append(stranger(code, known))
        elif text.strip():
            if code in filled:
                findings.append("W05")
                continue
            filled.add(code)
            try:
                values[code] = exact.read(text, indicator.scale)
                if abs(values[code]) >= 10**MOST_ENTERED_DIGITS:
                    raise exact.NoAmount("too many digits for one cell")
                if values[code] < 0:
                    findings.append("K06")
            except exact.NoAmount:
                values.pop(code, None)
                findings.append("K05")
    silent = []
    for code in sent["not_applicable"]:
        if code not in block.allowed:
            findings.append(stranger(code, known))
        elif code in filled:
            findings.append("W08" if code not in silent else "W05")
        else:
            filled.add(code)
            silent.append(code)
    if any(code not in filled for code in block.required):
        findings.append("K04")
    for code, word in sent["qualifiers"].items():
        if code not in values or word not in QUALIFIERS:
            findings.append("W09")
    findings += prior_findings(sent["prior"], block, known)
    return tuple(values.items()), tuple(silent), findings


def prior_findings(prior, block, known):
    """What stands against codes and texts of the column of the period before; they are no cells."""
    findings = []
    for code, text in prior.items():
        indicator = block.allowed.get(code)
        if not text.strip():
            continue
        if indicator is None:
            findings.append(stranger(code, known))
            continue
        try:
            if abs(exact.read(text, indicator.scale)) >= 10**MOST_ENTERED_DIGITS:
                findings.append("K05")
        except exact.NoAmount:
            findings.append("K05")
    return findings


def stranger(code, known):
    """Which rule a cell breaks that is not asked here."""
    indicator = known.indicators.get(code)
    if indicator is None:
        return "W04"
    return "W06" if indicator.entry else "W07"
