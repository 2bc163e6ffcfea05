"""Figures say one thing, and can be read in a column of a journal.

Oracle: the text that matplotlib draws, with its size and its place, and the limits of its axes. The rules are those of
journals with two columns: no text below 6 points at 3.4 inches, none over another or cut off, and nothing outside of
its axes. A title is a function of the table: another table, another title.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from plausible.plotting import committed as figures
from plausible.plotting.forest import Row, as_good, forest, paired
from plausible.plotting.frame import COLUMN, PAGE, finished, inches, named, sheet, wrapped
from plausible.plotting.panels import band, dots, spread
from plausible.plotting.scales import logarithmic, over_rounding, plain
from plausible.plotting.style import STYLES, base, labelled
from plausible.registry import files as own_files
from plausible.registry import registry
from plausible.study.statistics import MARGIN
from tests.suite.captions import misnamed, sizes, table_of, tasks
from tests.suite.drawings import NAMES, ROOT, Written, drawing, written

LEAST = 6.0  # points
WIDTH = 3.4  # inches
ACROSS = {
    "plausibility",
    "local",
    "spikes_on_tasks",
}  # drawn across a page: rows would be higher than one, or columns too narrow


def unreadable(figure: Figure, texts: list[Written]) -> list[str]:
    """What is wrong with the texts of a figure."""
    width, height = figure.get_size_inches()
    page = Bbox([[-0.5, -0.5], [72 * width + 0.5, 72 * height + 0.5]])
    wrong = [
        f"{one.text!r}: {one.size} points"
        for one in texts
        if one.size * printed(width) / width < LEAST - 1e-9
    ]
    wrong += [f"{one.text!r} is cut off" for one in texts if not within(one.box, page)]
    boxes = [(one.text, one.box.padded(-0.4)) for one in texts]
    wrong += [f"{a!r} over {b!r}" for (a, one), (b, two) in combinations(boxes, 2) if crossing(one, two)]
    return wrong


def printed(width: float) -> float:
    """The width at which a figure is printed: a column, or a page, in inches."""
    return PAGE if width == PAGE else WIDTH


def within(box: Bbox, page: Bbox) -> bool:
    """Whether a box lies on a page."""
    return bool(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1)


def crossing(one: Bbox, two: Bbox) -> bool:
    """Whether two boxes share an area."""
    return bool(min(one.x1, two.x1) > max(one.x0, two.x0) and min(one.y1, two.y1) > max(one.y0, two.y0))


@pytest.mark.parametrize("name", NAMES)
def test_text_is_legible_in_a_column(name: str) -> None:
    figure, texts = drawing(name).figure, drawing(name).texts
    assert figure.get_size_inches()[0] <= (PAGE if name in ACROSS else WIDTH) + 1e-9
    assert figure.get_size_inches()[1] < 13
    assert len(texts) > 5
    assert unreadable(figure, texts) == []
    assert [one.text for one in texts if re.search(r"\d%", one.text)] == []  # 41 %, not 41%
    assert "left out: " not in figure.get_supxlabel()  # as of numbers that cannot be


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda axes: axes.text(0.5, 0.2, "small", fontsize=5.9), "5.9 points"),
        (lambda axes: axes.text(2.0, 0.2, "far off"), "is cut off"),
        (lambda axes: [axes.text(0.5, 0.5, word) for word in ("one", "two")], "over"),
    ],
    ids=["small", "cut", "over"],
)
def test_the_measure_of_text_finds_what_is_wrong(spoil: Any, told: str) -> None:
    with sheet(COLUMN, 2) as figure:
        figure.set_layout_engine("none")
        axes = figure.add_axes((0.2, 0.3, 0.6, 0.4))
        finished(figure, "A title", "A caption")
    assert unreadable(figure, written(figure)[1]) == []
    spoil(axes)
    assert [told in line for line in unreadable(figure, written(figure)[1])] == [True]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_lies_outside_of_its_axes(name: str) -> None:
    """Neither beyond the limits nor below 0 on a logarithmic scale, where a line would fall out of the panel."""
    for axes in drawing(name).figure.axes:
        for limits, data, scale in (
            (axes.get_xlim(), axes.dataLim.intervalx, axes.get_xscale()),
            (axes.get_ylim(), axes.dataLim.intervaly, axes.get_yscale()),
        ):
            if np.isfinite(data).all():
                low, high = sorted(limits)
                room = 1e-6 * (high - low)
                assert low - room <= data[0] <= data[1] <= high + room, (
                    axes.get_title(loc="left"),
                    limits,
                    data,
                )
                assert scale != "log" or data[0] > 0, axes.get_title(loc="left")


@pytest.mark.parametrize("name", NAMES)
def test_a_title_is_a_function_of_the_table(name: str) -> None:
    """With every number smaller, each by a factor of its own, and verdicts dealt anew, the title is another one."""
    table = labelled(pd.read_parquet(figures.drawable()[name]))
    draw = own_files.from_file(str(ROOT / "figures" / f"{name}.py"), "draw")
    number = "value" if "value" in table else "best_of_k"
    rng = np.random.default_rng(0)
    other = {number: table[number] * rng.uniform(0.3, 1.0, len(table))}
    if "verdict" in table:
        other["verdict"] = rng.permutation(table.verdict.to_numpy())
    title = draw(table.assign(**other)).get_suptitle()
    assert title
    assert title != drawing(name).figure.get_suptitle()


@pytest.mark.parametrize("name", NAMES)
def test_one_rule_has_one_colour_and_one_colour_is_one_rule(name: str) -> None:
    looks: dict[str, set[str]] = {}
    for label, handle in named(*drawing(name).figure.axes).items():
        rule = base(label.partition(" ")[0].rstrip(","))
        if rule in registry.registered("rule"):
            line: Any = handle[0] if isinstance(handle, tuple) else handle
            colour = to_hex(line.get_color()).upper()
            assert STYLES[rule][0].upper() == colour, rule
            looks.setdefault(colour, set()).add(rule)
    assert [rules for rules in looks.values() if len(rules) > 1] == []


def test_colours_stand_in_one_place() -> None:
    files = [*(ROOT / "figures").glob("*.py"), *(ROOT / "plausible" / "plotting").glob("*.py")]
    typed = {f.name for f in files if re.search(r"[\"']#[0-9A-Fa-f]{3,8}[\"']", f.read_text())}
    assert typed == {"style.py", "dark.py"}  # the second turns those of the first


def test_looks_of_rules_are_all_different() -> None:
    assert len({*STYLES.values()}) == len(STYLES)
    assert {*STYLES} <= {*registry.registered("rule")}


CROSSES = {  # what makes each table one of the published setting
    "noekland2016": {"epoch": 300.0},
    "dellaferrera2022": {"epoch": 100.0},
    "hinton2022": {"epoch": 100.0, "hidden": "1000-1000-1000"},
    "clark2021": {"epoch": 200.0, "hidden": "1024-512"},
}


@pytest.mark.parametrize("name", CROSSES)
def test_published_errors_stand_only_beside_those_of_their_setting(name: str) -> None:
    """An error after 300 epochs beside one after three looks like a failure, or like a success."""
    table = labelled(pd.read_parquet(figures.drawable()[name]))
    draw = own_files.from_file(str(ROOT / "figures" / f"{name}.py"), "draw")
    last = table.epoch == table.groupby("key", observed=True).epoch.transform("max")
    short = table.assign(epoch=table.epoch.where(~last, 2.5))
    assert crosses(draw(short[short.epoch <= 2.5])) == 0
    mnist = table[
        table.task.isin(["mnist", "released"])
    ]  # the second is MNIST in a released program's setting
    longer = mnist.assign(**CROSSES[name]).drop_duplicates(
        ["rule", "seed", "hidden", "metric", "split", "layer"]
    )
    assert crosses(draw(longer)) > 0


def crosses(figure: Figure) -> int:
    """How many lines of crosses there are."""
    return sum(line.get_marker() == "x" for axes in figure.axes for line in axes.lines)


def some(seeds: int) -> pd.DataFrame:
    """A measurement of so many seeds at four epochs."""
    rng = np.random.default_rng(0)
    rows = [(seed, epoch, rng.random()) for seed in range(seeds) for epoch in range(4)]
    return pd.DataFrame(rows, columns=["seed", "epoch", "value"])


@pytest.mark.parametrize(("seeds", "few"), [(1, True), (2, True), (4, True), (5, False), (9, False)])
def test_few_seeds_are_drawn_themselves_and_have_no_band(seeds: int, few: bool) -> None:
    axes = Figure().subplots()
    band(axes, some(seeds), "black", "o", "rule")
    bands = [one for one in axes.collections if isinstance(one, PolyCollection)]
    assert len(bands) == (not few)
    assert len(axes.lines) == 1 + (seeds if few and seeds > 1 else 0)
    points = Figure().subplots()
    values = some(seeds).groupby("seed").value.mean().to_numpy()
    found = dots(points, 0, values, ("black", "o"))
    assert found.estimate == pytest.approx(values.mean())
    assert len(points.collections) == (not few)  # the bar
    if seeds > 1:
        assert sorted(points.lines[0].get_xdata()) == pytest.approx(sorted(values))
    assert ("interval of the mean" in spread(seeds)) == (not few)


@pytest.mark.parametrize(("seeds", "words"), [(3, ("thin lines", "small dots")), (9, ("bands", "bars"))])
def test_a_caption_says_of_seeds_only_what_is_drawn(seeds: int, words: tuple[str, str]) -> None:
    values = some(seeds).groupby("seed").value.mean().to_numpy()
    for curves, rows in ((True, False), (False, True), (True, True)):
        with sheet(COLUMN, 1) as figure:
            axes = figure.subplots()
            if curves:
                band(axes, some(seeds), "black", "o", "rule")
            if rows:
                dots(axes, 0, values, ("black", "o"))
            finished(figure, "A title", spread(seeds))
        drawn = [word for word, there in zip(words, (curves, rows), strict=True) if there]
        assert figure.get_supxlabel().startswith(f"{' and '.join(drawn)}: ")


def test_an_error_of_zero_has_a_place_on_a_logarithmic_axis() -> None:
    axes = Figure().subplots()
    axes.plot([0, 1, 2, 3], [80.0, 5.0, 0.0, 0.5])
    logarithmic(axes)
    (line,) = axes.lines
    heights = axes.transData.transform(np.asarray(line.get_xydata()))[:, 1]
    assert np.isfinite(heights).all()
    assert heights.argmin() == 2
    low, high = axes.get_ylim()
    assert low <= 0 < 80 <= high
    names = [plain(tick) for tick in axes.get_yticks()]
    assert names[0] == "0"
    assert len(names) >= 4


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.05, "0.05"), (2000.0, "2000"), (1e-7, "10⁻⁷"), (3e6, "3·10⁶"), (2.5, "2.5")],
)
def test_numbers_at_axes_are_plain(value: float, text: str) -> None:
    assert plain(value) == text


def test_text_is_as_wide_as_it_is_drawn() -> None:
    """The width that titles and captions are folded by, against what matplotlib draws."""
    text = "Within 1 point of backprop? feedback-alignment: as good on mnist"
    for bold in (False, True):
        with sheet(20, 2) as figure:
            figure.text(0.1, 0.5, text, fontsize=30, weight="bold" if bold else "normal")
        (one,) = written(figure)[1]
        assert inches(text, 30, bold=bold) == pytest.approx(one.box.width / 72, rel=0.01)
    folded = wrapped(text, 7, 1.5)
    assert max(inches(line, 7) for line in folded.split("\n")) <= 1.5
    assert folded.split() == text.split()


def differing(shift: float, spread: float, seeds: int = 5) -> Row:
    """A row whose mean difference is `shift` margins, and whose seeds lie up to `spread` margins around it."""
    reference = np.linspace(0.5, 0.6, seeds)
    away = shift + spread * np.array([-1.0, 1.0, -0.5, 0.5, 0.0])
    return Row("digits", "mine", reference + MARGIN * away, reference)


@pytest.mark.parametrize(
    ("shift", "spread", "good"), [(0.0, 0.1, True), (0.5, 0.1, True), (-2.0, 0.1, False), (0.0, 3.0, False)]
)
def test_the_title_of_the_forest_says_what_two_one_sided_tests_say(
    shift: float, spread: float, good: bool
) -> None:
    """By Student's t of four degrees of freedom, 2.13 for a size of 5 %, worked out by hand."""
    row = differing(shift, spread)
    error = np.std(row.differences, ddof=1) / np.sqrt(5)
    assert (abs(row.differences.mean()) + 2.131847 * error < 100 * MARGIN) == good
    assert row.as_good() == good
    assert as_good([row]).endswith("mine on digits" if good else "mine on no task")


