"""What pages of rules and tasks show. Oracle: the tables, the tasks' own arrays, and Python, which runs the lines."""

from __future__ import annotations

import ast
import io
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from plausible.plotting.examples import examples
from plausible.registry import registry
from plausible.site import drawn
from plausible.site.build import build
from plausible.site.rules import how_to_run, rule
from plausible.site.told import told
from plausible.study.compare import Comparison
from plausible.study.store.tables import tables
from plausible.tasks.task import Recipe, Split, Task
from tests.suite.pages import Page
from tests.suite.test_site import HOSTILE


@pytest.fixture(scope="module")
def site() -> Mapping[str, bytes]:
    return build(["akrout2019"], "plausible report")


def test_a_learning_curve_is_that_of_the_table(site: Mapping[str, bytes]) -> None:
    table = pd.read_parquet(tables()["akrout2019"])
    table = table[(table.metric == "accuracy") & (table.split == "validation")]
    table = table.assign(epoch=table.epoch.map(lambda epoch: float(f"{epoch:.6g}")))  # as the CSV has it
    kept = pd.read_csv(io.BytesIO(site["figures/learning-weight-mirror.csv"]))
    assert {each.partition("[")[0] for each in kept.rule} == {"backprop", "weight-mirror"}
    both = kept.merge(table, on=["rule", "seed", "epoch"], suffixes=("", "_of_table"))
    assert len(both) == len(kept) == (table.rule.isin({*kept.rule})).sum() > 50
    assert [*both.value] == pytest.approx([*both.value_of_table], abs=5e-7)
    page = Page(site["rules/weight-mirror.html"].decode())
    (image,) = page.all("img")
    assert image.attributes["src"] == "../figures/learning-weight-mirror.svg"
    assert "weight-mirror" in image.attributes["alt"]


def test_settings_are_never_averaged_in_a_curve() -> None:
    (each,) = told(["feedback"])
    for name in ("kolen-pollack", "feedback-alignment", "backprop"):
        rows = drawn.of_study(name, each)
        assert rows.task.nunique() == 1
        assert not rows.duplicated(["rule", "seed", "epoch"]).any(), name
        assert rows.rule.nunique() <= drawn.LINES


def test_the_prose_of_a_rule_has_no_raw_markup(site: Mapping[str, bytes]) -> None:
    page = Page(site["rules/weight-mirror.html"].decode())
    assert page.all("code", "sub")
    assert not [
        each.text for each in page.all("p") if "`" in each.text or "_{" in each.text or "_l" in each.text
    ]


def test_equations_are_drawn_by_the_browser_and_escape_what_they_hold(site: Mapping[str, bytes]) -> None:
    page = Page(site["rules/weight-mirror.html"].decode())
    assert page.all("math")
    assert not page.wrong
    evil = "A rule.\n\n    W_l = <script>alert(1)</script> δ_l\n\nwith <img src=x>."
    for kind, text in drawn.equations(evil):
        assert kind != "equation" or "<script" not in text


@pytest.mark.parametrize("name", ["kolen-pollack", "bptt"])
def test_the_four_lines_of_a_page_run_as_they_stand(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command, lines = how_to_run(name)
    assert len(lines.splitlines()) == 4
    assert name in command
    quick = lines.replace("seeds=3, epochs=5", "seeds=1, epochs=1")
    assert quick != lines
    exec(compile(quick, "page", "exec"), {})
    assert name in capsys.readouterr().out


def test_the_lines_of_every_rule_are_python_and_name_runs_that_can_be_made() -> None:
    for name in registry.registered("rule"):
        command, lines = how_to_run(name)
        call = next(node for node in ast.walk(ast.parse(lines)) if isinstance(node, ast.Call))
        if command.startswith("plausible compare"):
            rules, task = (ast.literal_eval(each) for each in call.args)
            given = {each.arg: ast.literal_eval(each.value) for each in call.keywords}
            assert Comparison(task, tuple(rules), **given).runs()
            assert f"--rules {','.join(rules)}" in command
        else:
            assert (ast.unparse(call), command) == (f"pl.audit({name!r})", f"plausible check {name}")


RECIPE = Recipe((4,), "softmax", epochs=1, batch_size=4, optimiser="sgd")


def task(n_in: int, kind: str = "classes", steps: int = 0, **more: object) -> Task:
    """A task of random numbers."""
    rng, lead = np.random.default_rng(0), (steps, 12) if steps else (12,)
    splits = []
    for _ in range(3):
        x = rng.random((*lead, n_in))
        y = np.eye(2)[rng.permutation(np.arange(np.prod(lead)) % 2)].reshape(*lead, 2)
        splits.append(Split(x, y if kind == "classes" else rng.random((*lead, 2))))
    recipe = RECIPE if kind == "classes" else RECIPE._replace(output="linear")
    return Task("mine", *splits, kind, recipe, shared="drawn")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "said", "pictures"),
    [
        (task(36), "6 by 6 pixels, 2 classes", 2),
        (task(36, "values"), "36 inputs, 2 targets", 2),
        (task(35), "35 inputs, 2 targets", 2),
        (task(2), "Inputs in their plane", 0),
        (task(1, "values"), "A target against an input", 0),
        (task(3, steps=5), "3 sequences of 5 steps", 6),
    ],
    ids=["images", "values", "rows", "plane", "line", "sequences"],
)
def test_examples_are_drawn_by_their_kind(made: Task, said: str, pictures: int) -> None:
    figure = examples(made)
    assert figure.get_suptitle() == said
    shown = [image for axes in figure.axes for image in axes.get_images()]
    assert len(shown) == pictures
    if said.startswith("6 by 6"):
        first = int(np.flatnonzero(made.train.y[:, 0] == 1)[0])
        assert np.array_equal(shown[0].get_array(), made.train.x[first].reshape(6, 6))
        titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_images()]
        assert titles == ["0", "1"]
    figure.draw_without_rendering()
    assert all(np.isfinite(each.get_window_extent().bounds).all() for each in figure.findobj(Text))


def test_a_task_whose_files_are_not_here_says_so_and_nothing_is_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLAUSIBLE_DATA", "")
    monkeypatch.setattr("plausible.tasks.fetch.folders", lambda dataset: iter(()))
    shown = drawn.of_task("japanese-vowels")
    assert shown.figure is None
    assert "Its examples are not drawn here" in shown.undrawn


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_rules_tasks_and_reasons_are_texts_of_a_page(name: str) -> None:
    assert drawn.of_task(name) == drawn.NONE
    assert rule(name).code == ""
    assert drawn.learning(name, []) == drawn.NONE
