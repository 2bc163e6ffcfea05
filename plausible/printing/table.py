"""Tables that fit: at any width every cell is shown whole, or the terminal is left to break its line.

A table that is too wide first breaks its texts between words and its names at hyphens. If that does not help, the
numbers that are left over follow in a table below, with the names of the rows repeated. If that would take more than
`PAGES` tables, or texts are left over, every row becomes a block with a line for each column. No column is dropped,
and no number is broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from shutil import get_terminal_size
from typing import Any

import rich.table
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from plausible.printing.words import encodable, visible

PAGES = 3
NO_TERMINAL = 160  # columns of a file or a pipe, which has no width of its own
NAME = 16  # a column of text is not made narrower than this for the sake of another column
SPACES = re.compile(r"(?<=\s)(?=\S)")
# After a hyphen and the like between letters, after an opening bracket, an equals sign, a comma.
HYPHENS = re.compile(r"(?<=[A-Za-z][-_/:@])(?=[A-Za-z])|(?<=[\[(=])(?=\S)|(?<=,)(?=[^\s\d])")
NUMBER_AT_THE_END = re.compile(r"[-+\d.,e]+$")


@dataclass(frozen=True)
class Column:
    """A column of numbers, which stand right and whole, or of `words`, which stand left and may be broken."""

    head: str
    words: bool = False


@dataclass
class Table:
    """Rows of text under columns; the first `keys` columns name a row. `plausible.printing.terminal.show` prints it.

    >>> from plausible.printing.table import Column, Table
    >>> table = Table("accuracy", [Column("rule", words=True), Column("test %")])
    >>> table.add("backprop", "97.1")
    >>> table.rows
    [('backprop', '97.1')]
    """

    title: str
    columns: Sequence[Column]
    keys: int = 1
    caption: str = ""
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: str, note: str = "") -> None:
        """A row, with as many cells as there are columns; `note` is a line below the name of the row."""
        if len(cells) != len(self.columns):
            raise ValueError(f"{len(cells)} cells for {len(self.columns)} columns")
        first, *others = map(visible, cells)
        self.rows.append((f"{first}\n  {visible(note)}" if note else first, *others))

    def said(self) -> str:
        """Title and caption as sentences of one line; a title that ends with a mark, as a question does, gets no stop.

        >>> from plausible.printing.table import Table
        >>> Table("does it learn?", [], caption="5 seeds").said(), Table("two moons", [], caption="5 seeds").said()
        ('does it learn? 5 seeds', 'two moons. 5 seeds')
        """
        ended = self.title.rstrip().endswith((".", "?", "!"))
        return (" " if ended else ". ").join(filter(None, (self.title, self.caption)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        def plain(text: str) -> str:
            return encodable(text, options.encoding)

        heads = [Column(plain(column.head), column.words) for column in self.columns]
        cells = [tuple(map(plain, row)) for row in self.rows]
        title, caption = (plain(visible(text)) for text in (self.title, self.caption))
        yield from rendered(Table(title, heads, self.keys, caption, cells), options.max_width)


def rendered(table: Table, width: int) -> Iterator[RenderableType]:
    """The title, the tables or blocks, and the caption."""
    if table.title:
        yield lines(wrapped(table.title, width), "italic")
    wanted = needs(table)
    needed = [least for least, _ in wanted]
    most = 1 if any(column.words for column in table.columns[table.keys :]) else PAGES
    pages, gap = paged(needed, table.keys, width, most)
    for number, columns in enumerate(pages):
        if number:
            yield ""
        yield page(table, widths(wanted, table.keys, columns, width - extent(needed, columns, gap)), gap)
    if not pages:
        yield from blocks(table, width)
    if table.caption:
        yield lines(wrapped(table.caption, width), "dim")


# --- how wide ---------------------------------------------------------------------------------------------


def longest(texts: Iterable[str]) -> int:
    """The width of the widest text, in cells of a terminal."""
    return max(map(cell_len, texts), default=0)


def needs(table: Table) -> list[tuple[int, int]]:
    """By column the least width, which breaks no number, name or word of its head, and the width it would take."""
    widest = []
    for index, column in enumerate(table.columns):
        cells = [part for row in table.rows for part in row[index].split("\n")]
        head = longest(part.rstrip() for part in broken(column.head, 0))
        pieces = longest(part.rstrip() for cell in cells for part in broken(cell, 0))
        natural = max(head, longest(cells))
        widest.append((max(head, pieces, min(NAME, natural)) if column.words else natural, natural))
    return widest


def paged(needed: Sequence[int], keys: int, width: int, most: int) -> tuple[list[list[int]], int]:
    """The columns of each table, in as few tables as possible, and the gap between columns; none if over `most`."""
    ways = [(shared_out(needed, keys, width, gap), gap) for gap in (2, 1)]
    layouts = [(pages, gap) for pages, gap in ways if 0 < len(pages) <= most]
    return min(layouts, key=lambda way: len(way[0]), default=([], 1))


def shared_out(needed: Sequence[int], keys: int, width: int, gap: int) -> list[list[int]]:
    """The columns of each table, the keys first; no tables if a column does not fit beside the keys."""
    pages: list[list[int]] = [[*range(keys)]]
    for index in range(keys, len(needed)):
        if len(pages[-1]) > keys and extent(needed, [*pages[-1], index], gap) > width:
            pages.append([*range(keys)])
        pages[-1].append(index)
    return pages if all(extent(needed, page, gap) <= width for page in pages) else []


def extent(needed: Sequence[int], columns: Sequence[int], gap: int) -> int:
    """The width of columns beside one another."""
    return sum(needed[index] for index in columns) + gap * (len(columns) - 1)


def widths(needs: Sequence[tuple[int, int]], keys: int, columns: Sequence[int], left: int) -> dict[int, int]:
    """The width of each column. Of the `left` spare cells the names take what they lack, up to half; texts the rest."""
    given = {index: needs[index][0] for index in columns}
    for takers, share in ((columns[:keys], (left + 1) // 2), (columns, left)):
        for _ in range(min(share, left)):
            lacking = {index: needs[index][1] - given[index] for index in takers}
            neediest = max(takers, key=lambda index: lacking[index])
            if lacking[neediest] <= 0:
                break
            given[neediest] += 1
            left -= 1
    return given


# --- how drawn --------------------------------------------------------------------------------------------


def page(table: Table, room: dict[int, int], gap: int) -> rich.table.Table:
    """Some columns as a table of Rich's, each already broken to the width in `room`."""
    drawn = rich.table.Table(box=None, header_style="bold", padding=(0, gap, 0, 0), pad_edge=False)
    for index, width in room.items():
        drawn.add_column(lines(wrapped(table.columns[index].head, width), fits=True), width=width)
        drawn.columns[-1].justify = "left" if table.columns[index].words else "right"
    for row in table.rows:
        cells = [
            wrapped(row[index], width, "  " if index < table.keys else "") for index, width in room.items()
        ]
        drawn.add_row(*(lines(cell, fits=True) for cell in cells))
    return drawn


