"""A task of one's own arrays as a file: it is the same task again, in other processes and under the same keys.

Oracles: the task that was written, byte by byte, and files that were changed on purpose.
"""

from __future__ import annotations

import json
import os
import shutil
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plausible.core import randomness
from plausible.errors import BadInput
from plausible.registry import registry, specs
from plausible.study.compare import Comparison, compare
from plausible.study.keys.changes import changes
from plausible.study.keys.key import key
from plausible.study.store.store import Store
from plausible.study.store.stored import read_stored
from plausible.tasks.filed import members_of, spec_of, write
from plausible.tasks.npz import arrays_in
from plausible.tasks.task import Recipe, Split, Task
from tests.suite.quick import QUICK

X = np.random.default_rng(0).normal(size=(60, 3))
Y = np.array(["ant", "bee", "cat"])[np.repeat([0, 1, 2], (40, 10, 10))]


def mine(**settings: Any) -> Task:
    return Task.from_arrays(
        X, Y, **{"name": "mine", "class_weight": "balanced", "standardise": True, **settings}
    )


def again(text: str) -> Task:
    return registry.task(text, randomness(0).data)


def sequences() -> Task:
    rng = np.random.default_rng(1)

    def split(n: int) -> Split:
        mask = np.ones((5, n))
        mask[0] = 0
        return Split(rng.normal(size=(5, n, 2)), rng.normal(size=(5, n, 1)), mask)

    return Task(
        "times", split(6), split(4), split(4), "values", Recipe((3,), "linear", 1, 2, "sgd", window=5)
    )


@pytest.mark.parametrize("task", [mine(), mine(standardise=False, class_weight=None), Task.from_arrays(X, X[:, :2]), sequences()], ids=["classes", "plain", "values", "sequences"])  # fmt: skip # noqa: E501
def test_a_task_comes_back_from_its_file_as_it_was(task: Task, tmp_path: Path) -> None:
    text = write(task, tmp_path)
    back = again(text)
    assert text == spec_of(task, tmp_path) == write(task, tmp_path)
    assert (back.name, back.kind, back.recipe, back.shared) == (
        task.name,
        task.kind,
        task.recipe,
        task.shared,
    )
    for name, split in task.splits.items():
        for one, other in zip(split, back.splits[name], strict=True):
            if one is None or other is None:
                assert one is other
            else:
                assert (one.dtype, one.tobytes()) == (other.dtype, other.tobytes())
    assert np.array_equal(np.array(task.classes), np.array(back.classes))
    if not task.sequential:
        assert (task.coded.inputs(X) == back.coded.inputs(X)).all()


def test_equal_tasks_make_one_file_and_others_another(tmp_path: Path) -> None:
    write(mine(), tmp_path)
    write(mine(), tmp_path)
    assert len([*tmp_path.iterdir()]) == 1
    other = Task.from_arrays(X, Y, name="mine", seed=1, class_weight="balanced", standardise=True)
    write(other, tmp_path)
    assert len([*tmp_path.iterdir()]) == 2


@pytest.mark.parametrize("folder", ["plain", "with, commas [and] 'quotes'", "ünï cöde"])
def test_a_file_is_found_in_a_folder_of_any_name(folder: str, tmp_path: Path) -> None:
    assert again(write(mine(), tmp_path / folder)).name == "mine"


def test_workers_compute_what_this_process_does(tmp_path: Path) -> None:
    text = write(mine(), tmp_path / "tasks")
    settings: dict[str, Any] = {
        "task": text,
        "rules": ("backprop", "fa"),
        "seeds": 1,
        "epochs": 2,
        "hidden": (4,),
    }
    here, there = (compare(Comparison(**settings), workers=workers) for workers in (0, 2))
    assert [outcome.status for outcome in there.outcomes] == ["done", "done"]
    timed = "per second"
    kept = [
        frame[~frame.metric.str.endswith(timed)].drop(columns="seconds")
        for frame in (here.metrics, there.metrics)
    ]
    assert kept[0].equals(kept[1])
    assert {*there.metrics.task} == {registry.label(text, "task")}
    assert registry.label(text, "task").startswith("mine-")


def test_the_key_holds_the_numbers_and_not_the_folder(tmp_path: Path) -> None:
    one, same = (write(mine(), tmp_path / folder) for folder in ("a", "b"))
    other = write(Task.from_arrays(X + 1e-3, Y, name="mine"), tmp_path / "a")
    keys = [key(replace(QUICK, task=text)) for text in (one, same, other)]
    assert keys[0].name == keys[1].name != keys[2].name
    assert keys[0].data != keys[2].data


def test_a_result_is_taken_from_the_store_and_computed_anew_where_the_numbers_are_others(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path / "results")
    computed = []
    for task in (mine(), mine(), mine(seed=1)):
        text = write(task, store.root / "tasks")
        comparison = Comparison(task=text, rules=("backprop",), seeds=1, epochs=1, hidden=(4,))
        computed.append(compare(comparison, workers=0, store=store).computed)
    assert computed == [1, 0, 1]


def test_a_run_is_stored_with_the_whole_path_of_its_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("my flowers.npz", X=X, y=Y)
    store = Store(tmp_path / "results")
    comparison = Comparison(
        task="arrays[file='my flowers.npz']", rules=("fa",), seeds=1, epochs=1, hidden=(4,)
    )
    (outcome,) = compare(comparison, workers=1, store=store).outcomes
    (stored,) = store.runs.iterdir()
    named = json.loads((stored / "spec.json").read_text(encoding="utf-8"))["task"]
    assert specs.task_file(named) == tmp_path / "my flowers.npz"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert changes(read_stored(stored)) == []
    np.savez(tmp_path / "my flowers.npz", X=X + 1, y=Y)
    assert changes(read_stored(stored)) == ["the data changed"]
    (tmp_path / "my flowers.npz").unlink()
    with pytest.raises(BadInput, match=r"expected an \.npz that is there"):
        changes(read_stored(stored))
    assert outcome.status == "done"


