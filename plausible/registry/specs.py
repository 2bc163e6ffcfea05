"""Names with options, as a user writes them: `name[option=value,...]`."""

from __future__ import annotations

import ast
import math
import re
from typing import Any, NamedTuple

from plausible.errors import BadInput, require
from plausible.networks.inits import INITS, distribution
from plausible.registry.brackets import apart, options_in
from plausible.settling.relaxation import FORMS, relaxation


class Spec(NamedTuple):
    """A name and its options, as a user wrote them."""

    name: str
    options: dict[str, Any]


def split(text: str, what: str = "a list") -> list[str]:
    """Comma-separated specs; commas inside brackets do not separate. Raises `BadInput` where one is empty.

    >>> from plausible.registry.specs import split
    >>> split("sgd[rate=0.1,momentum=0.9], adam")
    ['sgd[rate=0.1,momentum=0.9]', 'adam']
    """
    parts = [part.strip() for part in apart(text, ",")]
    require(all(parts), what, text, "one name or more, with one comma between two of them")
    return parts


def with_optimiser(text: str) -> tuple[str, str | None]:
    """A rule and its own optimiser, of `rule@optimiser`; None of a rule without one. A file's path may hold an @.

    Raises:
        BadInput: if either is empty, or brackets are not in pairs.

    >>> from plausible.registry.specs import with_optimiser
    >>> with_optimiser("fa@sgd[rate=0.1]"), with_optimiser("fa")
    (('fa', 'sgd[rate=0.1]'), ('fa', None))
    """
    parts = apart(text, "@")
    for at in range(1, len(parts)):
        rule, optimiser = "@".join(parts[:at]).strip(), "@".join(parts[at:]).strip()
        if "/" in rule and ".py:" not in rule:
            continue  # a folder's name
        if not (rule and optimiser):
            raise BadInput(f"{text!r} cannot be read: expected rule@optimiser, such as fa@sgd[rate=0.1]")
        return rule, optimiser
    return text, None


def parse(text: str) -> Spec:
    """`name[key=value,...]`; values are Python literals, and bare words are strings. Raises `BadInput`.

    >>> from plausible.registry.specs import parse
    >>> parse("sgd[rate=0.1,nesterov=True]")
    Spec(name='sgd', options={'rate': 0.1, 'nesterov': True})
    >>> parse("./my_rule.py:Mine").name
    './my_rule.py:Mine'
    """
    match = re.fullmatch(r"([^\[\]]+)(?:\[(.*)\])?", text.strip())
    if match is None:
        raise BadInput(f"{text!r} cannot be read: expected name or name[option=value,...]")
    options = {}
    for part in [] if match[2] is None else options_in(match[2], text):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not (equals and key.isidentifier() and value):
            raise BadInput(f"{part!r} in {text!r} cannot be read: expected option=value")
        if key in options:
            raise BadInput(f"option {key} stands twice in {text!r}: expected once")
        options[key] = literal(value)
    return Spec(match[1].strip(), options)


def literal(text: str) -> Any:
    """A Python literal; a distribution of weights or a way to settle, if `text` begins like one; or the text itself."""
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        name, bracket, _ = text.partition("(")
        if bracket and name in FORMS:
            return relaxation(text)
        return distribution(text) if name in INITS else text
    if not isinstance(found, str) and re.search("[0-9]_[0-9]", text):  # Python's way to write 10 as 1_0
        raise BadInput(f"{text!r} cannot be read: expected numbers in digits alone")
    if not all(map(finite, found if isinstance(found, tuple | list) else [found])):
        raise BadInput(f"{text!r} is out of range: expected numbers up to 1e308")
    return found


def finite(value: Any) -> bool:
    """Whether a literal, if it is a number, is one that computers calculate with."""
    try:
        return not isinstance(value, int | float | complex) or math.isfinite(abs(value))
    except OverflowError:
        return False
