"""Every figure draws something sensible of any table, and of a tiny one the picture that was looked at.

Oracle: small pictures that were committed after somebody looked at the figures; the sentences of
`plausible.plotting.findings`; the definition of a number.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure

from plausible.errors import BadInput
from plausible.plotting import committed
from plausible.plotting.findings import INCOMPLETE, NOT_THESE, NOTHING_YET
from plausible.plotting.possible import TRIALS
from tests.suite.drawings import NAMES
from tests.suite.tiny import FOLDER, OFF, apart, tiny


def test_there_is_a_small_picture_for_every_figure_and_no_other() -> None:
    files = {file.stem: file.stat().st_size for file in FOLDER.glob("*.png")}
    assert {*files} == {*NAMES}, "look at the new figures, drawn whole; then: python -m tests.suite.tiny NAME"
    assert sum(files.values()) < 120_000


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_the_picture_that_was_looked_at_and_draws_any_table(name: str) -> None:
    """One test, so that the table is read once: first as it is, then without what could be drawn, then absurd.

    In the last, of every four numbers one is missing, one is infinite and one is no number that there can be.
    """
    table = tiny(name)
    mend = f"look at the figure, drawn whole; if it is right: python -m tests.suite.tiny {name}"
    assert apart(committed.of_table(name, table).figure, name) <= OFF, mend
    nothing = {"no row": table[:0]}
    if "status" in table:
        nothing |= {"failed": table.assign(status="failed"), "lost": table.assign(status="diverged")}
    if {"metric", "value", "status"} <= {*table}:
        nothing |= {str(value): table.assign(value=value) for value in (np.nan, np.inf, -np.inf)}
    for what, each in nothing.items():
        figure, source = committed.of_table(name, each)
        assert figure.get_suptitle() == NOTHING_YET, what
        assert not len(source), what
    numbers = [one for one in ("value", *TRIALS) if one in table and table[one].dtype.kind == "f"]
    turns = np.arange(len(table)) % 4
    absurd = [turns == turn for turn in range(3)]
    for column in numbers:
        table[column] = np.select(absurd, [np.nan, np.inf, -1e302], table[column])
    figure = committed.of_table(name, table).figure
    title = figure.get_suptitle()
    assert title != NOT_THESE
    assert not {"nan", "inf", "-inf"} & {*title.replace(",", " ").split()}
    if not title.startswith(NOTHING_YET):
        assert "left out: " in figure.get_supxlabel()


@pytest.mark.parametrize(
    ("name", "metric", "value", "expected"),
    [
        ("accuracy", "accuracy", 1e302, "from 0 to 1: 1e+302"),
        ("accuracy", "accuracy", -0.1, "from 0 to 1: -0.1"),
        ("alignment", "gradient angle", 1e300, "from 0 to 180: 1e+300"),
        ("lillicrap2016", "normalised error", -0.1, "at least 0: -0.1"),
        ("accuracy", "multiply-adds per example", np.inf, "at least 0: inf"),
    ],
)
def test_numbers_that_cannot_be_are_left_out_and_told(
    name: str, metric: str, value: float, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The figure is that of a table without the row, and says of which row; a remark says it in one line."""
    table = tiny(name)
    there = table[(table.metric == metric) & (table.status == "done")]
    last = there[there.epoch == there.epoch.max()].iloc[-1]
    row = f"seed {last.seed}, epoch {last.epoch:g}"
    figure, source = committed.of_table(
        name, table.assign(value=table.value.where(table.index != last.name, value))
    )
    foot = " ".join(figure.get_supxlabel().split())
    assert f"left out: 1 number of {metric}, expected {expected} at" in foot
    assert row in foot
    told = capsys.readouterr().err
    assert told.startswith(f"figure '{name}': left out: 1 number of {metric}, expected {expected} at")
    assert told.count("\n") == 1
    without, kept = committed.of_table(name, table.drop(last.name))
    assert figure.get_suptitle() == without.get_suptitle()
    assert source.equals(kept)


def test_a_table_that_a_figure_refuses_for_its_numbers_alone_becomes_a_sheet_that_says_so() -> None:
    """Errors above 100 %, of a metric that is no percentage elsewhere; other columns are refused as before."""
    table = tiny("song2024")
    errors = table[table.metric == "error"].assign(value=1e99)
    figure, source = committed.of_table("song2024", errors)
    foot = " ".join(figure.get_supxlabel().split())
    assert figure.get_suptitle() == NOT_THESE
    assert "expected numbers from 0 to 100; given: error from 1e+99 to 1e+99" in foot
    assert not len(source)
    with pytest.raises(BadInput, match="cannot be drawn"):
        committed.of_table("song2024", errors.drop(columns="task"))
    with pytest.raises(BadInput, match="cannot be drawn"):
        committed.of_table("song2024", errors.assign(value="many"))


def test_a_title_without_a_number_is_not_shown() -> None:
    """A figure whose finding divides by a change, of a table in which nothing changes."""
    table = tiny("ernoult2019").assign(value=0.0)
    assert committed.of_table("ernoult2019", table).figure.get_suptitle() == INCOMPLETE


def legend_moved(figure: Figure) -> None:
    """A fault: the legend is a twentieth of the figure too low."""
    (legend,) = figure.legends
    box = legend.get_bbox_to_anchor().transformed(figure.transFigure.inverted())
    legend.set_bbox_to_anchor((box.x0, box.y0 - 0.05), figure.transFigure)


def marker_lost(figure: Figure) -> None:
    """A fault: a line has no marker at one of its points."""
    line = next(each for axes in figure.axes for each in axes.lines if each.get_label() == "32 units")
    line.set_markevery([0, *range(2, len(np.asarray(line.get_xdata())))])


def line_lost(figure: Figure) -> None:
    """A fault: a line is not drawn, though its legend is."""
    next(each for each in figure.axes[6].lines if each.get_label() == "batches of 32").set_visible(False)


def axis_longer(figure: Figure) -> None:
    """A fault: an axis ends a tenth later."""
    low, high = figure.axes[0].get_ylim()
    figure.axes[0].set_ylim(low, high + 0.1 * (high - low))


def text_lost(figure: Figure) -> None:
    """A fault: a panel has no title."""
    next(axes for axes in figure.axes if axes.get_title("left") or axes.get_title()).set_title("", loc="left")


@pytest.mark.parametrize("spoil", [legend_moved, marker_lost, line_lost, axis_longer, text_lost])
def test_a_picture_that_is_otherwise_is_told_apart(spoil: Callable[[Figure], None]) -> None:
    """Otherwise the comparison above could not fail."""
    figure = committed.of_table("textbook", tiny("textbook")).figure
    spoil(figure)
    assert apart(figure, "textbook") > OFF


def test_what_is_not_done_is_told_in_other_words_than_what_is_missing() -> None:
    assert NOTHING_YET != INCOMPLETE
    table = tiny("accuracy").assign(status="failed")
    assert "failed" in committed.of_table("accuracy", table).figure.get_supxlabel()
