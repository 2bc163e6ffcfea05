"""How alike layers of different rules are, over training and at matched accuracy, and whether that tells the rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, NOTHING_YET, between, listed
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import FEW, not_run
from plausible.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION, base
from plausible.printing.words import count
from plausible.study.statistics import ANY, SHARE, Bounds, mean_interval

KINDS = {  # of pairs of networks
    "same rule": (BLACK, "o"),
    "same start": (ORANGE, "s"),
    "other rule": (BLUE, "^"),
}
MEASURES = {"linear CKA": (VERMILLION, "D"), "RSA": (PURPLE, "P"), "Procrustes angle": (GREEN, "X")}
ACCURACY = "recovered by accuracy"
MAPPED = "linear CKA"
RULES = "rules"
MATCHED = "accuracy 0.9"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: all but accuracies, with moment, layer and pair of rules apart."""
    done = table[(table.status == "done") & (table.metric != "accuracy")]
    texts = done.layer.astype(str)
    apart = pd.DataFrame([told(text) for text in texts], done.index, ["moment", "layer", "one", "other"])
    return pd.concat([done[["seed", "epoch", "metric", "value"]], apart], axis=1)


def told(text: str) -> dict[str, str]:
    """Of a text such as `accuracy 0.9, layer 1: backprop | pepita` the moment, the layer and the pair of rules."""
    head, _, pair = text.partition(": ")
    moment, _, layer = head.partition(", layer ")
    one, _, other = pair.partition(" | ")
    return {"moment": moment, "layer": layer, "one": base(one), "other": base(other)}


def draw(table: pd.DataFrame) -> Figure:
    """Similarity of pairs of networks by moment, how often the rule is recovered, and both as maps of rules.

    Args:
        table: of the study `similarity`, in long form.
    """
    drawn = source(table)
    moments = ordered(drawn.moment)
    layers = sorted({*drawn.layer} - {""}) or ["1"]
    with sheet(COLUMN, 6.1) as figure:
        above, below = stacked(figure, 4, 1.9)
        grid = panels(above, len(MEASURES) + 1, len(layers))
        for place, axes in enumerate(grid):
            if place % len(layers):
                axes.sharey(grid[place - place % len(layers)])
        for place, axes in enumerate(grid):
            row, column = divmod(place, len(layers))
            mine = drawn[drawn.layer == layers[column]]
            if row < len(MEASURES):
                measure = [*MEASURES][row]
                for kind, look in KINDS.items():
                    line(axes, mine[mine.metric == f"{measure}, {kind}"], moments, look, kind)
            else:
                draw_recovered(axes, drawn, mine, moments)
            if not row:
                axes.set_title(f"layer {layers[column]}")
            axes.set_xticks(range(len(moments)), [short(moment).removesuffix(" %") for moment in moments])
            axes.tick_params(labelbottom=row == len(MEASURES), labelleft=not column)
            if not column:
                axes.set_ylabel([*MEASURES, "recovered"][row])
            if row == len(MEASURES):
                axes.set_xlabel("epoch, or accuracy (%)")
            not_run(axes, mine)
        maps(panels(below, 1, 2), drawn, moments, layers[-1])
        return finished(figure, finding(drawn, moments, layers), caption(drawn, moments), grid[0], grid[-1])


def ordered(moments: pd.Series[str]) -> list[str]:
    """Epochs in order, then accuracies in order."""
    return sorted({*moments}, key=lambda moment: (moment.split()[0] != "epoch", float(moment.split()[1])))


def short(moment: str) -> str:
    """A moment in a title."""
    kind, number = moment.split()
    return number if kind == "epoch" else f"{100 * float(number):.0f} %"


def line(
    axes: Axes,
    table: pd.DataFrame,
    moments: list[str],
    look: tuple[str, str],
    name: str,
    bounds: Bounds = ANY,
) -> None:
    """Means over cells by moment, with their intervals; epochs are joined by a line, and so are accuracies."""
    colour, marker = look
    at = [
        (n, moment, table[table.moment == moment].value.dropna().to_numpy())
        for n, moment in enumerate(moments)
    ]
    for kind, label in (("epoch", name), ("accuracy", None)):
        found = [
            (n, mean_interval(values, bounds))
            for n, moment, values in at
            if moment.startswith(kind) and len(values)
        ]
        if found:
            places, means = [n for n, _ in found], [one.estimate for _, one in found]
            axes.plot(places, means, color=colour, marker=marker, label=label)
            if found[0][1].n >= FEW:
                low, high = ([getattr(one, end) for _, one in found] for end in ("low", "high"))
                axes.fill_between(places, low, high, color=colour, alpha=0.2, linewidth=0)


