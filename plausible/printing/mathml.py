"""Equations of docstrings, in Unicode, as MathML: browsers draw it without a script or a font of its own."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

SCRIPT = "ᵀ²³⁴⁰¹⁺⁻ᵗᵏ"
RAISED = dict(zip(SCRIPT, "T2340" + "1+−tk", strict=True)) | {"'": "′", "*": "∗", "±": "±"}
ATOM = re.compile(
    r"(?P<code>`[^`]+`)|(?P<quoted>\"[^\"]*\")|(?P<number>\d+(?:[.,]\d+)*(?:e-?\d+)?|[½¼⅓])"
    r"|(?P<word>[A-Za-z]{2,}\d*)|(?P<root>√(?:\((?:[^()]|\([^()]*\))*\)|[^\W\d_](?:_\w)?|\d+))"
    r"|(?P<letter>[^\W\d_][\u0300-\u036f]*)|(?P<dots>\.\.\.)|(?P<other>.)",
    re.DOTALL,
)
BELOW = re.compile(r"_(?:\{([^{}]*)\}|([^\W_" + SCRIPT + r"]+))")
ABOVE = re.compile(rf"\^(?:\{{([^{{}}]*)\}}|(\([^()]*\)|[^\W_{SCRIPT}]+))|([{SCRIPT}']|\*|±(?=[_({SCRIPT}]))")
BRACKETS = "()[]{}|⟨⟩⌊⌋"
SIGNS, CODE = re.compile(r"[=∝←≈≥≤∂Σ⊙]"), re.compile(r"^ +(?:python|plausible) |\w\(\w+=", re.MULTILINE)


class Part(NamedTuple):
    """A piece of a docstring: its kind, "text", "equation", "verbatim" or "example", and its lines."""

    kind: str
    text: str


def mathml(text: str) -> str:
    """An equation in Unicode as a block of MathML, a row for each of its lines.

    Nothing is left out: what is no letter, number, word or sign of an equation is shown as it stands.

    >>> from plausible.printing.mathml import mathml
    >>> made = mathml("δ_L = Wᵀ")
    >>> made[made.index("<mtd") :].partition("</mtd>")[0]
    '<mtd><msub><mi>δ</mi><mi>L</mi></msub><mspace width="0.15em"/><mo>=</mo><mspace width="0.15em"/><msup><mi>W</mi>\
<mi>T</mi></msup>'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    rows = "".join(f"<mtr><mtd>{row(line)}</mtd></mtr>" for line in lines)
    table = f'<mtable columnalign="left" rowspacing="0.5em">{rows}</mtable>'
    return f'<math display="block" alttext="{escape("; ".join(lines))}">{table}</math>'


def row(text: str) -> str:
    """The elements of one line."""
    made, at, last = [], 0, ""
    while at < len(text):
        gap = len(text[at:]) - len(text[at:].lstrip(" "))
        at += gap
        atom = ATOM.match(text, at)
        if atom is None:  # the line ends in a gap
            break
        kind = str(atom.lastgroup)
        if gap:
            words = {kind, last} & {"word", "quoted", "code"}
            made.append(f'<mspace width="{1.8 if gap > 1 else 0.35 if words else 0.15}em"/>')
        base, last = leaf(kind, atom[0]), kind
        made.append(element(base, *(found := scripts(text, atom.end()))[:2]))
        at = found[2]
    return "".join(made)


def leaf(kind: str, text: str) -> str:
    """An atom, without what stands below and above it."""
    shown = escape(text, quote=False)
    if kind == "code":
        return f'<mtext class="code">{shown[1:-1]}</mtext>'
    if kind in ("quoted", "word"):
        return f"<mtext>{shown}</mtext>"
    if kind == "root":
        inner = text[2:-1] if text[1] == "(" else text[1:]
        return f"<msqrt>{row(inner)}</msqrt>"
    if kind in ("number", "letter"):
        tag = "mn" if kind == "number" else "mi"
        return f"<{tag}>{shown}</{tag}>"
    flat = ' stretchy="false"' if text in BRACKETS else ' rspace="0"' if text in "Δ∂" else ""
    return f"<mo{flat}>{shown.replace('-', '−')}</mo>"


def scripts(text: str, at: int) -> tuple[str, str, int]:
    """What stands below and above the atom that ends at `at`, as elements; and where the text goes on."""
    below, above = "", ""
    while True:
        down, up = BELOW.match(text, at), ABOVE.match(text, at)
        if down and not below:
            below, at = row(down[1] or down[2]), down.end()
        elif up and (up[3] != "*" or text[at - 1].isalpha()):
            above, at = above + (raised(up[3]) if up[3] else row(up[1] or up[2])), up.end()
        else:
            return below, above, at


def raised(character: str) -> str:
    """A character that stands above the line, such as ᵀ, as an element of what it is a small form of."""
    plain = RAISED[character]
    tag = "mi" if plain.isalpha() else "mn" if plain.isdigit() else "mo"
    return f"<{tag}>{plain}</{tag}>"


def element(base: str, below: str, above: str) -> str:
    """An atom with what stands below and above it."""
    if not below and not above:
        return base
    parts = [f"<mrow>{part}</mrow>" if part.count("</") > 1 else part for part in (below, above) if part]
    tag = "msubsup" if below and above else "msub" if below else "msup"
    return f"<{tag}>{base}{''.join(parts)}</{tag}>"


def equations(made: type) -> list[str]:
    """The equations of a class, of its own docstring or of the nearest one that it derives from and that has some."""
    for each in made.__mro__:
        own = inspect.cleandoc(vars(each).get("__doc__") or "")
        if found := [part.text for part in parts(own) if part.kind == "equation"]:
            return found
    return []


def parts(docstring: str) -> Iterator[Part]:
    """The pieces of a docstring, as `inspect.getdoc` gives it: text, equations, other indented lines, and examples.

    An indented block that follows an empty line is an equation where it has a sign of one, as = or ∝; what is indented
    below `Args:` and its like is text.

    >>> from plausible.printing.mathml import parts
    >>> [part.kind for part in parts("A rule.\\n\\n    ΔW = h\\n\\nwith h.\\n\\n>>> 1\\n1")]
    ['text', 'equation', 'text', 'example']
    """
    for block in re.split(r"\n\s*\n", docstring.strip("\n")):
        if block.startswith(">>>"):
            yield Part("example", block)
        elif all(line.startswith("    ") for line in block.splitlines()):
            yield Part("equation" if SIGNS.search(block) and not CODE.search(block) else "verbatim", block)
        else:
            yield Part("text", block)
