"""What changes of each rule are worth: bias, spread, alignment, descent, and how alike they are on one trajectory."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, NOTHING_YET, listed
from plausible.plotting.frame import COLUMN, SMALL, finished, panels, sheet, stacked
from plausible.plotting.panels import FEW, not_run, whiskers
from plausible.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION, base
from plausible.printing.words import count
from plausible.study.statistics import ANY, DEGREES, mean_interval

SHOWN = {  # by metric, what stands at the axis
    "update spread": "spread / length",
    "target alignment": "target alignment",
    "loss decrease share": "descent / gradient's",
}
ANGLE, COSINE, SHARE = "bias angle", "update cosine", "loss decrease share"
FIRST = "bias angle of W1"
STEEPEST = 1.05  # times the descent of the gradient: a short step brings no more than that
FAMILIES = {  # by what carries errors back; a rule's marker is its own
    "weights": (BLACK, ("backprop",)),
    "weights, by settling": (
        BLUE,
        (
            "dual-propagation",
            "fixed-prediction-coding",
            "predictive-coding",
            "equilibrium-propagation",
            "contrastive-hebbian",
        ),
    ),
    "feedback that learns": (GREEN, ("kolen-pollack", "weight-mirror", "symmetric-alignment")),
    "signs of weights": (ORANGE, ("uniform-sign-feedback", "batchwise-random-sign-feedback")),
    "random feedback": (
        VERMILLION,
        (
            "feedback-alignment",
            "relaxed-predictive-coding",
            "self-predicting-microcircuit",
            "random-contrastive-hebbian",
            "direct-feedback-alignment",
        ),
    ),
    "nothing": (PURPLE, ("direct-random-target-projection", "pepita", "forward-forward")),
}
MARKERS = "osD^v"
MOVED, FIXED = "weight-mirror", "feedback-alignment"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: of all weights together, and the cosines of the first layer's changes."""
    done = table[table.status == "done"]
    layer = done.layer.astype(str)
    whole = done.metric.isin([ANGLE, *SHOWN]) & (layer == "")
    first = (done.metric == ANGLE) & (layer == "W1")
    pairs = (done.metric == COSINE) & layer.str.startswith("W1: ")
    found = done[whole | first | pairs]
    found = found.assign(metric=np.where(first[whole | first | pairs], FIRST, found.metric.astype(str)))
    apart = found.layer.astype(str).str.removeprefix("W1: ").str.split(" | ", regex=False, expand=True)
    return found.assign(
        rule=[base(rule) for rule in found.rule.astype(str)],
        one=[base(name) if isinstance(name, str) else "" for name in apart.get(0, [])],
        other=[base(name) if isinstance(name, str) else "" for name in apart.get(1, [None] * len(found))],
    )[["rule", "one", "other", "seed", "epoch", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Spread, target alignment and descent against bias, at three moments, and cosines of changes as a map.

    Args:
        table: of the study `update_quality`, in long form.
    """
    drawn = source(table)
    alone = drawn[drawn.metric != COSINE]
    epochs = sorted(alone.epoch.unique()) or [0.0]
    rules = list(dict.fromkeys(alone.rule))
    with sheet(COLUMN, 5.6) as figure:
        above, below = stacked(figure, 3, 2.4)
        grid = panels(above, len(SHOWN), len(epochs))
        for place, axes in enumerate(grid):
            if place % len(epochs):
                axes.sharey(grid[place - place % len(epochs)])
            if place:
                axes.sharex(grid[0])
        for row, (metric, name) in enumerate(SHOWN.items()):
            for column, epoch in enumerate(epochs):
                axes = grid[row * len(epochs) + column]
                at = alone[alone.epoch == epoch]
                scatter(axes, at, metric, rules)
                if column:
                    axes.tick_params(labelleft=False)
                else:
                    axes.set_ylabel(name)
                if row < len(SHOWN) - 1:
                    axes.tick_params(labelbottom=False)
                else:
                    axes.set_xlabel("bias angle, degrees")
                if not row:
                    axes.set_title(f"epoch {epoch:g}")
        (map_axes,) = panels(below, 1, 1)
        draw_map(map_axes, drawn[drawn.metric == COSINE])
        return finished(figure, finding(drawn), caption(drawn), *grid)


def scatter(axes: Axes, table: pd.DataFrame, metric: str, rules: list[str]) -> None:
    """A metric against the bias angle, a mark with its intervals for each rule."""
    for rule in rules:
        mine = table[table.rule == rule]
        x, y = (mine[mine.metric == name].set_index("seed").value.dropna() for name in (ANGLE, metric))
        if not len(x) or not len(y) or (metric == SHARE and rule in steeper(table)):
            continue
        colour, marker, family = look(rule)
        across, up = mean_interval(x.to_numpy(), DEGREES), mean_interval(y.to_numpy(), ANY)
        bars = {"xerr": whiskers(across), "yerr": whiskers(up)} if len(x) >= FEW else {}
        axes.errorbar(
            across.estimate,
            up.estimate,
            fmt=marker,
            color=colour,
            label=family,
            elinewidth=0.4,
            capsize=0,
            zorder=3 if rule == "backprop" else 2,
            **bars,
        )
    if metric == SHARE:
        angles = np.linspace(0, 90, 50)
        axes.plot(
            angles, np.cos(np.radians(angles)), "--", color=BLACK, linewidth=0.5, label="cosine of the angle"
        )
    axes.set_xticks([0, 30, 60, 90])
    not_run(axes, table)


def look(rule: str) -> tuple[str, str, str]:
    """A rule's colour, which is that of its family, its marker, and its family."""
    for family, (colour, members) in FAMILIES.items():
        if rule in members:
            return colour, MARKERS[members.index(rule)], family
    return GREY, MARKERS[0], "others"


def steeper(table: pd.DataFrame) -> list[str]:
    """The rules with more descent than a gradient has: what they are held against is none of the answers they give."""
    shares = table[table.metric == SHARE].groupby(["rule", "epoch"], sort=False).value.mean()
    return list(dict.fromkeys(rule for rule, _ in shares[shares > STEEPEST].index))


def draw_map(axes: Axes, table: pd.DataFrame) -> None:
    """Cosines of the changes of every two rules: before learning below the diagonal, at the end above it."""
    rules = list(dict.fromkeys([*table.one, *table.other]))
    axes.grid(visible=False)
    if not rules:
        not_run(axes, table)
        return
    first, last = table.epoch.min(), table.epoch.max()
    cells = np.eye(len(rules))
    for (one, other, epoch), values in table.groupby(["one", "other", "epoch"], sort=False).value:
        i, j = rules.index(one), rules.index(other)
        if epoch == last:
            cells[i, j] = values.mean()
        if epoch == first:
            cells[j, i] = values.mean()
    image = axes.imshow(cells, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    axes.set_yticks(range(len(rules)), [f"{rule}, {n}" for n, rule in enumerate(rules, 1)])
    for place, (tick, rule) in enumerate(zip(axes.get_yticklabels(), rules, strict=True)):
        colour, marker, _ = look(rule)
        tick.set_color(colour)
        axes.plot([-1.0], [place], marker, color=colour, clip_on=False)
    axes.set_xlim(-1.5, len(rules) - 0.5)
    axes.set_xticks(range(0, len(rules), 2), [f"{number}" for number in range(1, len(rules) + 1, 2)])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("the same rules, by number")
    axes.set_title("cosine of changes of W1")
    axes.figure.colorbar(image, ax=axes, ticks=[-1, 0, 1], pad=0.02, aspect=30).ax.tick_params(
        labelsize=SMALL
    )


def at_the_end(drawn: pd.DataFrame, rule: str) -> tuple[float, float]:
    """The cosine of a rule's changes of the first layer to the gradient, where weights follow that, and at its own."""
    pairs = drawn[(drawn.metric == COSINE) & (drawn.one == "backprop") & (drawn.other == rule)]
    alone = drawn[(drawn.metric == FIRST) & (drawn.rule == rule)]
    along, own = (part[part.epoch == part.epoch.max()].value.mean() for part in (pairs, alone))
    return float(along), float(np.cos(np.radians(own)))


def finding(drawn: pd.DataFrame) -> str:
    """How near fixed and learned feedback come to the gradient, at weights of their own and at backpropagation's."""
    if not len(drawn):
        return NOTHING_YET
    fixed, moved = at_the_end(drawn, FIXED), at_the_end(drawn, MOVED)
    if not np.isfinite([*fixed, *moved]).all():
        return INCOMPLETE
    return (
        f"Fixed feedback comes near the gradient at weights that learned from it alone: cosine {fixed[1]:.2f} there, "
        f"{fixed[0]:.2f} at backprop's; a weight mirror anywhere: {moved[1]:.2f} and {moved[0]:.2f}"
    )


def caption(drawn: pd.DataFrame) -> str:
    """How many seeds, what each panel is, and what is left out."""
    seeds = count(drawn.seed.nunique(), "seed")
    last, first = drawn.epoch.max(), drawn.epoch.min()
    bars = "bars: 95 % intervals of means" if drawn.seed.nunique() >= FEW else "means"
    above = steeper(drawn)
    left = f"; left out of descent, as they take more than the gradient: {listed(above)}" if above else ""
    return (
        f"digits, {seeds}, {bars}; colours, and names in the map: what carries errors back; shapes: beside the "
        "names; bias angle: of the mean change over batches of 20 to the gradient, all weights; spread: of these "
        f"changes about their mean, in its length; forward-forward has no gradient to be held against{left}; title: "
        f"first layer; map: weights follow backprop, below the diagonal at epoch {first:g}, above it at epoch "
        f"{last:g}"
    )