def draw_recovered(axes: Axes, drawn: pd.DataFrame, mine: pd.DataFrame, moments: list[str]) -> None:
    """How often the rule of a network is named, by each measure, with chance."""
    for measure, look in MEASURES.items():
        line(axes, mine[mine.metric == f"recovered by {measure}"], moments, look, measure, SHARE)
    line(axes, drawn[drawn.metric == ACCURACY], moments, (GREY, "o"), "accuracy", SHARE)
    by_chance = 1 / drawn[drawn.metric == RULES].groupby("moment").value.mean()
    for kind, label in (("epoch", "chance"), ("accuracy", None)):
        places = [n for n, moment in enumerate(moments) if moment.startswith(kind) and moment in by_chance]
        axes.plot(places, [by_chance[moments[n]] for n in places], ":", color=BLACK, label=label)


def maps(panels: list[Axes], drawn: pd.DataFrame, moments: list[str], layer: str) -> None:
    """Pairs of rules at matched accuracy, and as which rule networks are named after the last epoch; by linear CKA."""
    pairs = drawn[(drawn.metric == MAPPED) & (drawn.layer == layer)]
    matched = [moment for moment in ordered(pairs.moment) if moment.startswith("accuracy")][:1]
    last = [moment for moment in moments if moment.startswith("epoch")][-1:]
    named = drawn[(drawn.metric == "named") & (drawn.layer == layer) & drawn.moment.isin(last)]
    rules = list(dict.fromkeys(drawn[drawn.one != ""].one))
    alike = cells(pairs[pairs.moment.isin(matched)], rules)
    alike = np.where(np.isnan(alike), alike.T, alike)
    counts = np.nan_to_num(cells(named, rules, total=True))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for axes, values, title in (
        (panels[0], alike, f"CKA at {short(matched[0])}" if matched else "CKA"),
        (panels[1], shares, "named as"),
    ):
        axes.grid(visible=False)
        axes.set_title(title)
        if not len(rules) or not np.isfinite(values).any():
            axes.set(xticks=[], yticks=[])
            not_run(axes, drawn[:0])
            continue
        image = axes.imshow(values, cmap="viridis", aspect="auto", vmax=1 if axes is panels[1] else None)
        axes.set_xticks([])
        axes.set_yticks(range(len(rules)), rules if axes is panels[0] else [])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        if axes is panels[0]:
            axes.figure.colorbar(image, ax=axes, pad=0.03, aspect=20)


def cells(table: pd.DataFrame, rules: list[str], total: bool = False) -> np.ndarray:
    """Means, or sums, of values by the two rules of a pair, (rules, rules); NaN where there is none."""
    found = table.groupby(["one", "other"]).value.agg("sum" if total else "mean").unstack()
    return (
        found.reindex(index=rules, columns=rules).to_numpy(float)
        if len(found)
        else np.full((len(rules),) * 2, np.nan)
    )


def finding(drawn: pd.DataFrame, moments: list[str], layers: list[str]) -> str:
    """How often each layer tells the rule of a network at matched accuracy, and the similarities that this rests on."""
    matched = [moment for moment in moments if moment == MATCHED]
    if not len(drawn):
        return NOTHING_YET
    here = drawn[drawn.moment.isin(matched)]
    means = here[here.layer.isin(layers)].groupby(["layer", "metric"], observed=True).value.mean()
    named = means.reindex(pd.MultiIndex.from_product([layers, [f"recovered by {one}" for one in MEASURES]]))
    alike = means.reindex([(layers[-1], f"{MAPPED}, {kind}") for kind in KINDS])
    by_chance = here[here.metric == RULES].value.mean()
    if not (named.notna().all() and alike.notna().all() and np.isfinite(by_chance)):
        return INCOMPLETE
    told = [f"layer {layer} in {between(100 * values, '.0f')} %" for layer, values in named.groupby(level=0)]
    of_rule, of_start, of_neither = (f"{value:.2f}" for value in alike)
    return (
        f"At {short(MATCHED)} accuracy the rule of a network is named by {listed(told)} of cases (chance "
        f"{100 / by_chance:.0f} %): CKA of layer {layers[-1]} is {of_rule} within a rule, {of_start} between rules "
        f"from one start, {of_neither} from two"
    )


def caption(drawn: pd.DataFrame, moments: list[str]) -> str:
    """What the lines are, how many cells there are, and how many rules."""
    n = drawn.seed.nunique()
    bands = "bands: 95 % intervals of means over cells" if n >= FEW else "means over cells"
    rules = drawn[drawn.metric == RULES].value
    several = f"{between(rules, '.0f')} rules" if len(rules) else "no rules"
    return (
        f"digits, {count(n, 'cell')} of {several} from three starts each, {bands}; same rule: two starts, the ceiling; "
        "same start: two rules; other rule: neither; Procrustes: smaller is more alike; recovered: the most similar of "
        "networks from other starts is of the right rule; maps: upper layer, rows are rules of networks, columns the "
        "same rules in order; named: from never, dark, to always, yellow, by CKA at the last epoch"
    )
