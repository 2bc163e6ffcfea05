"""Classes of one name in two files stay two: in labels, tables, keys and the store. Oracle: counting."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.printing.names import shortest
from plausible.registry import registry
from plausible.report.summary import summary
from plausible.study import campaign
from plausible.study.campaign import matches, plan
from plausible.study.columns import with_options
from plausible.study.compare import Comparison, compare
from plausible.study.course import execute
from plausible.study.keys.key import key
from plausible.study.run import Run
from plausible.study.store.store import Store
from plausible.study.study import Study, cells
from tests.suite.bad_files import FILES
from tests.suite.command import computed
from tests.suite.quick import QUICK, RULE, mine

OTHER = RULE.replace("2 *", "3 *")
BRACKETS = """
def noisy(rng, *, noise: float = 0.1):
    from plausible.tasks.toys import two_moons
    return two_moons(rng, examples=50, noise=noise)
"""


def test_a_label_is_folder_file_and_class_whatever_the_path_is_written_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = (
        "a/rule.py:Mine[gain=2]",
        "./a/rule.py:Mine[gain=2]",
        f"{tmp_path}/b/../a/rule.py:Mine[gain=2]",
    )
    assert {registry.label(text) for text in written} == {"a/rule:Mine[gain=2]"}
    assert registry.label("b/rule.py:Mine[gain=2]") == "b/rule:Mine[gain=2]"
    assert registry.label("a/task.py:moons", "task") == "a/task:moons"
    assert registry.label("fa") == "feedback-alignment"


def test_two_files_with_a_class_of_one_name_are_two_in_the_store(tmp_path: Path) -> None:
    runs = [mine(tmp_path / "a", RULE), mine(tmp_path / "b", OTHER)]
    keys = list(map(key, runs))
    assert len({one.name for one in keys}) == 2
    store = Store(tmp_path / "results")
    for run, its_key in zip(runs, keys, strict=True):
        store.save(its_key, execute(run))
    found = store.load().groupby("rule", observed=True).key.unique()
    assert {rule: list(names) for rule, names in found.items()} == {
        "a/mine:Mine": [keys[0].name],
        "b/mine:Mine": [keys[1].name],
    }


def test_two_files_with_a_class_of_one_name_are_compared(tmp_path: Path) -> None:
    rules = tuple(mine(tmp_path / name, text).rule for name, text in (("a", RULE), ("b", OTHER)))
    result = compare(Comparison("two-moons[examples=100]", rules, seeds=1, epochs=1, hidden=(4,)))
    table = summary(result)
    assert list(table.rule) == ["a/mine:Mine", "b/mine:Mine"]  # alone each would be called Mine
    assert list(table.done) == [1, 1]
    losses = result.metrics[(result.metrics.metric == "loss") & (result.metrics.split == "validation")]
    assert losses.groupby("rule").value.last().nunique() == 2


def test_files_that_cannot_be_told_apart_are_refused_in_one_line(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
    rules = tuple(mine(tmp_path / name / "a", text).rule for name, text in (("x", RULE), ("y", OTHER)))
    with pytest.raises(BadInput, match="folders of one name have to be renamed") as caught:
        Comparison("two-moons[examples=100]", rules).runs()
    assert "\n" not in str(caught.value)
    same = Study("same", "?", {"smoke": lambda: [mine(tmp_path / name, RULE) for name in "pq"]})
    with pytest.raises(BadInput, match="are the same code under one file name") as caught:
        plan(same, "smoke")
    assert "\n" not in str(caught.value)


def test_a_study_of_two_files_of_one_name_is_refused_and_not_averaged(tmp_path: Path) -> None:
    """Their runs would be rows of one rule: `reproduce` took the mean of two rules for that of one."""
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
    runs = [mine(tmp_path / name / "a", text) for name, text in (("x", RULE), ("y", OTHER))]
    with pytest.raises(BadInput, match="go by one name, 'a/mine:Mine'") as caught:
        plan(Study("two", "?", {"smoke": lambda: runs}), "smoke")
    assert "\n" not in str(caught.value)


def test_a_run_is_found_again_where_its_file_has_been_moved_and_goes_by_the_new_name(tmp_path: Path) -> None:
    old, new = mine(tmp_path / "old", RULE), mine(tmp_path / "new", RULE)
    store = Store(tmp_path / "results")
    store.save(key(old), execute(dataclasses.replace(old, rule=old.rule)))
    moved = plan(Study("moved", "?", {"smoke": lambda: [new]}), "smoke")
    assert set(moved.stored(store)) == {new} != {QUICK}
    assert set(moved.table(store).rule) == {"new/mine:Mine"}


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        (["mine/rule:Mine[a=1]", "backprop"], ["Mine[a=1]", "backprop"]),
        (["mine/rule:Mine", "mine/rule:Mine[a=1]"], ["Mine", "Mine[a=1]"]),
        (["p/rule:Mine", "p/other:Mine", "q/rule:Yours"], ["rule:Mine", "other:Mine", "Yours"]),
        (["p/rule:Mine", "q/rule:Mine", "p/other:Mine"], ["p/rule:Mine", "q/rule:Mine", "other:Mine"]),
        (["p/rule:backprop", "backprop"], ["rule:backprop", "backprop"]),
        (["p/rule:Mine[file=a/b:c]"], ["Mine[file=a/b:c]"]),
        (["p/rule:Mine@q/opt:Own[a=1]", "backprop@tuned"], ["Mine@q/opt:Own[a=1]", "backprop@tuned"]),
    ],
)
def test_side_by_side_names_are_as_short_as_they_can_be_told_apart(
    labels: list[str], shown: list[str]
) -> None:
    assert list(shortest(labels).values()) == shown


def test_files_in_folders_with_brackets_and_spaces_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two tasks and a rule: in labels, in columns, among the runs that --only names, and from the store."""
    for folder, file in (("a [x]", "t"), ("b (y) [z", "t"), ("c [r=1]", "rule")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{file}.py").write_text(FILES["rule.py"] + BRACKETS)
    monkeypatch.chdir(tmp_path)
    tasks = ["./a [x]/t.py:noisy[noise=1]", "./b (y) [z/t.py:noisy"]
    rules = ["./c [r=1]/rule.py:Mine[strength=2]", "backprop"]
    runs = [
        cell for cell in cells(tasks, rules, [MLP((4,))], SGD(0.1), 1, 10, seeds=1) if isinstance(cell, Run)
    ]
    made = plan(Study("both", "Are they two?", {"smoke": lambda: runs}), "smoke")
    assert [campaign.name(run) for run in runs] == [
        "c [r=1]/rule:Mine[strength=2]@a [x]/t:noisy[noise=1]/0",
        "backprop@a [x]/t:noisy[noise=1]/0",
        "c [r=1]/rule:Mine[strength=2]@b (y) [z/t:noisy/0",
        "backprop@b (y) [z/t:noisy/0",
    ]
    assert [matches(campaign.name(run), "Mine*") for run in runs] == [True, False, True, False]
    assert shortest(registry.label(rule) for rule in rules) == {
        "c [r=1]/rule:Mine[strength=2]": "Mine[strength=2]",
        "backprop": "backprop",
    }
    store = Store()
    computed(runs, store)
    assert len(made.stored(Store())) == 4
    table = with_options(made.table(Store()))
    found = table.drop_duplicates(["task", "rule"])[["task_name", "task_noise", "rule_name", "rule_strength"]]
    assert found.astype(object).where(found.notna(), None).values.tolist() == [
        ["a [x]/t:noisy", 1.0, "c [r=1]/rule:Mine", 2.0],
        ["a [x]/t:noisy", 1.0, "backprop", None],
        ["b (y) [z/t:noisy", None, "c [r=1]/rule:Mine", 2.0],
        ["b (y) [z/t:noisy", None, "backprop", None],
    ]
