"""How a text with brackets falls into its parts: names with commas in between, and the options of one name."""

from __future__ import annotations

import re

from plausible.errors import BadInput

TOKEN = re.compile(r"""(?<=[=(\[,\s])(?:'[^']*'|"[^"]*")|.""", re.DOTALL)  # a quoted value, or a character
CLOSING = {"(": ")", "[": "]"}


def apart(text: str, mark: str, *, inside: bool = False) -> list[str]:
    """The parts of a text between marks that stand outside of brackets.

    Round brackets count inside square ones only, as in paths they mean nothing; with `inside`, `text` stands in some.

    Raises:
        BadInput: if brackets are not in pairs.
    """
    unpaired = BadInput(f"{text!r} cannot be read: expected square and round brackets in pairs")
    parts, awaited = [""], ""
    for token in TOKEN.findall(text):
        if token == mark and not awaited:
            parts.append("")
            continue
        counts = bool(inside or awaited)
        if token == "[" or (token == "(" and counts):
            awaited += CLOSING[token]
        elif token == "]" or (token == ")" and counts):
            if not awaited.endswith(token):
                raise unpaired
            awaited = awaited[:-1]
        parts[-1] += token
    if awaited:
        raise unpaired
    return parts


def options_in(inside: str, whole: str) -> list[str]:
    """The options of the spec `whole`, as they stand between its first bracket and its last. Raises `BadInput`."""
    apart(whole, "")
    try:
        return [part.strip() for part in apart(inside, ",", inside=True)]
    except BadInput:  # the first bracket does not close with the last
        raise BadInput(f"{whole!r} cannot be read: expected name or name[option=value,...]") from None
