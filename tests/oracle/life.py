"""What a level above and a unit itself do about a return: accepted, sent back, withdrawn; and which
periods are locked for whom. Written from the table of steps, not from the program."""

# Where a revision stands, the step, and where it leads. Everything else is refused.
LEADS = {
    ("submitted", "accept"): "accepted",
    ("sent_back", "accept"): "accepted",
    ("sent_back_in_force", "accept"): "accepted",
    ("submitted", "send_back"): "sent_back",
    ("accepted", "send_back"): "sent_back_in_force",
    ("submitted", "withdraw"): "withdrawn",
}
IN_FORCE = ("accepted", "sent_back_in_force")
GONE = ("refused", "withdrawn")


def newest(seen):
    """The revision that stands for a return: the highest that was taken and not withdrawn."""
    there = [one for one in seen if one.state not in GONE]
    return max(there, key=lambda one: one.revision, default=None)


def take(seen, step, chain):
    """Lets a step change one of the submissions `seen`; says whether it was taken. `chain` holds the
    codes of the reporting unit and of those above it."""
    action = step["action"]
    height = chain.index(step["by"]) if step["by"] in chain else None
    if action == "withdraw":
        if height != 0:
            return False
    elif not height:
        return False
    if not step["signer"].strip() or action == "send_back" and not step["reason"].strip():
        return False
    one = newest(seen)
    if one is None or one.revision != step["revision"]:
        return False
    leads = LEADS.get((one.state, action))
    if leads is None:
        return False
    same = "".join(step["signer"].split()) == "".join(one.filler.split())
    if action == "accept" and one.state in ("submitted", "sent_back") and same:
        return False
    one.state = leads
    return True


def may_let_rest(step, chain):
    """Whether the one who lets a check rest stands above, signs and says why."""
    above = step["by"] in chain[1:]
    return above and step["signer"].strip() and step["reason"].strip()


class Locks:
    """Locks of one partition, in their order."""

    def __init__(self):
        self.taken = []

    def holder(self, form, period, chain):
        """Height of whoever has locked a place; None if nobody has. The system stands above all."""
        held = None
        for lock, of in self.taken:
            if of != (form, period) or lock["unit"] is not None and lock["unit"] not in chain:
                continue
            if any(out in chain for out in lock["left_out"]):
                continue
            height = self.height(lock, chain)
            if held is None or held <= height:
                held = height if lock["locked"] else None
        return held

    @staticmethod
    def height(lock, chain):
        """How far above a place stands whoever acts."""
        if lock["by"] is None:
            return float("inf")
        return chain.index(lock["by"]) if lock["by"] in chain else len(chain)

    def take(self, form, period, lock, chain):
        """Takes a lock about the place `chain` (empty for every unit) if it may be taken."""
        if lock["by"] is not None and lock["by"] not in chain:
            return False
        if not lock["locked"] and not (lock["reason"].strip() and lock["signer"].strip()):
            return False
        held = self.holder(form, period, chain)
        if held is None and not lock["locked"] or held is not None and held > self.height(lock, chain):
            return False
        self.taken.append((lock, (form, period)))
        return True
