"""How figures look: no two rules alike, labels as they are, nothing of the user's settings, fonts that journals take.

Oracle: the words of the labels, and what matplotlib's own artists and files hold.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from plausible.errors import BadInput
from plausible.plotting import committed as figures
from plausible.plotting import comparison as figure
from plausible.plotting.panels import FEW, band, hidden_angles
from plausible.plotting.saving import save
from plausible.plotting.scales import degrees
from plausible.plotting.style import MOST, OTHERS, dashes, label, labelled, style
from plausible.registry import registry
from plausible.study.run import Row

RULES = [*registry.registered("rule")]
OPTIONS = [f"{name}[bias={n}]" for n in range(7) for name in ("backprop", "predictive-coding", "mine:Rule")]
HOSTILE = [
    "$x_{",
    "a$b$c",
    r"\frac{1}{2}",
    "_hidden",
    "__",
    "[bold]x",
    "\x1b]0;owned\x07",
    "日本",
    "a\nb",
    "50 %",
    "{}",
]


def curves(rules: list[str], score: float = 0.5, seeds: int = 2) -> pd.DataFrame:
    """Measurements of some rules, from 10 % to `score`."""
    rows = []
    for rule in rules:
        for seed in range(seeds):
            for epoch, value in enumerate(np.linspace(0.1, score, 4)):
                at = ("t", rule, seed, float(epoch), epoch, 0.0)
                rows.append(Row(*at, "validation", "accuracy", "", float(value)))
                rows.append(Row(*at, "train", "gradient angle", "W1", 90.0 * value))
                rows.append(Row(*at, "train", "norm", "W2", 1.0))
    return pd.DataFrame(rows, columns=list(Row._fields))


def drawn_looks(found: Figure) -> list[tuple[Any, ...]]:
    """Colour, marker and dashes of every labelled curve in the first panel."""
    lines = [line for line in found.axes[0].lines if not str(line.get_label()).startswith("_")]
    return [(line.get_color(), line.get_marker(), line.get_linestyle()) for line in lines]


def test_all_rules_and_many_options_look_different() -> None:
    rules = [*RULES, *OPTIONS][:MOST]
    assert len(rules) == MOST > len(RULES)
    assert len({*style(rules).values()}) == MOST
    found = drawn_looks(figure.draw(curves(rules)))
    assert len({*found}) == len(found) == MOST


def test_options_of_one_rule_share_its_colour_and_differ_in_marker_and_dashes() -> None:
    rules = ["backprop[bias=1]", "backprop[bias=2]", "backprop", "backprop@adam"]
    looks, lines = style(rules), dashes(rules)
    assert looks["backprop"] == ("#000000", "o")
    assert {colour for colour, _ in looks.values()} == {"#000000"}
    assert len({marker for _, marker in looks.values()}) == 4
    assert lines["backprop"] == "-"
    assert {*lines.values()} == {"-", "--", ":", "-."}


def test_a_rule_keeps_its_look_in_any_company() -> None:
    alone = style(["feedback-alignment"])["feedback-alignment"]
    assert (
        alone
        == style([*RULES])["feedback-alignment"]
        == style(["x:Y", "feedback-alignment"])["feedback-alignment"]
    )


def test_lists_of_looks_repeat_nothing() -> None:
    assert len({*OTHERS}) == len(OTHERS) > MOST


def test_too_many_rules_are_refused_in_one_line() -> None:
    with pytest.raises(BadInput) as caught:
        style([f"r{n}" for n in range(MOST + 1)])
    assert f"{MOST} at most" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", HOSTILE)
def test_labels_are_drawn_as_they_are(text: str, tmp_path: Path) -> None:
    """Neither as mathematics nor left out: with and without them in the legend, and as a caption."""
    found = figure.draw(curves([text, "backprop"]), f"on {text}")
    save(found, tmp_path / "a.svg", "svg")  # warnings, such as of missing glyphs, are errors
    (first, second) = found.legends[0].get_texts()
    assert second.get_text() == "backprop"
    shown, mathematics = first._preprocess_math(first.get_text())  # what matplotlib makes of it
    assert not mathematics
    plain = text.encode("unicode_escape").decode() if not text.isprintable() else text
    assert shown.strip() == re.sub("[日本]", "?", plain)
    assert not found._supxlabel._preprocess_math(found._supxlabel.get_text())[1]


def test_tables_for_committed_figures_are_labelled_alike() -> None:
    table = pd.DataFrame({"rule": ["a$b$", "backprop"], "value": [1.0, 2.0]})
    table["kind"] = pd.Categorical(["_x", "y"])
    found = labelled(table)
    assert found.rule.tolist() == [label("a$b$"), "backprop"]
    assert found.kind.tolist() == [" _x", "y"]
    assert found.value.tolist() == [1.0, 2.0]
    assert isinstance(found.kind.dtype, pd.CategoricalDtype)


STRANGE = {
    "font.family": "serif",
    "font.size": 40.0,
    "text.usetex": True,
    "axes.grid": False,
    "axes.prop_cycle": matplotlib.cycler(color=["red"]),
    "lines.linewidth": 9.0,
    "lines.markersize": 30.0,
    "axes.formatter.use_locale": True,
    "path.sketch": (1.0, 100.0, 2.0),
    "savefig.bbox": "tight",
    "savefig.transparent": True,
    "figure.facecolor": "black",
    "legend.fontsize": 30.0,
    "svg.fonttype": "none",
    "pdf.fonttype": 3,
    "ps.fonttype": 3,
}


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_the_users_settings_change_nothing(kind: str, tmp_path: Path) -> None:
    """Of the comparison's figure, and of a committed one, whose table is small."""
    found = []
    for name, settings in (("plain", {}), ("strange", STRANGE)):
        with matplotlib.rc_context(settings):
            (tmp_path / name).mkdir()
            save(figure.draw(curves(["backprop", "fa"]), "caption"), tmp_path / name / "a", kind)
            committed = figures.draw("laborieux2021", [kind], tmp_path / name)
            found.append([(tmp_path / name / "a").read_bytes(), *(file.read_bytes() for file in committed)])
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", ["pdf", "ps"])
def test_fonts_are_truetype(kind: str, tmp_path: Path) -> None:
    save(figure.draw(curves(["backprop"]), "caption"), tmp_path / "a", kind)
    text = (tmp_path / "a").read_bytes()
    assert b"Type3" not in text
    assert b"/FontType 3" not in text
    assert (b"/CIDFontType2" if kind == "pdf" else b"/FontType 42") in text


