"""Pages of HTML through Jinja: every text is escaped, and no page asks for anything that does not come with it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from plausible.printing.words import NOTHING, visible

TEMPLATES = Path(__file__).with_name("templates")


CODE = re.compile(r"(``[^`]+``|`[^`]+`)")
LONG = 20  # characters of a word that always has a line to itself
BREAK = re.compile(r"(?<=[\[(,=/:_])(?=\w)")  # where a longer one may go on in the next line
INDEX = re.compile(  # of one letter, which may have a sign above it; a power may be of anything
    r"(?:(?<![\w\"./])[^\W_][\u0300-\u036f]*|(?<=[\w)|}])(?=\^))(?P<sign>[_^])"
    r"(?P<inside>\{[^{}]*\}|(?<=\^)\([^()]*\)|(?<=\^)-?[^\W_]+|[^\W_ᵀ²³⁴⁰¹⁺⁻ᵗᵏ]+)(?![a-zA-Z0-9_=])"
)


class Span(NamedTuple):
    """An estimate with its interval, drawn in a cell: all in shares of the width of the cell, 0 to 1."""

    low: float
    middle: float
    high: float
    zero: float  # where no difference lies
    left: float  # of the band in which a rule is as good as the reference
    right: float


class Cell(NamedTuple):
    """A cell of a table: what it shows, and what it is sorted and filtered by."""

    text: str
    value: float | None = None  # what it is sorted by, where that is a number; infinite: at the end
    href: str = ""  # of a page of the same site
    look: str = ""  # a class of the style sheet, such as a verdict
    word: str = ""  # what it is filtered by and what is read aloud, where its text is a mark
    title: str = ""  # what is shown when one points at it
    span: Span | None = None


class Head(NamedTuple):
    """The head of a column."""

    text: str
    choose: bool = False  # whether its texts can be chosen from
    number: bool = False
    upright: bool = False  # whether it is written from below, as above a narrow column
    several: bool = False  # whether its cells hold several texts, with semicolons between, to be chosen from
    views: tuple[str, ...] = ()  # those of `Grid.views` that show it: all of these have to be chosen


class Option(NamedTuple):
    """An option of a choice of what columns are shown; the first one is chosen."""

    text: str
    views: str  # with spaces between


class Grid(NamedTuple):
    """A table that one sorts and filters; the first cell of a row is its name."""

    caption: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    data: str = ""  # the file of its numbers, as CSV
    views: Sequence[tuple[str, Sequence[Option]]] = ()  # choices of what columns are shown, by name


def number(value: float, form: str, **more: Any) -> Cell:
    """A cell with a number, which is sorted by the number itself; a dash where there is none."""
    if not math.isfinite(value):
        return Cell(NOTHING, math.inf, **more)
    return Cell(f"{value:{form}}", value, **more)


def shown(text: object) -> str:
    """A text with its control characters made visible; line breaks stay."""
    return visible(str(text), keep="\n\t")


def prose(text: object) -> Markup:
    """A text of a docstring, in which `names` are code, and W_l and W_{l+1} have their indices below, β^(l) above.

    >>> from plausible.report.html import prose
    >>> str(prose("`rate` < 1, W_l (n_{l-1}, n_l), weight_noise"))
    '<code>rate</code> &lt; 1, W<sub>l</sub> (n<sub>l-1</sub>, n<sub>l</sub>), weight_noise'
    """
    made = [Markup("")]
    for part in CODE.split(shown(text)):
        if CODE.fullmatch(part):
            made.append(Markup("<code>{}</code>").format(part.strip("`")))
            continue
        at = 0
        for found in INDEX.finditer(part):
            sign, inside = found["sign"], found["inside"].strip("{}")
            tag = Markup("<sub>{}</sub>" if sign == "_" else "<sup>{}</sup>").format(inside)
            made += [escape(part[at : found.start("sign")]), tag]
            at = found.end()
        made.append(escape(part[at:]))
    return Markup("").join(made)


def breakable(name: object) -> Markup:
    """A name whose long words go on in the next line, where they have to, after a bracket, a comma or another sign.

    >>> from plausible.report.html import breakable
    >>> str(breakable("fa[feedback=uniform(0.5)], 64-32"))
    'fa[<wbr>feedback=<wbr>uniform(<wbr>0.5)], 64-32'
    """
    words = ([word] if len(word) <= LONG else BREAK.split(word) for word in shown(name).split(" "))
    return Markup(" ").join(Markup("<wbr>").join(map(escape, parts)) for parts in words)


def exact(value: float) -> str:
    """A number to its last bit, as it is read back."""
    return repr(float(value))


@cache
def environment(*folders: Path) -> Environment:
    """The templates of `folders`, and those that all pages share: the frame of a page, its look, its script."""
    loader = FileSystemLoader([*folders, TEMPLATES], encoding="utf-8")
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: (
            shown(value) if type(value) is str else value
        ),  # what is escaped is no plain str
    )
    made.filters["exact"] = exact
    made.filters["shown"] = shown
    made.filters["breakable"] = breakable
    made.filters["prose"] = prose
    return made


def asset(name: str) -> str:
    """The text of the style sheet or of the script that all pages share."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def alone(template: str, *folders: Path, **values: Any) -> str:
    """A page that needs no other file: style and script stand in it, and its policy forbids the browser to ask."""
    look = {"style": asset("style.css"), "script": asset("script.js")}
    return environment(*folders).get_template(template).render(**look, alone=True, up="", **values)
