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

FONT = "DejaVu Sans"

# Okabe and Ito's colours, safe for colour-blind readers, and those of Tol's muted scheme that are none of these.
BLACK, GREY, BLUE, SKY, GREEN = "#000000", "#999999", "#0072B2", "#56B4E9", "#009E73"
ORANGE, VERMILLION, PURPLE = "#E69F00", "#D55E00", "#CC79A7"
INDIGO, WINE, OLIVE, TEAL, ROSE, MAGENTA, BROWN = (
    *("#332288", "#882255", "#999933", "#44AA99", "#CC6677", "#AA4499"),
    "#8C510A",
)
PALE, SAND, DARK, VIOLET = "#CCCCCC", "#E8D8C0", "#555555", "#AA3377"  # fillings, notes, what was published

# One rule has one colour and one marker, in every figure; rules that are drawn in one panel differ in colour.
STYLES: dict[str, Look] = {
    "backprop": (BLACK, "o"),
    "bptt": (BLACK, "s"),
    "equilibrium-gradient": (BLACK, "^"),
    "recurrent-backprop": (BLACK, "v"),
    "vector-backprop": (INDIGO, "D"),
    "shallow": (GREY, "s"),
    "readout-only": (GREY, "o"),
    "rtrl": (SKY, "o"),
    "exact-lag-bptt": (GREEN, ">"),
    "random-feedback-bptt": (BLUE, "o"),
    "feedback-alignment": (BLUE, "^"),
    "direct-feedback-alignment": (VERMILLION, "v"),
    "indirect-feedback-alignment": (BROWN, "<"),
    "sparse-direct-feedback": (ROSE, ">"),
    "low-rank-direct-feedback": (OLIVE, "d"),
    "sign-direct-feedback-alignment": (WINE, "<"),
    "uniform-sign-feedback": (SKY, "^"),
    "batchwise-random-sign-feedback": (ORANGE, "v"),
    "fixed-random-sign-feedback": (GREEN, "s"),
    "kolen-pollack": (GREEN, "^"),
    "weight-mirror": (SKY, "v"),
    "accumulating-weight-mirror": (ORANGE, "<"),
    "symmetric-alignment": (PURPLE, "s"),
    "activation-alignment": (WINE, ">"),
    "information-alignment": (OLIVE, "<"),
    "direct-random-target-projection": (PURPLE, "^"),
    "pepita": (GREEN, "v"),
    "forward-forward": (TEAL, "s"),
    "global-error-vector-broadcasting": (ORANGE, "^"),
    "predictive-coding": (GREEN, "d"),
    "incremental-predictive-coding": (TEAL, "D"),
    "fixed-prediction-coding": (SKY, "s"),
    "zero-divergence-learning": (ORANGE, "s"),
    "relaxed-predictive-coding": (INDIGO, "P"),
    "generative-predictive-coding": (GREEN, "h"),
    "equilibrium-propagation": (VERMILLION, "o"),
    "holomorphic-equilibrium-propagation": (WINE, "^"),
    "continual-equilibrium-propagation": (ROSE, "D"),
    "vector-field-equilibrium-propagation": (BROWN, "v"),
    "contrastive-hebbian": (PURPLE, "o"),
    "random-contrastive-hebbian": (MAGENTA, "s"),
    "dual-propagation": (BLUE, "h"),
    "self-predicting-microcircuit": (OLIVE, "X"),
    "dendritic-microcircuit": (BROWN, "P"),
    "diehl-cook": (PURPLE, "D"),
    "hebb": (BROWN, "o"),
    "oja": (SKY, "D"),
    "sanger": (BLUE, "D"),
    "bcm": (OLIVE, "o"),
    "krotov-hopfield": (BROWN, "D"),
    "soft-hebb": (MAGENTA, "o"),
    "sparse-coding": (GREEN, "o"),
    "independent-components": (INDIGO, "o"),
    "fixed-features": (GREY, "D"),
    "column-ei": (ORANGE, "o"),
    "dann": (TEAL, "o"),
    "s2-stdp": (GREEN, "<"),
    "paired-competing-neurons": (SKY, ">"),
    "neuronal-competition-groups": (WINE, "h"),
    "first-spike-stdp": (TEAL, ">"),
    "first-spike-reward-stdp": (ORANGE, ">"),
    "event-driven-feedback": (ROSE, "s"),
    "kinase": (INDIGO, "d"),
    "urbanczik-senn": (BROWN, "s"),
    "reward-stdp": (OLIVE, "p"),
    "mstdpet": (MAGENTA, "d"),
    "target-propagation": (INDIGO, "^"),
    "difference-target-propagation": (TEAL, "^"),
    "simplified-difference-target-propagation": (ROSE, "^"),
    "fixed-weight-difference-target-propagation": (OLIVE, "^"),
    "direct-difference-target-propagation": (MAGENTA, "^"),
    "difference-reconstruction": (BROWN, "^"),
    "local-difference-reconstruction": (WINE, "v"),
    "layerwise-classifiers": (MAGENTA, "D"),
    "fixed-classifiers": (VERMILLION, "X"),
    "blocks-backprop": (BLACK, "p"),
    "greedy-classifiers": (BLUE, "p"),
    "local-similarity": (PURPLE, "h"),
    "predsim": (VERMILLION, "s"),
    "kernelised-bottleneck": (ORANGE, "p"),
    "classwise-competition": (TEAL, "p"),
    "self-contrastive": (WINE, "p"),
    "deep-feedback-control": (TEAL, "P"),
    "steady-feedback-control": (OLIVE, "P"),
    "strong-feedback-control": (WINE, "P"),
    "least-control": (ROSE, "P"),
    "gait-prop": (INDIGO, "X"),
    "counter-current-learning": (MAGENTA, "P"),
    "burst-ccn": (TEAL, "X"),
    "burstprop": (ROSE, "X"),
    "segregated-dendrites": (MAGENTA, "X"),
    "product-feedback-alignment": (MAGENTA, "v"),
    "error-broadcast-decorrelation": (TEAL, "<"),
    "activation-relaxation": (WINE, "D"),
    "error-predictive-coding": (OLIVE, "h"),
    "augmented-predictive-coding": (ROSE, "h"),
    "asymmetric-equilibrium-propagation": (MAGENTA, "h"),
    "adjoint-dual-propagation": (INDIGO, "h"),
    "weight-perturbation": (BROWN, "*"),
    "node-perturbation": (WINE, "*"),
    "activity-perturbation": (TEAL, "*"),
    "forward-gradient": (INDIGO, "*"),
    "brainprop": (ROSE, "*"),
    "agrel": (MAGENTA, "*"),
    "reinforce": (OLIVE, "*"),
    "exploratory-hebb": (VERMILLION, "*"),
    "supralinear-hebb": (BLUE, "*"),
    "bandit": (ORANGE, "*"),
    "decorrelated": (PURPLE, "X"),
}
COLOURS = (GREEN, PURPLE, ORANGE, SKY, BLUE, VERMILLION, BLACK, GREY)
MARKERS = (
    *("D", "P", "X", "*", "o", "^", "v", "s", "<", ">", "p", "h", "d", "1", "+", "x"),
    *("H", "8", "2", "3", "4", ".", "|", "_"),
)
DASHES = ("-", "--", ":", "-.")  # of one rule under several options
MOST = 130  # rules in one figure, each with a look of its own; a legend of more is not read by anybody