@pytest.mark.parametrize("score", [1.0, 0.1])
@pytest.mark.parametrize("seeds", [1, 2])
def test_perfect_and_constant_scores_are_drawn(score: float, seeds: int, tmp_path: Path) -> None:
    """An error of 0 on a logarithmic scale, and a score that never moves."""
    table = curves(["backprop"], score, seeds)
    save(figure.draw(table), tmp_path / "a.png", "png")
    only = table[table.epoch == table.epoch.max()]
    save(figure.draw(only), tmp_path / "b.png", "png")


def test_bands_stay_where_errors_can_be() -> None:
    """Five seeds, four at 99 % and one at 5 %: by Student's t some errors would lie below 0 and above 100 %."""
    scores = (*[0.99] * (FEW - 1), 0.05)
    table = pd.concat([curves(["backprop"], score, 1).assign(seed=n) for n, score in enumerate(scores)])
    for axes, most in zip(figure.draw(table).axes, (100, 180), strict=True):
        assert axes.collections
        for drawn in axes.collections:
            heights = np.concatenate([path.vertices[:, 1] for path in drawn.get_paths()])
            assert 0 <= heights.min() < heights.max() <= most


@pytest.mark.parametrize("score", [0.15, 0.5, 0.75, 0.99])
def test_the_errors_of_a_comparison_have_numbers(score: float, tmp_path: Path) -> None:
    """Also where no power of ten lies between the smallest and the largest."""
    drawn = figure.draw(curves(["backprop"], score))
    save(drawn, tmp_path / "a.svg", "svg")
    axes = drawn.axes[0]
    low, high = axes.get_ylim()
    ticks = [*axes.yaxis.get_major_ticks(), *axes.yaxis.get_minor_ticks()]
    shown = [tick.label1.get_text() for tick in ticks if low <= tick.get_loc() <= high]
    assert sum(map(bool, shown)) >= 2, (low, high)


@pytest.mark.parametrize(("highest", "top"), [(40.0, 95.0), (93.0, 98.0), (150.0, 155.0)])
def test_no_angle_is_cut_off(highest: float, top: float) -> None:
    axes = Figure().subplots()
    axes.plot([0, 1], [10.0, highest])
    degrees(axes)
    assert axes.get_ylim() == (0, top)
    assert axes.get_yticks().tolist() == list(range(0, int(top), 30))


def test_a_band_of_no_point_at_all_is_drawn_as_nothing() -> None:
    """As of angles to a gradient that is 0 all along, where inputs are."""
    axes = Figure().subplots()
    band(axes, pd.DataFrame({"epoch": [0.0, 1.0], "value": [np.nan, np.nan]}), "black", "o", "none")
    assert not np.isfinite(axes.dataLim.get_points()).any()


def test_a_long_label_leaves_the_curves_their_room(tmp_path: Path) -> None:
    """Warnings, such as that of a layout which did not succeed, are errors."""
    rules = [
        f"backprop@my folder/optim:Lion[rate=cosine[start=0.00{n},steps=2000],decay=0.01]" for n in (1, 2)
    ]
    drawn = figure.draw(curves(rules))
    save(drawn, tmp_path / "a.png", "png")
    assert min(axes.get_position().width for axes in drawn.axes) > 0.3


def test_a_rule_without_errors_takes_no_room_from_the_others(tmp_path: Path) -> None:
    table = curves(["backprop", "shallow"])
    perfect = (table.rule == "backprop") & (table.metric == "accuracy")
    table.loc[perfect, "value"] = 1 - 1e-9
    drawn = figure.draw(table[~perfect | (table.epoch > 1)])
    save(drawn, tmp_path / "a.png", "png")
    low, high = drawn.axes[0].get_ylim()
    heights = [float(y) for line in drawn.axes[0].lines for y in line.get_ydata() if y > 0]
    assert min(heights) / 10 <= low < high


def test_angles_of_hidden_layers_are_told_by_the_sizes_of_the_network() -> None:
    """A network without hidden layers has none, whatever letter a weight is called by; a bias of no layer is none."""
    rows = [
        (hidden, metric, layer)
        for hidden in ("none", "64", "64-32")
        for metric in ("gradient angle", "loss")
        for layer in ("W1", "W2", "W3", "gain2", "")
    ]
    kept = hidden_angles(pd.DataFrame(rows, columns=["hidden", "metric", "layer"]))
    assert {*kept.metric} == {"gradient angle"}
    assert [*zip(kept.hidden, kept.layer, strict=True)] == [
        ("64", "W1"),
        ("64-32", "W1"),
        ("64-32", "W2"),
        ("64-32", "gain2"),
    ]
