"""Tables at every width. Oracle: the cells themselves: what is printed is one of them, whole, and none is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from plausible.networks.mlp import MLP
from plausible.printing.table import Column, Table
from plausible.report import across, beside, paired
from plausible.report import comparison as report
from plausible.report import settling as report_settling
from plausible.report.listing import entries
from plausible.study.compare import Comparison, Result
from plausible.study.run import Outcome, Row, Run
from plausible.study.statistics import Interval

WIDTHS = range(20, 201)
NUMBER = re.compile(r"\d[\d.,]*(?:e[-+]?\d+)?")
LONG = "predictive-coding[settling=euler(200, 0.2, tolerance=0.01)]"
RULES = ("backprop", "direct-feedback-alignment", LONG)


def printed(table: Table, width: int) -> list[str]:
    """The lines of a table on a terminal of that width."""
    console = Console(width=width, markup=False, highlight=False)
    with console.capture() as capture:
        console.print(table, crop=False, no_wrap=True, overflow="ignore")
    return [line.rstrip() for line in capture.get().splitlines()]


def measurements() -> pd.DataFrame:
    """Numbers of five and six digits, of three rules and three seeds; some settled."""
    rng = np.random.default_rng(0)
    rows = []
    for rule in RULES:
        for seed in range(3):
            values = {
                ("validation", "accuracy", ""): rng.uniform(0.8, 1),
                ("test", "accuracy", ""): rng.uniform(0.8, 1),
                ("train", "gradient angle", "W1"): rng.uniform(0, 90),
                ("train", "examples per second", ""): rng.uniform(1e4, 1e6),
                ("train", "multiply-adds per example", ""): float(rng.integers(10_000, 99_999)),
                ("train", "residual", ""): rng.uniform(1e-7, 1e-5),
                ("train", "steps", ""): 20.0,
            }
            for (split, metric, layer), value in values.items():
                rows.append(Row("digits", rule, seed, 2.0, 100, 1.0, split, metric, layer, value))
    return pd.DataFrame(rows, columns=list(Row._fields))


def compared() -> list[Table]:
    """What `plausible compare` prints, with a run that was lost."""
    runs = [Run("digits", rule, MLP((8, 8)), seed=seed) for rule in RULES for seed in range(4)]
    outcomes = [Outcome(run, "diverged" if run.seed == 3 else "done", "ran away", []) for run in runs]
    return report.tables(Result(measurements(), outcomes, [run.rule for run in runs]), Comparison(seeds=4))


def reported() -> list[Table]:
    """What `plausible report` prints of a study of two tasks."""
    found = measurements()
    both = pd.concat([found, found.assign(task="fashion-mnist")])
    settled = [
        {
            "task": task,
            "rule": rule,
            "settling steps": Interval(1234.5, 1200.0, 1300.0, 3),
            "residual": 1.2e-7,
        }
        | {
            "settled": Interval(0.123, 0.1, 0.2, 3),
            "oscillating": Interval(0.0, 0.0, 0.0, 3),
            "fixed steps": [],
        }
        for task in ("digits", "fashion-mnist")
        for rule in RULES[1:]
    ]
    apart = report_settling.table(settled)
    assert apart is not None
    rows, seeds = paired.beside_reference(both), paired.seed_by_seed(both)
    scores = {
        "tasks": 2,
        "runs": 6,
        "lost": 1,
        "lost_as_chance": False,
        "mean": 0.123,
        "low": -0.4,
        "high": 0.5,
    }
    middle = {"iqm": 0.234, "iqm_low": -0.3, "iqm_high": 0.6}
    over_tasks = across.shown(
        pd.DataFrame([{"rule": rule, **scores, **middle} for rule in RULES]), ["digits"]
    )
    assert over_tasks is not None
    return [beside.shown(rows, seeds, "a study, fast: which one?"), over_tasks, apart]


def listed() -> list[Table]:
    """What `plausible list rules` prints, of every fifth rule."""
    rows = entries("rules")[::5]
    table = Table("", [Column(name, words=True) for name in rows[0]])
    for row in rows:
        table.add(*(", ".join(cell) if isinstance(cell, list) else cell for cell in row.values()))
    return [table]


TABLES: dict[str, Callable[[], list[Table]]] = {"compare": compared, "report": reported, "list": listed}


@dataclass
class Shown:
    """A table, and its lines by width."""

    table: Table
    lines: dict[int, list[str]]


@pytest.fixture(scope="module", params=TABLES.values(), ids=list(TABLES))
def shown(request: pytest.FixtureRequest) -> list[Shown]:
    return [Shown(table, {width: printed(table, width) for width in WIDTHS}) for table in request.param()]


def numbers(texts: Iterable[str]) -> Counter[str]:
    """The numbers in some texts, each as often as it stands there."""
    return Counter(number for text in texts for number in NUMBER.findall(text))


def squeezed(text: str) -> str:
    """A text without its spaces."""
    return "".join(text.split())


def test_every_number_is_printed_whole_at_every_width(shown: list[Shown]) -> None:
    for table, lines_at in ((one.table, one.lines) for one in shown):
        true = numbers(cell for row in table.rows for cell in row[table.keys :])
        named = numbers(cell for row in table.rows for cell in row[: table.keys])
        heads = numbers([table.title, table.caption, *(column.head for column in table.columns)])
        for width, lines in lines_at.items():
            assert not true - numbers(lines), width  # none is missing
            assert {*numbers(lines)} <= {*true, *named, *heads}, width  # and none is a part of another


def test_every_column_is_named_at_every_width(shown: list[Shown]) -> None:
    for table, lines_at in ((one.table, one.lines) for one in shown):
        for width, lines in lines_at.items():
            text = squeezed("".join(lines))
            for column in table.columns[table.keys :]:
                assert all(word in text for word in re.split(r"[\s-]", column.head)), (width, column.head)


def test_every_name_is_whole_at_every_width(shown: list[Shown]) -> None:
    for table, lines_at in ((one.table, one.lines) for one in shown):
        for width, lines in lines_at.items():
            for row in table.rows:
                for cell in row[: table.keys]:
                    name, _, note = cell.partition("\n  ")
                    assert any(spelled(lines[at:], name) for at in range(len(lines))), (width, name)
                    assert squeezed(note) in squeezed("".join(lines)), width


def spelled(lines: list[str], name: str) -> bool:
    """Whether lines hold a name from the first one on, broken between words or after a hyphen or a bracket only."""
    start = lines[0].find(re.split(r"(?<=[-\[(=,/@:_ ])", name)[0].strip())
    for line in lines if start >= 0 else ():
        line = line[start:].lstrip()
        same = next((at for at, (a, b) in enumerate(zip(name, line, strict=False)) if a != b), len(line))
        before, name = name[:same], name[same:]
        if not name:
            return True
        if not re.search(r"[-\[(=,/@:_ ]$", before) and not name.startswith(" "):
            return False
        name = name.lstrip()
    return False


@pytest.mark.parametrize("width", [80, 100])
def test_lines_are_no_longer_than_the_terminal(shown: list[Shown], width: int) -> None:
    assert all(len(line) <= width for one in shown for line in one.lines[width])


def test_a_comparison_on_the_usual_terminal() -> None:
    """Scores stand beside one another and the runs that were lost, and what they cost below."""
    table, *_ = compared()
    lines = printed(table, 80)
    heads = [line.split() for line in lines if line.startswith("rule ")]
    assert heads == [["rule", "lost", "%", "test", "accuracy", "%"], ["rule", "°", "/s", "/example"]]
    assert sum(line.startswith("backprop ") for line in lines) == 2


def test_what_does_not_fit_follows_below_and_then_in_blocks() -> None:
    """By hand: a name of 3, numbers of 5 and 5; a space between columns is kept."""
    table = Table("", [Column("rule", words=True), Column("a"), Column("b")])
    table.add("one", "1,234", "5,678")
    assert printed(table, 18) == ["rule      a      b", "one   1,234  5,678"]
    assert printed(table, 16) == ["rule     a     b", "one  1,234 5,678"]
    assert printed(table, 12) == ["rule      a", "one   1,234", "", "rule      b", "one   5,678"]
    assert printed(table, 9) == ["one", "  a:", "    1,234", "  b:", "    5,678"]
    assert printed(table, 7) == [
        "one",
        "  a:",
        "    1,234",
        "  b:",
        "    5,678",
    ]  # longer than the line, but whole


@pytest.mark.parametrize("width", range(22, 100))
def test_a_name_without_hyphens_is_broken_only_where_it_is_wider_than_the_terminal(width: int) -> None:
    table = Table("", [Column("rule", words=True), Column("a"), Column("b")])
    table.add("Unbreakable" * 2, "89.92 ± 0.95", "86.92 ± 3.79")
    assert any("Unbreakable" * 2 in line for line in printed(table, width))
    assert sum("89.92 ± 0.95" in line for line in printed(table, width)) == 1


def test_brackets_and_control_characters_are_text() -> None:
    table = Table("[bold]title", [Column("rule", words=True), Column("n")])
    table.add("\x1b]0;owned\x07[red]x[/red]:bug:", "1", note="a\nb")
    lines = printed(table, 60)
    assert lines[0] == "[bold]title"
    assert lines[2] == "\\x1b]0;owned\\x07[red]x[/red]:bug:  1"
    assert lines[3] == "  a\\nb"


def test_characters_that_the_stream_lacks_are_replaced_before_the_columns_are_measured() -> None:
    table = Table("α ± β", [Column("rule", words=True), Column("±")])
    table.add("é", "1 ± 2")
    table.add("日本", "3")
    stream = TextIOWrapper(BytesIO(), encoding="ascii")
    Console(width=60, file=stream, markup=False).print(table)
    stream.seek(0)
    assert stream.read().splitlines() == [
        *("? +/- ?", "rule      +/-", "e     1 +/- 2", "??          3"),
    ]
