"""Tables as LaTeX, by pandas' Styler: every text is escaped, and nothing needs more than booktabs and longtable."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import pandas as pd

from plausible.printing.table import Table
from plausible.printing.words import visible

LONG = 40  # rows from which on a table may go on over the next page
NEEDS = "% \\usepackage{booktabs,longtable}"
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
    cells = pd.DataFrame(
        [[text(cell) for cell in row] for row in table.rows], columns=range(len(table.columns))
    )
    style = cells.style.hide(axis="index").relabel_index([text(each.head) for each in table.columns], axis=1)
    said = ". ".join(filter(None, (table.title.rstrip("."), table.caption)))
    made: str = style.to_latex(
        column_format="".join("l" if column.words else "r" for column in table.columns),
        hrules=True,
        caption=text(said) or None,
        environment="longtable" if len(table.rows) >= LONG else None,
    )
    return made


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
