"""Docstrings as reStructuredText, for Sphinx: text is plain, equations become MathML, examples stay as they are."""

from __future__ import annotations

import re
from collections.abc import Collection
from textwrap import dedent, indent
from typing import Any

from plausible.printing.mathml import mathml, parts
from plausible.site.rules import bibliography

SECTION = re.compile(r"^(Args|Raises|Returns|Yields|Warns|Attributes):\n((?: +.*\n?)+)", re.MULTILINE)
TITLES = {"Args": "Arguments"}
ENTRY = re.compile(r"^([\w*]+(?:, [\w*]+)*): +(.*)", re.DOTALL)
CODE = re.compile(r"`([^`]+)`")
ALIAS = re.compile(r"TypeAliasForwardRef\('(\w+)'\)")
KEY = re.compile(r"\\\[([a-z]+(?:19|20)\d\d[a-z]?)\\\]")
MARKUP = re.compile(r"([\\*|\[\]_<>])")


def escaped(text: str) -> str:
    """A text of which no character is markup."""
    return MARKUP.sub(r"\\\1", text)


def prose(text: str, keys: Collection[str] = ()) -> str:
    """A text of docstrings as reStructuredText: `code` is literal, and a key of the bibliography is a link to it."""
    made = ""
    for n, piece in enumerate(CODE.split(text.replace("``", "`"))):
        shown = literal(piece) if n % 2 else KEY.sub(lambda found: linked(found[1], keys), escaped(piece))
        # A literal needs something on both of its sides that is no letter.
        touching = made[-1:].isalnum() if n % 2 else n > 0 and shown[:1].isalnum()
        made += f"\\ {shown}" if touching else shown
    return made


def literal(text: str) -> str:
    """Code, which stands in one line."""
    return f"``{' '.join(text.split())}``"


def linked(key: str, keys: Collection[str]) -> str:
    """A key of the bibliography as a link, if it is one."""
    return f":ref:`{key} <source-{key}>`" if key in keys else rf"\[{key}\]"


def heading(text: str, line: str = "=") -> str:
    """A heading, underlined."""
    return f"{text}\n{line * (2 * len(text))}"


def raw(markup: str) -> str:
    """HTML as it is."""
    return f".. raw:: html\n\n{indent(markup, '   ')}"


def equation(text: str) -> str:
    """An equation in Unicode as a block."""
    return raw(f'<div class="equation">{mathml(text)}</div>')


def rst(docstring: str, keys: Collection[str] = ()) -> str:
    """A docstring as reStructuredText, its its sections as lists."""
    made = []
    for part in parts(docstring):
        if part.kind == "equation":
            made.append(equation(part.text))
        elif part.kind == "example":
            made.append(part.text)
        elif part.kind == "verbatim":
            made.append(f".. code-block:: text\n\n{indent(dedent(part.text), '   ')}")
        else:
            made.append(text(part.text, keys))
    return "\n\n".join(made)


def text(block: str, keys: Collection[str] = ()) -> str:
    """A block of text, in which a section such as `Args:` becomes a list of its entries."""
    pieces = SECTION.split(f"{block}\n")
    made = [prose(pieces[0].strip(), keys)]
    for title, lines, after in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        found = re.split(r"\n(?! )", dedent(lines).strip())
        entries = "\n".join(f"* {entry(' '.join(each.split()), keys)}" for each in found)
        made.append(f"**{TITLES.get(title, title)}**\n\n{entries}")
        made.append(prose(after.strip(), keys))
    return "\n\n".join(filter(None, made))


def entry(line: str, keys: Collection[str]) -> str:
    """An entry of a section: what it is of, in literals, and what is said of it."""
    match = ENTRY.match(line)
    return f"``{match[1]}``: {prose(match[2], keys)}" if match else prose(line, keys)


def process(app: Any, what: str, name: str, made: Any, options: Any, lines: list[str]) -> None:
    """For Sphinx's event `autodoc-process-docstring`: write the lines anew."""
    lines[:] = [*rst("\n".join(lines).strip("\n"), bibliography()).splitlines(), ""]


def signature(app: Any, what: str, name: str, made: Any, options: Any, given: str, returned: str) -> Any:
    """For Sphinx's event `autodoc-process-signature`: a protocol and an abstract class are not called by users."""
    uncalled = what == "class" and (getattr(made, "_is_protocol", False) or given == "(*args, **kwargs)")
    return ("", None) if uncalled else (aliased(given), aliased(returned))


def aliased(types: str | None) -> str | None:
    """A signature whose types have the names that the code gives them, also where they are one of several."""
    return types and ALIAS.sub(r"\1", types)


def foreign(app: Any, env: Any, node: Any, shown: Any) -> Any:
    """For Sphinx's event `missing-reference`: a type in a signature that no page tells of stands there without a link.

    What a text refers to has to be found; such a reference says whether it has a title, and a type's does not.
    """
    typed = node.get("refdomain") == "py" and "refexplicit" not in node
    return shown if typed else None
