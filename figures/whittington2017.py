"""Predictive coding beside backprop: the distance by the output's variance, XOR and MNIST [whittington2017]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band, logarithmic, not_run, seeds
from plausible.printing.words import count
from plausible.study.columns import option, parts
from plausible.study.statistics import AMOUNT, PERCENT

FORMS = {"pre": ("#0072B2", "o"), "post": ("#D55E00", "^")}
OUTPUTS = {"relu": " and softmax", "logistic": " and a linear output"}  # of the study; not in the table
CURVES = {"backprop": ("#000000", "o", "-"), "predictive-coding": ("#009E73", "^", "--")}


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
    with sheet(11.5, 3.6) as figure:
        left, middle, right = figure.subplots(1, 3)
        draw_distance(left, drawn[(drawn.metric == "gradient distance") & (drawn.layer == "W1")])
        xor, mnist = (drawn[drawn.task == task] for task in ("xor", "mnist"))
        draw_courses(middle, xor, AMOUNT)
        middle.set(title="XOR, 2-5-1", xlabel="epoch", ylabel="half the squared error")
        draw_courses(right, mnist.assign(value=100 * (1 - mnist.value)), PERCENT)
        (size,) = dict.fromkeys(mnist.hidden.astype(str)) or ("",)
        right.set(title=f"MNIST, 784-{size}-10", xlabel="epoch", ylabel="validation error (%)")
        if len(mnist):
            logarithmic(right)
            right.set_ylim(1, 10)
        distances = drawn[drawn.form.notna()]
        note = f"left: {count(distances.seed.nunique(), 'seed')}, thin, and their geometric mean; dashed: slope -1"
        counts = mnist.groupby("rule", observed=True).seed.nunique()
        few = (
            f"{counts.min()} to {counts.max()} seeds"
            if counts.nunique() > 1
            else count(mnist.seed.nunique(), "seed")
        )
        return captioned(
            figure,
            f"{note}; XOR: {count(xor.seed.nunique(), 'seed')}{settings(xor)}\n"
            f"MNIST: {few}{settings(mnist)}; bands: 95 % interval of the mean",
        )


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
    for rule, (colour, marker, line) in CURVES.items():
        mine = table[table.rule.str.startswith(rule)]
        if len(mine):
            band(axes, mine, colour, marker, rule, line=line, bounds=bounds)
    not_run(axes, table)
    if len(table):
        axes.legend(fontsize=7)


def draw_distance(axes: Axes, table: pd.DataFrame) -> None:
    """Both conventions, and the slope that theory gives them."""
    for form, (colour, marker) in FORMS.items():
        mine = table[table.form == form]
        if len(mine):
            seeds(axes, mine, colour, marker, f"{form}-activation", against="variance")
            largest = mine[mine.variance == mine.variance.max()]
            level, places = largest.value.median(), sorted(mine.variance.unique())
            line = [level * places[-1] / place for place in places]
            axes.plot(places, line, color="black", linewidth=0.8, linestyle="--")
    axes.set(title="Distance of W1's change from the gradient", xlabel="variance of the output")
    axes.set(ylabel="relative distance", xscale="log", yscale="log")
    if len(table):
        axes.legend(fontsize=7)
