"""Tables and pictures as HTML, for notebooks: every text is escaped, nothing is loaded from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape

from plausible.printing.table import Table
from plausible.printing.words import visible


def table(printed: Table) -> str:
    """A table that is printed, as an HTML table: names of rows and columns are headers, numbers stand right.

    >>> from plausible.printing.html import table
    >>> from plausible.printing.table import Column, Table
    >>> shown = Table("", [Column("rule", words=True), Column("test %")], rows=[("<b>", "97.1")])
    >>> "<b>" in table(shown), "&lt;b&gt;" in table(shown)
    (False, True)
    """
    title = f"<caption>{text(printed.title)}</caption>" if printed.title else ""
    heads = "".join(f"<th>{text(column.head)}</th>" for column in printed.columns)
    rows = "".join(f"<tr>{''.join(cells(printed, row))}</tr>" for row in printed.rows)
    below = f"<small>{text(printed.caption)}</small>" if printed.caption else ""
    return f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{below}"


def cells(printed: Table, row: Iterable[str]) -> Iterable[str]:
    """The cells of a row; those of the columns that name it are headers."""
    for number, (column, cell) in enumerate(zip(printed.columns, row, strict=True)):
        kind = "th" if number < printed.keys else "td"
        side = "left" if column.words else "right"
        yield f'<{kind} style="text-align: {side}">{text(cell)}</{kind}>'


def text(plain: str) -> str:
    """A text as HTML; a line break in it is one there, and other control characters are shown."""
    return escape(visible(plain, keep="\n")).replace("\n", "<br>")


def image(png: bytes, words: str) -> str:
    """A PNG inside of the page, `words` in its place where it cannot be shown."""
    return f'<img src="data:image/png;base64,{b64encode(png).decode()}" alt="{escape(words)}">'


def lines(texts: Iterable[str]) -> str:
    """Remarks, each a paragraph."""
    return "".join(f"<p>{text(line)}</p>" for line in texts)
