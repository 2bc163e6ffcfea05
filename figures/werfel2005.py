"""The time that perturbation needs to learn, beside the theory of [werfel2005]."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, slope
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import whiskers
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import BLACK, BLUE, GREEN, ORANGE, VERMILLION, base
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import ANY, mean_interval

TIME = "learning time"
KINDS = {  # by the beginning of a rule's text: what is perturbed, its look, and d from M and N
    "backprop": ("gradient", BLACK, "o", lambda m, n: 1.0),
    "node-perturbation": ("noise in nodes", BLUE, "s", lambda m, n: n + 2.0),
    "forward-gradient": ("forward gradient, nodes", GREEN, "^", lambda m, n: n + 2.0),
    "weight-perturbation": ("noise in weights", VERMILLION, "D", lambda m, n: m * n + 2.0),
    "forward-gradient[over=weights]": ("forward gradient, weights", ORANGE, "v", lambda m, n: m * n + 2.0),
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: learning times by rule and size, and (M + 2) d, which theory foretells."""
    found = table[(table.metric == TIME) & (table.status == "done")]
    learner, m, n = (option(found, f"rule_{name}") for name in ("rule", "inputs", "outputs"))
    kept = pd.DataFrame(
        {"learner": learner, "m": m, "n": n, "seed": found.seed, "value": found.value}
    ).dropna()
    kept = kept.astype({"m": int, "n": int})
    kind = pd.Series([name if name in KINDS else base(name) for name in kept.learner], kept.index, object)
    theory = [(m + 2) * KINDS[k][3](m, n) for k, m, n in zip(kind, kept.m, kept.n, strict=True)]
    return kept.assign(kind=kind, theory=theory)


def draw(table: pd.DataFrame) -> Figure:
    """Measured learning times against those of theory, a point for each size of network."""
    drawn = source(table)
    with sheet(COLUMN, 2.4) as figure:
        axes = figure.subplots()
        ends = [drawn.theory.min(), drawn.theory.max()] if len(drawn) else [1.0, 10.0]
        axes.plot(ends, ends, color="0.6", lw=0.8, label="theory")
        for kind, (label, colour, marker, _) in KINDS.items():
            sizes = [*drawn[drawn.kind == kind].groupby("theory")]
            around = [mean_interval(one.value.tolist(), bounds=ANY) for _, one in sizes]
            places = [place for place, _ in sizes]
            means = [float(one.value.mean()) for _, one in sizes]
            errors = np.hstack([whiskers(each) for each in around]) if around else None
            if errors is not None and np.isfinite(errors).all():
                axes.errorbar(places, means, errors, fmt="none", ecolor=colour, elinewidth=0.8)
            axes.plot(places, means, ls="", marker=marker, ms=4, color=colour, mfc="none", label=label)
        logarithmic(axes, "x")
        logarithmic(axes, "y")
        axes.set(xlabel="learning time of theory (steps)", ylabel="learning time (steps)")
        seeds = count(drawn.seed.nunique(), "seed")
        caption = f"Linear perceptrons of M inputs and N outputs at their best rates; {seeds}; means, 95 % intervals"
        return finished(figure, finding(drawn), caption, axes)


def finding(drawn: pd.DataFrame) -> str:
    """The powers with which learning times grow."""
    powers = {
        kind: slope(one.theory, one.value) for kind, one in drawn.groupby("kind") if one.theory.nunique() > 2
    }
    if {"node-perturbation", "weight-perturbation"} - {*powers}:
        return INCOMPLETE
    nodes, weights = powers["node-perturbation"], powers["weight-perturbation"]
    return (
        f"Learning time grows as the power {nodes:.2f} of (M + 2)(N + 2) with noise in nodes, and as the power "
        f"{weights:.2f} of (M + 2)(MN + 2) with noise in weights: theory says 1"
    )
