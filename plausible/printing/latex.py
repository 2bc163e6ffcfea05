"""Tables as LaTeX, by pandas' Styler: every text is escaped; what they need is `NEEDS`: T1 for letters and quotes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from plausible.printing.table import Table, broken, extent, needs, shared_out, widths
from plausible.printing.words import visible

LONG = 40  # lines from which on a table may go on over the next page
WIDTH = 76  # letters of small type in a line of LaTeX's own page
MOST = 22  # letters that a column of words is given at least, if its longest word has more
GAP = 2  # letters between columns
LETTER = 0.52  # of small type, in em
SMALL = r"\footnotesize\setlength{\tabcolsep}{3pt}"
SIDE = {
    True: r">{\raggedright\arraybackslash}",
    False: r">{\raggedleft\arraybackslash}",
}  # of words, and of numbers
BREAK = r"\allowbreak{}"
NEEDS = "% \\usepackage[T1]{fontenc}\\usepackage{array,booktabs,longtable}"
MATHS = dict(
    zip(
        "±×≤≥→←∞ΔΣ√∝≠≈·∈⊙⊗",
        [
            "pm",
            "times",
            "leq",
            "geq",
            "rightarrow",
            "leftarrow",
            "infty",
            "Delta",
            "Sigma",
            "surd",
            "propto",
            "neq",
            "approx",
            "cdot",
            "in",
            "odot",
            "otimes",
        ],
        strict=True,
    )
)
RAISED = {"°": r"^\circ", "²": "^2", "³": "^3", "ᵀ": r"^\top", "−": "-"}
TEXTS = {"–": "--", "—": "---", "…": r"\ldots{}", "’": "'", "“": "``", "”": "''", "«": "<<", "»": ">>"}
ESCAPED = {letter: "\\" + letter for letter in "&%$#_{}"} | {"-": "{-}", "\\": r"\textbackslash{}"}
ESCAPED |= {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}
ESCAPED |= {"|": r"\textbar{}", '"': r"\textquotedbl{}"}


def latex(table: Table) -> str:
    """A table that is printed, as one of LaTeX: words to the left, numbers to the right, title and caption above it.

    >>> from plausible.printing.latex import latex
    >>> from plausible.printing.table import Column, Table
    >>> shown = Table("", [Column("rule", words=True), Column("test %")], rows=[("a_b", "97.1 ± 0.2")])
    >>> print(latex(shown))
    \\begin{tabular}{lr}
    \\toprule
    rule & test \\% \\\\
    \\midrule
    a\\_b & 97.1 $\\pm$ 0.2 \\\\
    \\bottomrule
    \\end{tabular}
    <BLANKLINE>
    """
    said = text(table.said())
    wanted, every = needs(table), [*range(len(table.columns))]
    if extent([natural for _, natural in wanted], every, GAP) > WIDTH:
        return narrowed(table, wanted, said)
    form = "".join("l" if column.words else "r" for column in table.columns)
    long = "longtable" if len(table.rows) >= LONG else None
    made: str = styled(table, every).to_latex(
        column_format=form, hrules=True, caption=said or None, environment=long
    )
    return made


def styled(table: Table, columns: Sequence[int], breaks: bool = False) -> Any:
    """Some columns of a table for pandas to write; with `breaks`, names may be broken after their signs."""
    write = broken_text if breaks else text
    cells = pd.DataFrame(
        [[write(row[at]) for at in columns] for row in table.rows], columns=range(len(columns))
    )
    heads = [
        write(table.columns[at].head).replace("{", "{{").replace("}", "}}") for at in columns
    ]  # a format's
    return cells.style.hide(axis="index").relabel_index(heads, axis=1)


def narrowed(table: Table, wanted: Sequence[tuple[int, int]], said: str) -> str:
    """A table that is wider than a page, in small type: its columns in parts, each with the names of its rows.

    Args:
        table: of any width.
        wanted: by column the least width and the width that it would take, in letters (`needs`).
        said: its caption, as LaTeX.
    """
    wanted = [(min(least, MOST) if column.words else least, natural)
              for column, (least, natural) in zip(table.columns, wanted, strict=True)]  # fmt: skip
    least = [each for each, _ in wanted]
    parts = next(
        filter(None, (shared_out(least, keys, WIDTH, GAP) for keys in (table.keys, 1))),
        [[*range(len(least))]],
    )
    rooms = [widths(wanted, table.keys, part, max(WIDTH - extent(least, part, GAP), 0)) for part in parts]
    lines = sum(high(row, room) for room in rooms for row in table.rows)
    long = lines + len(said) // WIDTH >= LONG
    made: list[str] = []
    for part, room in zip(parts, rooms, strict=True):
        form = "".join(f"{SIDE[table.columns[at].words]}p{{{room[at] * LETTER:.2f}em}}" for at in part)
        style = styled(table, part, breaks=True)
        caption = said if long and not made else None
        made.append(style.to_latex(column_format=form, hrules=True, caption=caption or None,
                                   environment="longtable" if long else None))  # fmt: skip
    if long:
        return f"{{{SMALL}\n" + "\n".join(made) + "}\n"
    caption = f"\\caption{{{said}}}\n" if said else ""
    return f"\\begin{{table}}\n{caption}{SMALL}\n" + "\\par\\medskip\n".join(made) + "\\end{table}\n"


def high(row: Sequence[str], room: Mapping[int, int]) -> int:
    """How many lines a row takes in columns of this room, in letters."""
    return max(-(-len(row[at]) // width) for at, width in room.items())


def broken_text(plain: str) -> str:
    """A text as LaTeX, which may go on in another line where a terminal breaks it: within names after their signs."""
    return BREAK.join(text(part) + " " * part.endswith(" ") for part in broken(plain, 0))


def text(plain: str) -> str:
    """A text as LaTeX shows it: what has a meaning there is escaped, signs are mathematics, line breaks spaces.

    A hyphen stands in braces, so that two of them make no dash.

    >>> from plausible.printing.latex import text
    >>> text(r"\\input{x} ≤ 5 %")
    '\\\\textbackslash{}input\\\\{x\\\\} $\\\\leq$ 5 \\\\%'
    """
    joined = " ".join(visible(plain, keep="\n").split("\n"))
    return "".join(map(sign, unicodedata.normalize("NFC", " ".join(joined.split()))))


def sign(letter: str) -> str:
    """A character as LaTeX."""
    if letter in MATHS or letter in RAISED:
        return f"${RAISED.get(letter) or chr(92) + MATHS[letter]}$"
    if letter.isascii() or letter in TEXTS:
        return TEXTS.get(letter, ESCAPED.get(letter, letter))
    name = unicodedata.name(letter, "")
    if name.startswith("GREEK SMALL LETTER ") and " " not in name.removeprefix("GREEK SMALL LETTER "):
        greek = name.removeprefix("GREEK SMALL LETTER ").lower()
        return {"omicron": "o", "lamda": r"$\lambda$"}.get(
            greek, f"$\\{greek}$" if greek != "final sigma" else r"$\varsigma$"
        )
    if "LATIN" in name:
        return letter
    return f"U+{ord(letter):04X}"  # what neither the fonts nor we know is told by its number


def page(tables: Iterable[Table]) -> str:
    """Tables one below the other, and what a document needs for them."""
    return "\n".join([NEEDS, *map(latex, tables)])
