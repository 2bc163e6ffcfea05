"""Event-driven random feedback, after [neftci2017]: test accuracy by examples seen, beside rate networks."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import STYLES, style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT

NAME = "event-driven feedback"
TASKS = {"digits": "Digits", "mnist": "MNIST"}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: one hidden layer, on digits and on MNIST."""
    accuracy = (table.metric == "accuracy") & (table.split == "test")
    work = table.metric.isin(["events per example", "spikes per example", "multiply-adds per example"])
    found = table[(accuracy | work) & (table.status == "done")].copy()
    spiking = option(found, "rule_hidden").notna()
    found["data"] = option(found, "rule_task").where(spiking, found.task)
    found = found[found.data.isin(TASKS) & (option(found, "rule_layers").fillna(1) == 1)]
    spiking = option(found, "rule_hidden").notna()
    found["name"] = found.rule.astype(str).where(~spiking, NAME)
    found["seen"] = found.epoch.where(spiking, found.examples)
    found["value"] = found.value.where(found.metric != "accuracy", 100 * found.value)
    return found[["data", "name", "seed", "seen", "metric", "split", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Test accuracy of spikes and of rates by the examples that were seen.

    Args:
        table: of the study `neftci2017`, in long form.
    """
    table = source(table)
    with sheet(COLUMN, 2.4) as figure:
        scores = table[(table.metric == "accuracy") & (table.seen > 0)]
        looks = {NAME: STYLES["event-driven-feedback"]}
        looks |= style([name for name in dict.fromkeys(scores.name) if name != NAME])
        panels = figure.subplots(1, 2)
        for axes, (data, title) in zip(panels, TASKS.items(), strict=True):
            mine = scores[scores.data == data]
            for name, (colour, marker) in looks.items():
                part = mine[mine.name == name]
                if len(part):
                    band(axes, part, colour, marker, name, against="seen", bounds=PERCENT)
            axes.set(xlabel="examples seen", title=title)
            logarithmic(axes, "x", 3)
            not_run(axes, mine)
        panels[0].set_ylabel("test accuracy (%)")
        mine = table[(table.name == NAME) & (table.data == "digits")]
        work = {metric: float(part.value.mean()) for metric, part in mine.groupby("metric", observed=True)}
        cost = ", ".join(
            f"{work[f'{what} per example']:,.0f} {words}"
            for what, words in (("spikes", "spikes"), ("events", "synaptic events"))
            if f"{what} per example" in work
        )
        seeds = scores.seed.nunique()
        caption = (
            f"{count(seeds, 'seed')}; {spread(seeds)}; 100 hidden units; spikes: constants of this suite, chosen with "
            "validation examples of digits in sight; networks of rates by their tasks' default recipes, not tuned; "
            f"MNIST: a reduced setting, four passes; a digit takes 100 ms and {cost} where it is learned"
        )
        return finished(figure, finding(scores), caption, *panels)


def finding(scores: pd.DataFrame) -> str:
    """The last test accuracies of spikes, of the same network of rates, and of one without hidden learning."""
    digits, mnist = (means(scores[scores.data == data]) for data in TASKS)
    if not {NAME, "backprop", "shallow"} <= digits.keys():
        return INCOMPLETE
    of = {f"{digits[NAME]:.1f} % of digits": digits}
    if {NAME, "backprop"} <= mnist.keys():
        of[f"{mnist[NAME]:.1f} % of MNIST"] = mnist
    beside = listed([f"{each['backprop']:.1f} %" for each in of.values()])
    return (
        f"Spikes of error neurons teach {listed([*of])}, where backprop, untuned, comes to {beside}; a read-out alone "
        f"tells {digits['shallow']:.1f} % of digits"
    )


def means(scores: pd.DataFrame) -> dict[str, float]:
    """The last test accuracy by name."""
    return {
        str(name): float(part[part.seen == part.seen.max()].value.mean())
        for name, part in scores.groupby("name", observed=True)
    }