def test_a_file_of_ones_own_with_x_and_y_is_a_task(tmp_path: Path) -> None:
    np.savez(tmp_path / "flowers.npz", X=X, y=Y)
    task = again(f"arrays[file={tmp_path / 'flowers.npz'}]")
    assert task.name == "flowers"
    assert (task.train.x == Task.from_arrays(X, Y).train.x).all()


def test_a_file_of_ones_own_may_be_compressed_and_of_words(tmp_path: Path) -> None:
    """Oracle: the task of the same arrays. Of zeros, more come out of a file than it has bytes."""
    x = np.vstack([X, np.zeros((5000, X.shape[1])) + np.arange(5000)[:, None] // 50])
    y = np.where(np.arange(len(x)) % 2, "odd", "even")
    np.savez_compressed(tmp_path / "large.npz", X=x, y=y)
    assert (tmp_path / "large.npz").stat().st_size < len(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rows repeat
        task, expected = again(f"arrays[file={tmp_path / 'large.npz'}]"), Task.from_arrays(x, y)
    assert (task.train.x == expected.train.x).all()
    assert task.coded.classes is not None
    assert task.coded.classes.tolist() == ["even", "odd"]


def test_an_axis_may_be_longer_than_a_compressed_file(tmp_path: Path) -> None:
    """Only an array without bytes may claim any length."""
    np.savez_compressed(tmp_path / "zeros.npz", X=np.zeros(10**5, bool))
    assert (tmp_path / "zeros.npz").stat().st_size < 2**10
    assert arrays_in(tmp_path / "zeros.npz")["X"].shape == (10**5,)
    with pytest.raises(BadInput, match="its parts are compressed, as none is that is written here"):
        arrays_in(tmp_path / "zeros.npz", bounded=True)


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (
            np.array([*"abc"], object),
            "its part 'y' holds Python objects, .*y.astype.str. makes words of objects",
        ),
        (np.zeros((10**9, 0)), r"its part 'y' has shape \(1000000000, 0\), which \d+ bytes cannot hold"),
    ],
    ids=["objects", "endless"],
)
def test_what_no_task_can_be_made_of_is_named(y: Any, said: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "odd.npz", X=X, y=y)
    with pytest.raises(BadInput, match=f"odd.npz', cannot be read: {said}") as caught:
        again(f"arrays[file={tmp_path / 'odd.npz'}]")
    assert "\n" not in str(caught.value)


class Evil:
    """What a pickle may do."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("owned",)


def resaved(path: Path, **members: Any) -> None:
    with np.load(path) as held:
        kept = {name: held[name] for name in held.files}
    np.savez(path, **(kept | members))


def moved_bytes(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(mine().train.x.tobytes()) + 5] ^= 1
    path.write_bytes(content)


def another_format(path: Path) -> None:
    members = members_of(mine())
    about = json.loads(members["about"].tobytes()) | {"format": "plausible task 0"}
    np.savez(path, **(members | {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}))


def another_task(path: Path) -> None:
    shutil.copy(file_of(write(mine(seed=1), path.parent / "other")), path)


DAMAGES: dict[str, tuple[Any, str]] = {
    "a number that was changed": (lambda path: resaved(path, test_x=np.zeros((12, 3))), "was changed since"),
    "a pickle": (lambda path: resaved(path, classes=np.array([Evil()], object)), "holds Python objects, which only"),
    "half of it": (lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]), "cut off or damaged"),
    "nothing": (lambda path: path.write_bytes(b""), "it is empty"),
    "a flipped byte": (moved_bytes, "is damaged|was changed since"),
    "a text": (lambda path: path.write_text("X,y\n1,2\n", encoding="utf-8"), "it is no .npz file"),
    "other arrays": (lambda path: np.savez(path, a=X), "holds no task"),
    "no file": (lambda path: path.unlink(), "expected an .npz that is there"),
    "a pipe": (lambda path: (path.unlink(), os.mkfifo(path)), "expected an .npz that is there"),
    "another task's": (another_task, "was changed since"),
    "another format": (another_format, "the format of a task's file is 'plausible task 0'"),
}  # fmt: skip


def file_of(text: str) -> Path:
    path = specs.task_file(text)
    assert path is not None
    return path


def test_a_file_of_another_name_is_held_against_the_digest_inside(tmp_path: Path) -> None:
    path = file_of(write(mine(), tmp_path))
    other = path.rename(tmp_path / "other.npz")
    assert again(f"arrays[file={other}]").name == "mine"
    resaved(other, test_x=np.zeros((12, 3)))
    with pytest.raises(BadInput, match="was changed since it was written"):
        again(f"arrays[file={other}]")


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_file_is_refused_by_name(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = write(mine(), tmp_path)
    damage, expected = DAMAGES[what]
    damage(file_of(text))
    with pytest.raises(BadInput, match=expected) as caught:
        again(text)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "owned").exists()


def test_a_task_of_no_file_is_refused() -> None:
    with pytest.raises(BadInput, match=r"^task 'arrays' is given no file: expected arrays\[file=FILE.npz\]"):
        again("arrays")


def test_a_task_with_a_report_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    task = mine()
    split = task.splits
    reporting = Task(
        "mine", split["train"], split["validation"], split["test"], "classes", task.recipe, lambda layers: []
    )
    with pytest.raises(BadInput, match="the report of mine is 'a function': expected None"):
        write(reporting, tmp_path / "tasks")
    assert not (tmp_path / "tasks").exists()
