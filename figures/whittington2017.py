"""Predictive coding beside backprop: the distance by the output's variance, XOR and MNIST [whittington2017]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, errors, said, slope
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, seeds, spread
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.columns import option, parts
from plausible.study.statistics import AMOUNT, PERCENT

FORMS = dict(
    zip(("pre", "post"), style(["predictive-coding", "predictive-coding[form=post]"]).values(), strict=True)
)
OUTPUTS = {"relu": " and softmax", "logistic": " and a linear output"}  # of the study; not in the table
DASHES = {"pre": "-", "post": ":"}
CURVES = {"backprop": "-", "predictive-coding": "--"}
LARGE = 100  # variances from it on show the order


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: distances at initial weights, the loss of XOR, and accuracies on MNIST."""
    distance = (table.metric == "gradient distance") & (table.epoch == 0) & option(table, "rule_form").notna()
    xor = (table.task == "xor") & (table.metric == "loss") & (table.split == "train")
    score = (table.metric == "accuracy") & (table.split == "validation") & (table.epoch > 0)
    mnist = (table.task == "mnist") & score
    found = table[(distance | xor | mnist) & (table.status == "done")]
    found = found.assign(variance=option(found, "rule_variance"), form=option(found, "rule_form"))
    return found[
        [
            "task",
            "rule",
            "hidden",
            "seed",
            "epoch",
            "metric",
            "layer",
            "variance",
            "form",
            "value",
            "activation",
            "optimiser",
        ]
    ]


def draw(table: pd.DataFrame) -> Figure:
    """Distance from the gradient by variance, on two logarithmic axes, and the courses of XOR and MNIST.

    Args:
        table: of the study `whittington2017`, in long form.
    """
    drawn = source(table)
    with sheet(COLUMN, 3.0) as figure:
        grid = figure.add_gridspec(2, 2)
        above, left, right = (figure.add_subplot(place) for place in (grid[0, :], grid[1, 0], grid[1, 1]))
        distances = drawn[(drawn.metric == "gradient distance") & (drawn.layer == "W1")]
        draw_distance(above, distances)
        xor, mnist = (drawn[drawn.task == task] for task in ("xor", "mnist"))
        draw_courses(left, xor, AMOUNT)
        left.set(title="XOR, 2-5-1", xlabel="epoch", ylabel="half the squared error")
        draw_courses(right, mnist.assign(value=100 * (1 - mnist.value)), PERCENT)
        (size,) = dict.fromkeys(mnist.hidden.astype(str)) or ("",)
        right.set(title=f"MNIST, 784-{size}-10", xlabel="epoch", ylabel="validation error (%)")
        logarithmic(right)
        counts = mnist.groupby("rule", observed=True).seed.nunique()
        few = (
            f"{counts.min()} to {counts.max()} seeds"
            if counts.nunique() > 1
            else count(mnist.seed.nunique(), "seed")
        )
        top = f"above: {count(distances.seed.nunique(), 'seed')}, thin, and their geometric mean; dashed: slope -1"
        caption = (
            f"{top}; XOR: {count(xor.seed.nunique(), 'seed')}{settings(xor)}; MNIST: {few}{settings(mnist)}; "
            f"{spread(xor.seed.nunique(), *counts)}"
        )
        return finished(figure, finding(distances, mnist), caption, above, right)


def finding(distances: pd.DataFrame, mnist: pd.DataFrame) -> str:
    """With which power of the variance the distance from the gradient falls, and the last errors on MNIST."""
    large = distances[(distances.variance >= LARGE) & (distances.value > 0)]
    power, last = slope(large.variance, large.value), errors(mnist, "validation")
    if pd.isna(power) or not len(last):
        return INCOMPLETE
    told = said(last, " %", {rule: rule.partition("[")[0] for rule in map(str, last.index)})
    return f"The distance from the gradient goes as the output variance to the power {power:.2f}; on MNIST err {told}"


def settings(course: pd.DataFrame) -> str:
    """What was run, as the table has it: units, optimiser and how predictive coding settled."""
    rules = [rule for rule in dict.fromkeys(course.rule) if rule.startswith("predictive-coding")]
    what = [f"{unit} units{OUTPUTS.get(unit, '')}" for unit in dict.fromkeys(course.activation.astype(str))]
    what += [short(optimiser) for optimiser in dict.fromkeys(course.optimiser.astype(str))]
    what += [settled(rule) for rule in rules]
    return "".join(f", {one}" for one in what)


def short(optimiser: str) -> str:
    """Name, rate and momentum; of a cosine's, the rate at its start."""
    options = parts(optimiser)
    name, rate, momentum = (options.get(part) for part in ("name", "rate", "momentum"))
    if options.get("rate_name") == "Cosine":
        return f"{name} from {options['rate_start']} down a cosine"
    return f"{name} at {rate}{f' with momentum {momentum}' if momentum else ''}" if rate else str(name)


def settled(rule: str) -> str:
    """The settling of predictive coding in words, from its options."""
    options = parts(rule)
    most, tolerance = options.get("settling_steps"), options.get("settling_tolerance")
    steps = f"{'up to ' * bool(tolerance)}{most} settling steps of {options['settling_rate']}" if most else ""
    until = f", to {tolerance:g} of the lowest error".replace("e-0", "e-") if tolerance else ""
    return f"predictive coding in {steps}{until}, variance {options.get('variance', 1)}"


def draw_courses(axes: Axes, table: pd.DataFrame, bounds: tuple[float, float]) -> None:
    """Both rules against epochs."""
    for rule, look in style([*CURVES]).items():
        mine = table[table.rule.str.startswith(rule)]
        if len(mine):
            band(axes, mine, *look, rule, line=CURVES[rule], bounds=bounds)
    not_run(axes, table)


def draw_distance(axes: Axes, table: pd.DataFrame) -> None:
    """Both conventions, and the slope that theory gives them."""
    for form, (colour, marker) in FORMS.items():
        mine = table[table.form == form]
        if len(mine):
            seeds(
                axes, mine, colour, marker, f"predictive coding, {form}-activation", "variance", DASHES[form]
            )
            largest = mine[mine.variance == mine.variance.max()]
            level, places = largest.value.median(), sorted(mine.variance.unique())
            line = [level * places[-1] / place for place in places]
            axes.plot(places, line, color="black", linewidth=0.5, linestyle="--")
    axes.set(title="Distance of W1's change from the gradient", xlabel="variance of the output")
    axes.set(ylabel="relative distance")
    logarithmic(axes, "x")
    logarithmic(axes)
    not_run(axes, table)