def test_of_one_seed_the_title_of_the_forest_says_that_nothing_can_be_decided() -> None:
    one = Row("digits", "mine", np.array([0.5]), np.array([0.5]))
    assert as_good([one]).startswith("Whether a rule is as good as backprop cannot be decided")
    assert "no task" not in as_good([one])
    told = as_good([one, differing(-2.0, 0.1)._replace(rule="other")])
    assert told.endswith(": mine undecided, of one seed; other on no task")


def test_the_forest_shades_the_margin_and_shows_every_seed() -> None:
    axes = Figure().subplots()
    row = differing(0.5, 0.2)
    forest(axes, [row])
    (shade,) = axes.patches
    assert shade.get_extents().transformed(axes.transData.inverted()).intervalx == pytest.approx(
        [-100 * MARGIN, 100 * MARGIN]
    )
    points = [line for line in axes.lines if line.get_marker() == "."]
    assert [sorted(line.get_xdata()) for line in points] == [pytest.approx(sorted(row.differences))]
    assert f"{row.differences.mean():+.1f}" in " ".join(text.get_text() for text in axes.texts)


def test_rows_of_the_forest_are_paired_by_seed() -> None:
    """A rule is held against backprop on the seeds that both have, whatever the order of the rows."""
    rows = [
        ("t", "backprop", 0, 0.9),
        ("t", "backprop", 1, 0.8),
        ("t", "mine", 1, 0.75),
        ("t", "mine", 2, 0.1),
    ]
    scores = pd.DataFrame(rows, columns=["task", "rule", "seed", "value"])
    (row,) = paired(scores.sample(frac=1, random_state=1))
    assert (row.task, row.rule) == ("t", "mine")
    assert row.differences == pytest.approx([-5.0])
    assert not row.as_good()


