"""What figures say is so: lines that somebody walked, bins that are there, titles that name what is missing.

Oracle: the tables themselves; geometry.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from plausible.plotting import committed
from plausible.plotting.findings import INCOMPLETE, NO_REFERENCE, NOTHING_YET
from plausible.plotting.frame import COLUMN, PAGE, finished, sheet
from plausible.plotting.maps import heat
from plausible.plotting.panels import seeds
from plausible.registry.files import from_file
from plausible.study import run
from plausible.study.columns import option
from plausible.study.study import find
from tests.suite.drawings import ROOT, drawing
from tests.suite.tiny import tiny

WITHOUT = NO_REFERENCE.format("Backprop")


def lines(figure: Figure, panel: int) -> dict[str, np.ndarray]:
    """The lines of a panel by their names, (points, 2) each."""
    return {str(line.get_label()): np.asarray(line.get_xydata(), float) for line in figure.axes[panel].lines}


def test_every_line_in_the_ravine_lies_on_a_step_that_was_taken() -> None:
    """Each piece that is drawn lies on the straight line between two neighbouring steps of the table."""
    table = tiny("textbook")
    every = lines(committed.of_table("textbook", table).figure, 0)
    mine = table[(table.task == "ravine") & table.metric.isin(["along", "across"])]
    for name in ("slow", "fast", "too fast", "momentum"):
        way = mine[mine.layer == name].pivot_table("value", "epoch", "metric", observed=True)
        places = way[["along", "across"]].to_numpy()[:25]
        drawn = every[name]
        pieces = [(a, b) for a, b in pairwise(drawn) if np.isfinite([a, b]).all()]
        assert pieces
        for ends in pieces:
            assert any(
                all(distance(point, one, two) < 1e-6 for point in ends) for one, two in pairwise(places)
            ), (name, ends)
    assert len(every["momentum"]) == 25  # none of it is left out


def distance(point: np.ndarray, one: np.ndarray, two: np.ndarray) -> float:
    """How far a point lies from the straight line between two others."""
    share = np.clip((point - one) @ (two - one) / ((two - one) @ (two - one)), 0, 1)
    return float(np.linalg.norm(point - one - share * (two - one)))


def test_a_way_is_cut_where_it_leaves_the_frame() -> None:
    """By hand: up through the whole frame, back into it, one place unknown, one step out and no way back."""
    figure = str(ROOT / "figures" / "textbook.py")
    cut, frame = from_file(figure, "cut"), from_file(figure, "FRAME")
    low, high = frame[1]
    way = np.array(
        [[0.5, 2 * low], [0.5, 2 * high], [0.5, 0], [np.nan, 0], [0.1, 0], [0.1, 2 * low], [0.1, 9 * low]]
    )
    points, places = cut(way)
    gap = [np.nan, np.nan]
    expected = [
        gap,
        [0.5, low],
        [0.5, high],
        gap,
        gap,
        [0.5, high],
        [0.5, 0],
        gap,
        gap,
        [0.1, 0],
        [0.1, low],
        gap,
    ]
    np.testing.assert_allclose(points, expected, atol=1e-12)
    np.testing.assert_array_equal(points[places], [[0.5, 0], [0.1, 0]])


def test_a_line_is_broken_where_a_logarithmic_axis_has_no_place() -> None:
    table = pd.DataFrame({"epoch": [0, 1, 2] * 2, "seed": [0] * 3 + [1] * 3, "value": [1.0, 0, 4, 1, 0, 9]})
    with sheet(COLUMN, 1) as figure:
        axes = figure.subplots()
        seeds(axes, table, "black", "o", "mean", "epoch")
    for line, last in zip(axes.lines, (4, 9, 6), strict=True):
        np.testing.assert_allclose(np.asarray(line.get_ydata(), float), [1, np.nan, last])


def test_a_bin_without_examples_is_drawn_empty() -> None:
    """By hand: bins from 1 to 2 and from 4 to 8; none between them."""
    bars = from_file(str(ROOT / "figures" / "goodness.py"), "bars")
    found = bars(pd.DataFrame({"low": [1.0, 4.0], "high": [2.0, 8.0], "value": [0.25, 0.75]}))
    assert found == ([0.25, 0.0, 0.75], [1.0, 2.0, 4.0, 8.0])


ON_REFERENCE = ("stress", "accuracy", "noekland2016", "song2024")


@pytest.mark.parametrize("name", ON_REFERENCE)
def test_a_title_says_that_the_reference_is_missing(name: str) -> None:
    table = tiny(name)
    of = option(table, "rule_rule").astype(str) if "rule_rule" in table else pd.Series("", table.index)
    reference = table.rule.astype(str).str.match(r"backprop(\[|$)") | of.str.match(r"backprop(\[|$)")
    figure = committed.of_table(name, table[~reference]).figure
    assert figure.get_suptitle() == WITHOUT
    assert not any(text.get_text() == "backprop" for legend in figure.legends for text in legend.get_texts())


def test_nothing_done_is_said_of_no_figure_that_shows_something() -> None:
    """The bare reference is there, and other rules are not: runs are missing, and some are done."""
    table = tiny("accuracy")
    figure = committed.of_table("accuracy", table[table.rule == "backprop"]).figure
    assert figure.get_suptitle() == INCOMPLETE
    assert committed.of_table("accuracy", table[:0]).figure.get_suptitle() == NOTHING_YET
    assert committed.REFERENCES == run.REFERENCES


def test_no_number_is_a_zero_with_a_sign() -> None:
    with sheet(COLUMN, 1) as figure:
        axes = figure.subplots()
        heat(axes, pd.DataFrame({"a": [-0.3, -0.6]}), "{:.0f}", 0, 1)
        finished(figure, "It loses -0.0 points, -0.04 of run-0, and -0 to -10", "2 seeds")
    assert [text.get_text() for text in axes.texts] == ["0", "-1"]
    assert figure.get_suptitle() == "It loses 0.0 points, -0.04 of run-0, and 0 to -10"


def test_a_title_tells_the_number_of_its_page() -> None:
    """What whole sets need is told by the study's statement, as the mean of ratios by seed."""
    (one,) = (each for each in find("textbook").published if "over epochs in whole sets" in each.what)
    ratios = one.ours(committed.read(committed.drawing("textbook")[1]))
    title = " ".join(drawing("textbook").figure.get_suptitle().split())
    assert f"Batches of 32 need {100 * np.mean(ratios):.2g} % of the epochs of whole sets" in title


