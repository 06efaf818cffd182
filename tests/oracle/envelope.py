"""Reading the bytes of a journal entry strictly, as the wire format of version 1 defines them."""

import datetime
import json
import re

WIRE = 1
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
REQUIRED = {"wire", "id", "unit", "form", "period", "revision", "submitted_at", "cells", "source"}
OPTIONAL = {"signers", "reason", "not_applicable", "qualifiers", "explanations", "prior"}
SIGNERS = ("filler", "reviewer", "head")
INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})\Z")


class Unreadable(ValueError):
    """An entry that cannot be used; it is set aside."""


class Doubled(dict):
    """An object in which a name stands twice, with the pairs as they were sent."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.pairs = pairs


def _object(pairs):
    found = dict(pairs)
    return found if len(found) == len(pairs) else Doubled(pairs)


def _no_constant(text):
    raise Unreadable(f"{text} is no JSON")


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant).decode


def load(data):
    """The JSON object of an entry."""
    try:
        text = data.decode("utf-8")
        found = _decode(text)
        if "\\ud" in text.lower():
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (UnicodeError, ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from None
    if type(found) is not dict:
        raise Unreadable("no object, or a field that stands twice")
    return found


def texts(found, names):
    """Demands that fields are texts."""
    for name in names:
        if type(found[name]) is not str:
            raise Unreadable(f"{name} is no text")


def whole(found, name, bits):
    """Demands that a field is a natural number of so many bits."""
    value = found[name]
    if type(value) is not int or not 0 <= value < 2**bits:
        raise Unreadable(f"{name} is no number")


def text_map(found, name):
    """An object of texts; empty when it is absent."""
    value = found.get(name, {})
    if not isinstance(value, dict) or not all(type(text) is str for text in value.values()):
        raise Unreadable(f"{name} is no object of texts")
    return value


def read_return(data):
    """The fields of a return."""
    found = load(data)
    names = found.keys()
    if not REQUIRED <= names or not names <= REQUIRED | OPTIONAL:
        raise Unreadable("fields are missing or unknown")
    texts(found, ("id", "unit", "form", "period", "submitted_at", "source"))
    whole(found, "wire", 16)
    whole(found, "revision", 32)
    if found["wire"] != WIRE:
        raise Unreadable("another wire version")
    cells = text_map(found, "cells")
    found["cells"] = cells.pairs if type(cells) is Doubled else list(cells.items())
    if type(cells) is Doubled and not all(type(text) is str for _, text in cells.pairs):
        raise Unreadable("cells hold something else than texts")
    signers = found.get("signers", {})
    if type(signers) is not dict or not signers.keys() <= set(SIGNERS):
        raise Unreadable("signers cannot be read")
    found["signers"] = {name: signers.get(name, "") for name in SIGNERS}
    texts(found["signers"], SIGNERS)
    if type(found.get("reason")) not in (str, type(None)):
        raise Unreadable("reason is no text")
    silent = found.setdefault("not_applicable", [])
    if type(silent) is not list or not all(type(code) is str for code in silent):
        raise Unreadable("not_applicable is no list of texts")
    found["qualifiers"] = text_map(found, "qualifiers")
    found["explanations"] = text_map(found, "explanations")
    found["prior"] = text_map(found, "prior")
    return found


def read_lock(data):
    """A lock with the codes of its units as numbers; None stands for every unit, or the system."""
    found = load(data)
    needed = {"wire", "id", "form", "period", "locked", "reason", "signer", "submitted_at"}
    optional = {"unit", "by", "left_out"}
    if not needed <= found.keys() <= needed | optional or type(found["locked"]) is not bool:
        raise Unreadable("fields of a lock are missing or unknown")
    texts(found, needed - {"wire", "locked"})
    whole(found, "wire", 16)
    if found["wire"] != WIRE:
        raise Unreadable("another wire version")
    for name in ("unit", "by"):
        found[name] = None if found.get(name) is None else code(found[name])
    left_out = found.get("left_out", [])
    if type(left_out) is not list or not all(type(one) is dict for one in left_out):
        raise Unreadable("left_out is no list")
    found["left_out"] = [code(one.get("unit")) for one in left_out]
    return found


def read_step(data):
    """A step; `unit` and `by` as numbers."""
    found = load(data)
    needed = {"wire", "id", "action", "unit", "form", "period", "by", "signer", "submitted_at"}
    optional = {"revision", "check", "round", "reason"}
    if not needed <= found.keys() <= needed | optional:
        raise Unreadable("fields of a step are missing or unknown")
    found.setdefault("reason", "")
    texts(found, needed - {"wire"} | {"reason"})
    whole(found, "wire", 16)
    if found["wire"] != WIRE:
        raise Unreadable("another wire version")
    for name in ("unit", "by"):
        found[name] = code(found[name])
    return found


def code(text):
    """A unit code as a number."""
    if type(text) is not str or not text.isascii() or not text.isdigit() or len(text) not in (12, 15):
        raise Unreadable("no unit code")
    return int(text)


_instants = {}


def instant(text):
    """The moment in Shanghai that a text with an offset names, without the offset; or None."""
    if text not in _instants:
        if len(_instants) > 1_000_000:
            _instants.clear()
        _instants[text] = _instant(text)
    return _instants[text]


def _instant(text):
    found = INSTANT.match(text)
    if not found:
        return None
    day, clock, fraction, offset = found.groups()
    try:
        moment = datetime.datetime.fromisoformat(f"{day}T{clock}{offset.replace('Z', '+00:00')}")
    except ValueError:
        return None
    moment = moment.astimezone(SHANGHAI).replace(tzinfo=None)
    if fraction:
        # Beyond the microsecond nothing decides here, except that the second was not whole.
        moment += datetime.timedelta(microseconds=max(1, int(fraction[1:7].ljust(6, "0"))))
    return moment
