"""Tables as Markdown: every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable

from plausible.printing.table import Table
from plausible.printing.words import visible

MEANT = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


def markdown(table: Table) -> str:
    """A table that is printed, as one of Markdown: its title above, its caption below.

    >>> from plausible.printing.markdown import markdown
    >>> from plausible.printing.table import Column, Table
    >>> shown = Table("", [Column("rule", words=True), Column("test %")], rows=[("a|b", "97.1")])
    >>> print(markdown(shown))
    | rule | test % |
    | --- | ---: |
    | a\\|b | 97.1 |
    """
    heads = [text(column.head) for column in table.columns]
    ends = ["---" if column.words else "---:" for column in table.columns]
    rows = [heads, ends, *([text(cell) for cell in row] for row in table.rows)]
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return "\n\n".join(filter(None, (text(table.title), lines, text(table.caption))))


def text(plain: str) -> str:
    """A text in one line, in which nothing has a meaning of its own."""
    return MEANT.sub(r"\\\1", " ".join(visible(plain, keep="\n").split()))


def page(tables: Iterable[Table]) -> str:
    """Tables one below the other."""
    return "\n\n".join(map(markdown, tables))