@pytest.mark.parametrize(
    ("angles", "top"), [([0.0, 1.7e-6, 0.0], 1.0), ([0.0, 0.4, 0.2], 1.0), ([0.0, 7.0, 3.0], 7.35)]
)
def test_angles_that_are_rounding_alone_do_not_fill_an_axis(angles: list[float], top: float) -> None:
    with sheet(COLUMN, 1.5) as figure:
        axes = figure.subplots()
        axes.plot(range(3), angles)
        over_rounding(axes)
        assert axes.get_ylim()[1] == pytest.approx(top, rel=0.02)
        assert axes.get_ylim()[0] <= 0


def test_no_angle_of_song2020_is_drawn_as_more_than_it_is() -> None:
    """All of mnist's are rounding: their panel spans a degree."""
    figure = drawing("song2020").figure
    panels = [axes for axes in figure.axes if "angle" in axes.get_title(loc="left")]
    assert len(panels) == 2
    assert all(axes.get_ylim()[1] >= 1 for axes in panels)


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_names_what_its_table_has(name: str) -> None:
    """Activations, starts, sizes of layers and tasks, of which a caption or a title says something."""
    text, table = " ".join(one.text for one in drawing(name).texts), table_of(name)
    text = " ".join(text.split())
    assert misnamed(text, table) == []
    assert sizes(text, table) == []
    assert tasks(text, table) == []