def blocks(table: Table, width: int) -> Iterator[RenderableType]:
    """A block for every row: its names, and below them a line for each column that has something to say."""
    for row in table.rows:
        yield lines((part for name in row[: table.keys] for part in wrapped(name, width, "  ")), "bold")
        for column, cell in zip(table.columns[table.keys :], row[table.keys :], strict=True):
            head = f"  {column.head}: "
            if cell and cell_len(head + cell) <= width:
                yield lines([head + cell])
            elif cell:
                yield lines(f"  {part}" for part in wrapped(f"{column.head}:", max(width - 2, 1)))
                parts = wrapped(cell, max(width - 4, 1), whole=not column.words)
                yield lines(f"    {part}" for part in parts)


def lines(texts: Iterable[str], style: str = "", fits: bool = False) -> Text:
    """Lines that Rich leaves as they are; it justifies them only if they are said to fit."""
    return Text("\n".join(texts), style=style, no_wrap=True, overflow="crop" if fits else "ignore")


def wrapped(text: str, width: int, indent: str = "", whole: bool = False) -> list[str]:
    """The lines of a text, each broken between words; inside of a word only if it is too wide, and not if `whole`.

    Lines that continue another one begin with `indent`, if that leaves room for their first piece.
    """
    folded: list[str] = []
    for one in text.split("\n"):
        rows = [""]
        for piece in broken(one, width):
            if rows[-1].strip() and cell_len(rows[-1] + piece.rstrip()) > width:
                rows.append(indent if cell_len(indent + piece.rstrip()) <= width else "")
            rows[-1] += piece
            while not whole and cell_len(rows[-1].rstrip()) > width:
                at = cut(rows[-1], width)
                rows[-1:] = [rows[-1][:at], rows[-1][at:]]
        folded += [row.rstrip() for row in rows]
    return folded


def broken(text: str, width: int) -> Iterator[str]:
    """The words of a text, and the parts of those that are wider than `width`."""
    for word in SPACES.split(text):
        yield from [word] if cell_len(word.rstrip()) <= width else HYPHENS.split(word)


def cut(text: str, width: int) -> int:
    """Where to break a word that is wider than a line: at the width, or before the number that stands there."""
    at = len(text)
    while cell_len(text[:at]) > width:
        at -= 1
    number = NUMBER_AT_THE_END.search(text[:at])
    return number.start() if number and number.start() > 0 and text[at].isdigit() else max(at, 1)


def columns_here() -> int:
    """How many columns the terminal has; `NO_TERMINAL` where there is none."""
    return get_terminal_size((NO_TERMINAL, 24)).columns


def in_lines(texts: Iterable[str], width: int = 0) -> str:
    """Texts, each on lines of its own of at most so many columns, its first one to the left; 0 for the terminal's.

    >>> from plausible.printing.table import in_lines
    >>> print(in_lines(["one two three four", "five"], 10))
    one two
      three
      four
    five
    """
    return "\n".join(line for text in texts for line in wrapped(text, width or columns_here(), "  "))


def as_text(tables: Iterable[Table], width: int = 0) -> str:
    """Tables as they are printed in so many columns, an empty line between them; 0 for those of the terminal.

    >>> from plausible.printing.table import Column, Table, as_text
    >>> print(as_text([Table("", [Column("rule", words=True), Column("accuracy")], rows=[("backprop", "0.971")])], 40))
    rule      accuracy
    backprop     0.971
    """
    columns = width or columns_here()
    looks: dict[str, Any] = {"color_system": None, "markup": False, "highlight": False, "emoji": False}
    console = Console(
        file=StringIO(), width=columns, force_jupyter=False, **looks
    )  # else a notebook shows a box
    texts = []
    for table in tables:
        with console.capture() as captured:
            console.print(table, crop=False, no_wrap=True, overflow="ignore")
        texts.append("\n".join(line.rstrip() for line in captured.get().splitlines()))
    return "\n\n".join(texts)
