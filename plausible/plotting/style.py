"""Colours, markers and dashes of rules, labels that are text, and settings that are ours alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

import matplotlib
import pandas as pd
from matplotlib import font_manager

from plausible.errors import require
from plausible.printing.words import visible

Look = tuple[str, str]  # colour and marker

# Okabe and Ito's colours, safe for colour-blind readers; one colour and marker per family of rules.
STYLES: dict[str, Look] = {
    "backprop": ("#000000", "o"),
    "shallow": ("#999999", "s"),
    "feedback-alignment": ("#0072B2", "^"),
    "direct-feedback-alignment": ("#D55E00", "v"),
    "indirect-feedback-alignment": ("#D55E00", "<"),
    "sparse-direct-feedback": ("#D55E00", ">"),
    "low-rank-direct-feedback": ("#D55E00", "d"),
    "sign-direct-feedback-alignment": ("#D55E00", "1"),
    "uniform-sign-feedback": ("#56B4E9", "^"),
    "batchwise-random-sign-feedback": ("#56B4E9", "v"),
    "fixed-random-sign-feedback": ("#56B4E9", "s"),
    "kolen-pollack": ("#009E73", "^"),
    "weight-mirror": ("#009E73", "v"),
    "accumulating-weight-mirror": ("#E69F00", "v"),
    "symmetric-alignment": ("#009E73", "s"),
    "activation-alignment": ("#009E73", "<"),
    "information-alignment": ("#009E73", ">"),
    "direct-random-target-projection": ("#CC79A7", "^"),
    "pepita": ("#CC79A7", "v"),
    "forward-forward": ("#CC79A7", "s"),
    "global-error-vector-broadcasting": ("#E69F00", "^"),
    "vector-backprop": ("#000000", "D"),
}
COLOURS = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#0072B2", "#D55E00", "#000000", "#999999")
MARKERS = ("D", "P", "X", "*", "o", "^", "v", "s", "<", ">", "p", "h", "d", "1", "+", "x")
DASHES = ("-", "--", ":", "-.")  # of one rule under several options
MOST = 64  # rules in one figure, each with a look of its own; a legend of more is not read by anybody


def pool(first: Iterable[Look]) -> list[Look]:
    """The looks named first, and then all others that no rule has for its own."""
    others = (
        (COLOURS[(i + j) % len(COLOURS)], MARKERS[i])
        for i, j in product(range(len(MARKERS)), range(len(COLOURS)))
    )
    return [*dict.fromkeys([*first, *(look for look in others if look not in STYLES.values())])]


LOOKS = pool([("#000000", "o"), ("#E69F00", "^"), ("#0072B2", "v"), ("#009E73", "s")])
OTHERS = pool([("#009E73", "D"), ("#CC79A7", "P"), ("#E69F00", "X"), ("#56B4E9", "*")])


def style(rules: list[str]) -> Mapping[str, Look]:
    """Colour and marker of each rule, no two alike: its own if it has one, else the next that is free.

    One rule under several options has one colour, and a marker for each.

    Raises:
        BadInput: for more than `MOST` rules.
    """
    require(
        len(rules) <= MOST,
        "the number of rules in a figure",
        len(rules),
        f"{MOST} at most: draw fewer at once",
    )
    first = {name: rules_of[0] for name, rules_of in families(rules).items()}
    own = {name: STYLES[name] for name in first if name in STYLES}
    free = iter([look for look in OTHERS if look not in own.values()])
    own |= {name: next(free) for name in first if name not in own}
    looks = {rule: own[name] for name, rule in first.items()}
    for rule in rules:
        if rule not in looks:
            colour = own[base(rule)][0]
            taken = {*looks.values()}
            same = [(colour, marker) for marker in MARKERS]
            looks[rule] = next(look for look in [*same, *OTHERS] if look not in taken)
    return {rule: looks[rule] for rule in rules}


def dashes(rules: list[str]) -> Mapping[str, str]:
    """The line of each rule: solid, or if others of its name come before it, dashed, dotted, and both."""
    places = {rule: place for family in families(rules).values() for place, rule in enumerate(family)}
    return {rule: DASHES[places[rule] % len(DASHES)] for rule in rules}


def families(rules: Iterable[str]) -> dict[str, list[str]]:
    """Rules by their name without options; the one without any comes first."""
    members: dict[str, list[str]] = {}
    for rule in rules:
        members.setdefault(base(rule), []).append(rule)
    return {name: sorted(family, key=lambda rule: rule != name) for name, family in members.items()}


def base(rule: str) -> str:
    """The name of a rule without its options, its optimiser, and what tells its network from others."""
    return re.split(r"[\[@,]", rule)[0]


# --- text -------------------------------------------------------------------------------------------------


def label(text: str) -> str:
    """A text for matplotlib to draw as it is: no mathematics, no control characters, none that the font lacks.

    A label that begins with an underscore would be left out of legends; a space before it keeps it there.
    """
    text = "".join(c if ord(c) in glyphs() else "?" for c in visible(text)).replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text


@cache
def glyphs() -> Mapping[int, int]:
    """The characters that our font has."""
    characters: Mapping[int, int] = font_manager.get_font(font_manager.findfont("DejaVu Sans")).get_charmap()
    return characters


def labelled(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose texts can be drawn as they are; `label` of them all."""
    texts = [str(name) for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    return table.assign(**{name: relabelled(table[name]) for name in texts})


def relabelled(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column whose texts are labels; its order of categories stays."""
    names = {one: label(one) for one in column.dropna().unique() if isinstance(one, str)}
    if all(old == new for old, new in names.items()):
        return column
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.rename_categories(names)
    return column.replace(names)


# --- settings ---------------------------------------------------------------------------------------------


def defaults() -> Iterator[tuple[str, Any]]:
    """All that matplotlib starts with but where and how windows are opened."""
    for name, value in matplotlib.rcParamsDefault.items():
        if not name.startswith(
            ("backend", "interactive", "toolbar", "tk.", "webagg.", "macosx.", "docstring.")
        ):
            yield name, value


SHEET: Any = {
    **dict(defaults()),
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "figure.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "plausible",
    "pdf.fonttype": 42,  # TrueType: journals refuse Type 3
    "ps.fonttype": 42,
}
