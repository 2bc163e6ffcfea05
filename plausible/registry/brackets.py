"""How a text with brackets falls into its parts: a name, the options in its brackets, and lists with commas.

Square brackets hold options; round brackets hold values or arguments, and count inside square ones only, as a path may
hold any. A quoted value, as in Python, is one piece whatever it holds.
"""

from __future__ import annotations

import re

from plausible.errors import BadInput

QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
TOKEN = re.compile(rf"(?:\A|(?<=[=(\[,\s]))(?:{QUOTED})|.", re.DOTALL)  # a quoted value, or a character
CLOSING = {"(": ")", "[": "]"}
DEEPEST = 40  # brackets inside each other
IN_A_FILE = re.compile(r"\.py:\w*")  # where FILE.py:Name ends
IN_A_TABLE = re.compile(r"/[^/\[\]@:=,]*:\w+")  # where folder/file:Name ends, as tables call it
REGISTERED = re.compile(
    r"[\w.-]+\s*\[\s*\w+\s*="
)  # a text that begins with a registered name and an option, and not with a folder that has brackets


def apart(text: str, mark: str, *, inside: bool = False, whole: str = "") -> list[str]:
    """The parts of a text between marks that stand outside of brackets and quotes.

    Args:
        text: what is taken apart.
        mark: one character, or none for a look at the brackets alone.
        inside: whether the text stands in brackets, so that round ones count.
        whole: the text that an error quotes, if that is more than `text`.

    Raises:
        BadInput: if brackets are not in pairs, or too many are inside each other.
    """
    unpaired = BadInput(f"{(whole or text)!r} cannot be read: expected square and round brackets in pairs")
    parts, awaited = [""], ""
    for token in TOKEN.findall(text):
        if token == mark and not awaited:
            parts.append("")
            continue
        counts = bool(inside or awaited)
        if token == "[" or (token == "(" and counts):
            awaited += CLOSING[token]
            if len(awaited) > DEEPEST:
                raise BadInput(
                    f"{(whole or text)[:60]!r}... cannot be read: expected at most {DEEPEST} brackets inside each other"
                )
        elif token == "]" or (token == ")" and counts):
            if not awaited.endswith(token):
                raise unpaired
            awaited = awaited[:-1]
        parts[-1] += token
    if awaited:
        raise unpaired
    return parts


def is_group(text: str, opening: str = "[") -> bool:
    """Whether a text begins with a bracket whose pair ends it."""
    if not (text.startswith(opening) and text.endswith(CLOSING[opening]) and len(text) > 1):
        return False
    try:
        return len(apart(text[1:-1], "", inside=True)) == 1
    except BadInput:
        return False


def is_quoted(text: str) -> bool:
    """Whether a text is one quoted value."""
    return re.fullmatch(QUOTED, text, re.DOTALL) is not None


def begins_with_options(text: str) -> bool:
    """Whether the first bracket of a text holds options of a registered name, and does not stand in a folder's name."""
    if not REGISTERED.match(text):
        return False
    depth, tokens = 0, TOKEN.findall(text)
    for place, token in enumerate(tokens):
        depth += (token == "[") - (token == "]")
        if token == "]" and depth == 0:
            return tokens[place + 1 : place + 2] != ["/"]
    return True


def head(text: str) -> tuple[str, str | None]:
    """A name, and the text in its brackets, unchanged; None without brackets.

    In `./a [x]/t.py:noisy[noise=1]` the first bracket belongs to the folder: the name of a file ends with `.py:Name`,
    and its name in tables, `a [x]/t:noisy`, with `/file:Name`.

    Raises:
        BadInput: if the text is neither a name nor a name with brackets at its end.
    """
    text = text.strip()
    ends = [*IN_A_FILE.finditer(text), *IN_A_TABLE.finditer(text)]
    for match in [] if begins_with_options(text) else ends:
        rest = text[match.end() :].strip()
        if not rest or is_group(rest):
            return text[: match.end()], rest[1:-1] if rest else None
    read = re.fullmatch(r"([^\[\]]+)(?:\[(.*)\])?", text)
    if read is None:
        raise BadInput(f"{text!r} cannot be read: expected name or name[option=value,...]")
    return read[1].strip(), read[2]


def options_in(inside: str, whole: str) -> list[str]:
    """The options of the spec `whole`, as they stand in its brackets. Raises `BadInput`."""
    apart(f"[{inside}]", "", whole=whole)
    try:
        return [part.strip() for part in apart(inside, ",", inside=True)]
    except BadInput:  # the first bracket does not close with the last
        raise BadInput(f"{whole!r} cannot be read: expected name or name[option=value,...]") from None
