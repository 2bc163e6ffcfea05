"""Text on its way to a reader: numbers with their nouns, control characters made visible, characters that fit."""

from __future__ import annotations

import math
import os
import re
import sys
import unicodedata
from pathlib import Path

from plausible.errors import LINE, cut

CONTROL = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control, format (such as writing direction), surrogates, line ends
NOTHING = "–"  # in a table, where there is nothing to say
LONG = re.compile(rf"[^\s']{{{LINE + 1},}}|(?<=[\s(=]')[^']{{{LINE + 1},}}(?=')")
LOOKALIKES = {
    "±": "+/-",
    "–": "-",
    "−": "-",
    "≤": "<=",
    "≥": ">=",
    "×": "x",
    "°": "deg",
    "→": "->",
    "…": "...",
}


def count(n: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 epoch", "2 epochs"; `plural` where it is not the noun with an s.

    >>> from plausible.printing.words import count
    >>> count(1, "epoch"), count(2, "epoch"), count(2, "study", "studies")
    ('1 epoch', '2 epochs', '2 studies')
    """
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def stored_before(n: int) -> str:
    """The words for `n` runs that were stored before, and were not computed now."""
    return f"{n} {'was' if n == 1 else 'were'} there"


def number(value: float, form: str) -> str:
    """A number in `form`, or a dash where there is none (NaN)."""
    return NOTHING if math.isnan(value) else f"{value:{form}}"


def amount(value: float) -> str:
    """A number in groups of three digits, with one more digit where it is small and not whole; a dash for NaN."""
    return number(value, ",.0f" if abs(value) >= 100 or value % 1 == 0 else ".3g")


def interval(mean: float, low: float, high: float, form: str, half: str = "") -> str:
    """An estimate with its interval: "3.0 ± 0.5" where both halves are printed alike, else "3.0 [2.4, 3.5]".

    Numbers are printed in `form`, halves in `half` if that is given. Without limits (NaN), the estimate alone; without
    an estimate, a dash.

    >>> from plausible.printing.words import interval
    >>> interval(3.0, 2.5, 3.5, ".1f"), interval(3.0, 2.4, 3.5, ".1f")
    ('3.0 ± 0.5', '3.0 [2.4, 3.5]')
    """
    if math.isnan(mean) or math.isnan(low) or math.isnan(high):
        return number(mean, form)
    above, below = f"{high - mean:{half or form}}", f"{mean - low:{half or form}}"
    return f"{mean:{form}} ± {above}" if above == below else span(mean, low, high, form)


def span(mean: float, low: float, high: float, form: str) -> str:
    """An estimate with the ends of its interval, "3.0 [2.4, 3.5]"; a sign in `form` is the estimate's alone.

    >>> from plausible.printing.words import span
    >>> span(3.0, 2.5, 3.5, "+.1f"), span(3.0, float("nan"), float("nan"), ".1f")
    ('+3.0 [2.5, 3.5]', '3.0')
    """
    plain = form.lstrip("+")
    ends = (
        "" if math.isnan(mean) or math.isnan(low) or math.isnan(high) else f" [{low:{plain}}, {high:{plain}}]"
    )
    return f"{number(mean, form)}{ends}"


def visible(text: str, keep: str = "") -> str:
    """Control characters as Python writes them, so that a terminal does not obey them; those in `keep` stay."""
    if text.isprintable():
        return text
    return "".join(c if c in keep or unicodedata.category(c) not in CONTROL else escaped(c) for c in text)


def shortened(text: str) -> str:
    """A text in which of each very long word, or of what stands between quotes, only the beginning is left.

    >>> from plausible.printing.words import shortened
    >>> len(shortened("unknown rule '" + 5000 * "a" + "': expected another"))
    337
    """
    return LONG.sub(lambda found: cut(found[0]), text)


def without_home(text: str) -> str:
    """A text in which paths do not tell whose home folder they are in."""
    home = str(Path.home())
    return text if home == os.sep else text.replace(home + os.sep, f"~{os.sep}")


def escaped(character: str) -> str:
    """A character as in a Python literal, such as `\\x1b`."""
    return character.encode("unicode_escape").decode("ascii")


def encodable(text: str, encoding: str) -> str:
    """The text with every character that `encoding` lacks replaced: by what looks alike, or by a question mark."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(substitute(character, encoding) for character in text)
    return text


def substitute(character: str, encoding: str) -> str:
    """The character, or one that `encoding` has in its place: a letter without its accent, else what looks alike."""
    plain = unicodedata.normalize("NFKD", character)[0] if character.isalpha() else "?"
    for candidate in (character, LOOKALIKES.get(character, plain)):
        try:
            candidate.encode(encoding)
        except UnicodeEncodeError:
            continue
        return candidate
    return "?"


def replace_what_cannot_be_encoded() -> None:
    """Let both streams replace characters that they cannot encode, whoever prints them."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
