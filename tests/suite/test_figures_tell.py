"""Figures tell what one sees in them: marks that differ, numbers that are not hidden, titles that leave out nothing.

Oracle: the tables themselves, and numbers chosen here.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from plausible.plotting import committed
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import STYLES
from plausible.registry.files import from_file
from tests.suite.drawings import ROOT, drawing
from tests.suite.tiny import tiny

TABLES = ROOT / "studies" / "tables"


def of(name: str, what: str) -> object:
    """Something of a figure's file."""
    return from_file(str(ROOT / "figures" / f"{name}.py"), what)


def title(name: str) -> str:
    """The title of a figure, in one line."""
    return " ".join(drawing(name).figure.get_suptitle().split())


@pytest.mark.parametrize(("highest", "scale"), [(2.0, "linear"), (20.0, "log")])
def test_an_axis_is_logarithmic_where_one_can_see_that_it_is(highest: float, scale: str) -> None:
    axes = Figure().subplots()
    axes.plot([0, 1, 2], [1.0, 1.5, highest])
    logarithmic(axes)
    assert axes.get_yscale() == scale
    assert len(axes.get_yticks()) >= 3


def test_rules_of_local_losses_differ_in_their_marks() -> None:
    labels = of("noekland2019", "LABELS")
    assert isinstance(labels, dict)
    marks = [STYLES[rule][1] for rule in labels]
    assert len({*marks}) == len(marks) == 4


def test_what_is_no_rule_has_no_colour_of_a_rule_that_stands_beside_it() -> None:
    figure = committed.of_table("textbook", tiny("textbook")).figure
    lines = [line for axes in figure.axes for line in axes.lines if not str(line.get_label()).startswith("_")]
    colours = {str(line.get_label()): to_hex(line.get_color()) for line in lines}
    rules = {colour for name, colour in colours.items() if name in STYLES}
    assert len(rules) == 4
    assert not rules & {colour for name, colour in colours.items() if name not in STYLES}
    ways = [str(line.get_label()) for line in figure.axes[0].lines]
    assert ways[-1] == "slow"  # it is short, and stays where the others start: they would hide it


def test_the_map_of_update_quality_has_the_mark_of_each_rule_and_numbers_its_columns() -> None:
    figure = committed.of_table("update_quality", tiny("update_quality")).figure
    axes = next(axes for axes in figure.axes if "cosine of changes" in axes.get_title(loc="left"))
    names = [label.get_text() for label in axes.get_yticklabels()]
    look = of("update_quality", "look")
    assert callable(look)
    marks = [(to_hex(line.get_color()), line.get_marker()) for line in axes.lines]
    expected = [look(name.partition(",")[0])[:2] for name in names]
    assert marks == [(to_hex(colour), marker) for colour, marker in expected]
    assert len({*marks}) == len(marks)
    assert [name.rpartition(", ")[2] for name in names] == [f"{n + 1}" for n in range(len(names))]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == [
        f"{n + 1}" for n in range(0, len(names), 2)
    ]


def test_a_rule_under_few_stresses_does_not_head_those_under_all() -> None:
    order = of("stress", "order")
    assert callable(order)
    losses = [("a", "delay", 5.0), ("a", "lost", 3.0), ("a", "asleep", 3.0), ("b", "delay", 0.0)]
    losses += [("c", "delay", 1.0), ("c", "lost", 2.0)]
    assert order(pd.DataFrame(losses, columns=["name", "stress", "lost"])) == ["c", "a", "b"]


def test_the_title_of_local_tells_the_largest_errors_too() -> None:
    drawn = drawing("local").source
    last = drawn[(drawn.metric == "accuracy") & (drawn.depth == drawn.depth.max())]
    worst = 100 * (1 - last.groupby("rule").value.mean().min())
    assert title("local").endswith(f"{worst:.1f} %")


def test_the_least_spiking_rule_is_told_as_the_least() -> None:
    drawn = drawing("spikes_on_tasks").source
    drawn = drawn[(drawn["data"] == "digits[split=seed]") & (drawn.metric == "accuracy")]
    means = drawn.groupby("name").value.mean()
    assert title("spikes_on_tasks").endswith(f"and {means.idxmin()} the least, {means.min():.1f} %")


def test_settings_are_told_in_words() -> None:
    texts = " ".join(one.text for one in drawing("izhikevich2007").texts)
    assert not re.search(r"\w=\w", texts)
    assert "100 synapses of the neuron; 10 minutes" in " ".join(texts.split())


def test_marks_of_as_many_objections_stand_side_by_side() -> None:
    """Neighbours in accuracy have places of their own; the front and numbers of objections stay."""
    beside = of("plausibility_performance", "beside")
    assert callable(beside)
    rules = pd.DataFrame({"rule": [*"abcdefg"], "left": [5.0] * 6 + [6.0], "gap": [*np.arange(6) / 10, 0.0]})
    found = beside(rules, {"c"}).set_index("rule")
    assert found.place["c"] == 5
    assert (abs(found.place - found.left) < 0.5).all()
    others = found.place[found.left == 5].drop("c").to_numpy()
    assert (abs(np.diff(others)) > 0.1).all()


def test_a_number_in_the_matrix_is_0_only_where_none_was_measured() -> None:
    drawn = drawing("plausibility").source
    written = [text for axes in drawing("plausibility").figure.axes for text in axes.texts]
    zeros = sum(text.get_text() == "0" for text in written)
    assert zeros == (drawn.value.abs() < 1e-9).sum()
    assert sum(text.get_text() == ".0" for text in written) == drawn.value.abs().between(1e-9, 0.05).sum() > 0


def test_akrout2019_is_drawn_as_the_released_program_does_it() -> None:
    """Three seeds of the runs that published numbers are held against, on the split of those numbers."""
    table = pd.read_parquet(TABLES / "akrout2019.parquet")
    whole = table[(table.task == "logged") & (table.status == "done")]
    figure = committed.of_table("akrout2019", table).figure
    panels = {axes.get_title(loc="left"): axes for axes in figure.axes}
    ends = whole[whole.epoch == 50]
    accuracy = ends[(ends.metric == "accuracy") & (ends["split"] == "test")]
    for metric, name in (("weight angle", "Feedback and weights"), ("delta angle", "Signal and backprop's")):
        expected = ends[ends.metric == metric].groupby("rule").value.mean()
        assert sorted(last(panels[name])) == pytest.approx(sorted(expected))
    expected = 100 * (1 - accuracy.groupby("rule").value.mean())
    assert sorted(last(panels["Test error"])) == pytest.approx(sorted(expected))
    assert whole.seed.nunique() == 3
    assert "3 seeds" in " ".join(figure.get_supxlabel().split())


def last(axes: Axes) -> list[float]:
    """Where the lines of a panel that have a name end."""
    lines = [line for line in axes.lines if not str(line.get_label()).startswith("_")]
    return [float(np.asarray(line.get_ydata())[-1]) for line in lines]


def test_the_title_of_akrout2019_says_the_opposite_of_the_opposite() -> None:
    table = pd.read_parquet(TABLES / "akrout2019.parquet")
    angle = table.metric == "weight angle"
    other = table.assign(value=table.value.where(~angle, 90 - table.value))
    assert "ends nearer to the weights than fixed feedback" in title("akrout2019")
    turned = " ".join(committed.of_table("akrout2019", other).figure.get_suptitle().split())
    assert "ends no nearer to the weights than fixed feedback" in turned
