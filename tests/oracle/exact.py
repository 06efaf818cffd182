"""Exact amounts: integers at a scale, read from text, divided once with half away from zero."""

import re

MOST_DIGITS = 18
NARROW = str.maketrans("０１２３４５６７８９．－＋", "0123456789.-+")
NUMBER = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?\Z")


class NoAmount(ValueError):
    """A text that a cell cannot hold."""


def read(text, scale):
    """The integer of a text at a scale; zeros at the end of the fraction do not count."""
    found = NUMBER.match(text.strip().translate(NARROW))
    if not found:
        raise NoAmount(f"{text!r} is no number")
    sign, whole, fraction = found.groups()
    fraction = (fraction or "").rstrip("0")
    if len(fraction) > scale:
        raise NoAmount(f"{text!r} has more than {scale} decimals")
    units = int(whole + fraction + "0" * (scale - len(fraction)))
    if units >= 10**MOST_DIGITS:
        raise NoAmount(f"{text!r} has more than {MOST_DIGITS} digits")
    return -units if sign == "-" else units


def half_up(numerator, denominator):
    """The nearest integer of a quotient; a half goes away from zero."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(abs(numerator), denominator)
    if 2 * rest >= denominator:
        whole += 1
    return -whole if numerator < 0 else whole


def printed(units, scale):
    """An integer at a scale as text."""
    if units is None:
        return "missing"
    sign, digits = ("-" if units < 0 else ""), str(abs(units)).rjust(scale + 1, "0")
    return sign + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)