def pool(first: Iterable[Look]) -> list[Look]:
    """The looks named first, and then all others that no rule has for its own."""
    others = (
        (COLOURS[(i + j) % len(COLOURS)], MARKERS[i])
        for i, j in product(range(len(MARKERS)), range(len(COLOURS)))
    )
    return [*dict.fromkeys([*first, *(look for look in others if look not in STYLES.values())])]


OTHERS = pool(
    [(GREEN, "D"), (PURPLE, "P"), (ORANGE, "X"), (SKY, "*")]
)  # of what is no rule, and of rules without a look


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
    characters: Mapping[int, int] = font_manager.get_font(font_manager.findfont(FONT)).get_charmap()
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


TICKS = {
    "labelsize": 6,
    "major.size": 2,
    "minor.size": 1.2,
    "major.width": 0.5,
    "minor.width": 0.4,
    "major.pad": 2,
}
SHEET: Any = {
    **dict(defaults()),
    "font.family": FONT,
    "font.size": 6.5,
    "axes.titlesize": 7,
    "axes.titlepad": 3,
    "axes.titlelocation": "left",
    "axes.labelsize": 6.5,
    "axes.labelpad": 2,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.4,
    "lines.linewidth": 0.9,
    "lines.markersize": 2.5,
    "lines.markeredgewidth": 0.6,
    "errorbar.capsize": 1.5,
    "patch.linewidth": 0.5,
    **{f"{axis}tick.{what}": size for axis in "xy" for what, size in TICKS.items()},
    "legend.frameon": False,
    "legend.fontsize": 6,
    "legend.title_fontsize": 6,
    "legend.handlelength": 1.8,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.0,
    "legend.labelspacing": 0.25,
    "legend.borderpad": 0.2,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
    "figure.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "plausible",
    "pdf.fonttype": 42,  # TrueType: journals refuse Type 3
    "ps.fonttype": 42,
}