def test_a_figure_wider_than_asked_for_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sheet(PAGE, 1) as figure:
        finished(figure, "Many rows", "2 seeds")
    monkeypatch.setattr(committed, "drawn", lambda *_: committed.Drawn(figure, pd.DataFrame({"a": [1]})))
    committed.draw("plausibility", ["csv"], tmp_path, "column")
    assert "figure 'plausibility' does not fit into a column" in (said := capsys.readouterr().err)
    assert "it is 504 points wide, as a page is" in said
    committed.draw("plausibility", ["csv"], tmp_path, "page")
    assert not capsys.readouterr().err


def test_a_title_on_layers_tells_of_each_of_them() -> None:
    """Oracle: the extremes, over the three measures, of means over cells at matched accuracy."""
    table = read("similarity")
    title = " ".join(drawing("similarity").figure.get_suptitle().split())
    for layer in (1, 2):
        here = table[table.layer.astype(str).str.startswith(f"accuracy 0.9, layer {layer}")]
        means = 100 * here.groupby(here.metric.astype(str)).value.mean()
        means = means[[name for name in means.index if name.startswith("recovered by ")]]
        assert len(means) == 3
        assert f"layer {layer} in {means.min():.0f} to {means.max():.0f} %" in title.replace("\u00a0", " ")


def read(name: str) -> pd.DataFrame:
    """A committed table."""
    return committed.read(committed.drawing(name)[1])
