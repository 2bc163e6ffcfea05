"""Of more rules than lines can be told apart, the figure of trials has a row for each. Oracle: trials made up here."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.tuned import MOST_LINES, draw, worth
from plausible.plotting.tuned_rows import WIDE, plainly

LAST = 3  # trials of a rule


def trials(rules: int, tasks: int = 1) -> pd.DataFrame:
    """Three trials of every rule; of rule n, the expected best error of k trials is (40 + n) / k per cent."""
    rows = [
        (
            f"task{task}",
            f"rule{n}",
            k - 1,
            1 - 0.01 * (40 + n) / k,
            1 - 0.012 * (40 + n) / k,
            1 - 0.009 * (40 + n) / k,
        )
        for task in range(tasks)
        for n in range(rules)
        for k in range(1, LAST + 1)
    ]
    table = pd.DataFrame(rows, columns=["task", "rule", "trial", "best_of_k", "low", "high"])
    return table.assign(status="done", epochs=1)


def places(figure: Figure, panel: int, hollow: bool) -> dict[str, float]:
    """By rule, where the hollow or the filled mark of its row lies."""
    axes = figure.axes[panel]
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]  # panels side by side share them
    marks = [line for line in axes.lines if len(line.get_xdata()) == 1]  # type: ignore[arg-type]
    wanted = [line for line in marks if (line.get_fillstyle() == "none") is hollow]
    return {names[int(line.get_ydata()[0])]: float(line.get_xdata()[0]) for line in wanted}  # type: ignore[index]


@pytest.mark.parametrize("tasks", [1, 2, 3])
def test_many_rules_have_a_row_each_from_one_trial_to_all(tasks: int) -> None:
    rules = MOST_LINES + 1
    figure = draw(trials(rules, tasks))
    assert len(figure.axes) == tasks
    assert not figure.legends  # rows have names
    for panel in range(tasks):
        assert places(figure, panel, hollow=True) == pytest.approx(
            {f"rule{n}": 40.0 + n for n in range(rules)}
        )
        expected = {f"rule{n}": (40.0 + n) / LAST for n in range(rules)}
        assert places(figure, panel, hollow=False) == pytest.approx(expected)


def test_the_bar_of_a_row_is_the_interval_of_the_expected_best_of_all() -> None:
    (axes,) = draw(trials(MOST_LINES + 1)).axes
    bars = [line.get_xdata() for line in axes.lines if line.get_linewidth() == WIDE]
    bars = sorted(tuple(map(float, ends)) for ends in bars if len(ends) == 2)  # type: ignore[arg-type]
    assert bars[0] == pytest.approx((0.9 * 40 / LAST, 1.2 * 40 / LAST))


def test_few_rules_have_lines() -> None:
    figure = draw(trials(MOST_LINES))
    (legend,) = figure.legends
    assert len(legend.get_texts()) == MOST_LINES


def test_two_rules_of_one_colour_stand_in_rows_of_their_own() -> None:
    table = trials(MOST_LINES + 2)
    named = {"rule0": "predictive-coding", "rule1": "predictive-coding[variance=100]"}
    figure = draw(table.assign(rule=table.rule.replace(named)))
    texts = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert texts[:2] == [*named.values()]


def test_the_title_tells_what_one_trial_lacks() -> None:
    """Of every rule, one trial errs three times as often as the best of three; of one rule six times, of one twice."""
    table = trials(MOST_LINES + 1)
    table.loc[(table.rule == "rule2") & (table.trial == LAST - 1), "best_of_k"] = 1 - 0.01 * 42 / 6
    table.loc[(table.rule == "rule1") & (table.trial == LAST - 1), "best_of_k"] = 1 - 0.01 * 41 / 2
    assert worth(table) == (
        "One trial errs 3.0 times as often as the best of all, for the median rule; rule2 6.0 times, rule1 2.0 times"
    )
    assert worth(table.assign(status="failed")) == NOTHING_YET


def test_options_are_named_only_where_they_tell_rules_apart() -> None:
    assert plainly(["a[b=1]", "c"]) == {"a[b=1]": "a", "c": "c"}
    assert plainly(["a[b=1]", "a"]) == {"a[b=1]": "a[b=1]", "a": "a"}
