"""Rounding, half away from zero, on whole numbers: no float ever holds a figure that is printed."""

from __future__ import annotations


def divided(numerator: int, denominator: int, places: int, *, times: int = 1) -> str:
    """``numerator * times / denominator`` as a decimal string with that many places, half away from zero.

    ``ZeroDivisionError`` where the denominator is 0: what to print there is the caller's rule, not rounding's.
    """
    if denominator == 0:
        raise ZeroDivisionError("a ratio with nothing below the line")
    negative = (numerator < 0) != (denominator < 0)
    scaled = abs(numerator) * times * 10**places
    whole, rest = divmod(scaled, abs(denominator))
    if 2 * rest >= abs(denominator):
        whole += 1
    digits = str(whole).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if negative and whole else text


def percentage(numerator: int, base: int, places: int) -> str:
    """A percentage with so many decimal places."""
    return divided(numerator, base, places, times=100)
