"""Files of what was learned that are damaged, forged or of another version. Oracle: what was done to them."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plausible.api.going_on import place_of
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.study.course import execute
from plausible.study.learned import FORMAT, packed, read
from tests.suite.learning import of_run
from tests.suite.quick import QUICK, RULE, mine


@pytest.fixture(scope="module")
def content() -> bytes:
    """A file of a user's own optimiser settings, weights and a state."""
    course, learned = of_run(replace(QUICK, rule="forward-forward", network=MLP((4, 4))))
    return packed(replace(learned, place=place_of(course)))


Members = dict[str, Any]


def changed(change: Callable[[Members], Any]) -> Callable[[bytes], bytes]:
    """A file with other members."""

    def made(content: bytes) -> bytes:
        with np.load(io.BytesIO(content)) as held:
            members = {name: held[name] for name in held.files}
        change(members)
        out = io.BytesIO()
        np.savez(out, **members)
        return out.getvalue()

    return made


def about(change: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    """A file that says something else of itself."""

    def changes(members: Members) -> None:
        told = json.loads(str(members["about"]))
        change(told)
        members["about"] = np.array(json.dumps(told))

    return changed(changes)


def with_weight(array: Any) -> Callable[[bytes], bytes]:
    """A file with another W1, of which it tells truly."""

    def changes(members: Members) -> None:
        members["params/W1"] = array
        told = json.loads(str(members["about"]))
        finite = bool(np.isfinite(array).all())
        told["arrays"]["params/W1"] = [list(array.shape), array.dtype.str, finite]
        members["about"] = np.array(json.dumps(told))

    return changed(changes)


def raw(name: str, data: bytes) -> Callable[[bytes], bytes]:
    """A file in which a member has these bytes."""

    def made(content: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
            for part in old.namelist():
                new.writestr(part, data if part == name else old.read(part))
        return out.getvalue()

    return made


def compressed(content: bytes) -> bytes:
    out = io.BytesIO()
    with np.load(io.BytesIO(content)) as held:
        np.savez_compressed(out, **{name: held[name] for name in held.files})
    return out.getvalue()


def flipped(content: bytes) -> bytes:
    """A bit of a weight is another one."""
    at = content.index(b"params/W1.npy") + 200
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


class Canary:
    """Unpickling it would write a file."""

    def __reduce__(self) -> Any:
        return Path.touch, (Path("canary"),)


def objects() -> Any:
    array = np.empty(1, object)
    array[0] = Canary()
    return array


def npy(array: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


FAULTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda c: b"", "it is empty"),
    "text": (lambda c: b"weights", "it is no .npz file"),
    "a pickle": (lambda c: pickle.dumps(Canary()), "it is a pickle, which is never read"),
    "one array": (lambda c: npy(np.ones(3)), "it is a single array, as numpy.save writes it"),
    "cut off": (lambda c: c[: len(c) // 2], "it is cut off or damaged"),
    "cut off by a byte": (lambda c: c[:-1], "it is cut off or damaged"),
    "a bit": (flipped, "its part 'params/W1' is damaged"),
    "compressed": (compressed, "its parts are compressed"),
    "another .npz": (
        changed(lambda m: m.pop("about")),
        "it lacks the part 'about': it was written by something else",
    ),
    "no JSON": (changed(lambda m: m.update(about=np.array("{"))), "its part 'about' is no JSON"),
    "no format": (about(lambda a: a.pop("format")), "its part 'about' names no format"),
    "a list": (changed(lambda m: m.update(about=np.array("[1]"))), "its part 'about' names no format"),
    "numbers for words": (changed(lambda m: m.update(about=np.ones(3))), "its part 'about' is no text"),
    "the next format": (
        about(lambda a: a.update(format=FORMAT + 1)),
        f"it is of format {FORMAT + 1}: expected {FORMAT}, that of plausible",
    ),
    "the format without a place": (
        about(lambda a: a.update(format=1)),
        f"it is of format 1: expected {FORMAT}, that of plausible",
    ),
    "a format that is a word": (
        about(lambda a: a.update(format=str(FORMAT))),
        f"it is of format '{FORMAT}': expected {FORMAT}",
    ),
    "a format that is true": (
        about(lambda a: a.update(format=True)),
        f"it is of format True: expected {FORMAT}",
    ),
    "no place": (about(lambda a: a.pop("place")), r"its part 'about' does not fit its arrays \('place'\)"),
    "a place that is a number": (about(lambda a: a.update(place=3)), "its place does not fit"),
    "a place without a memory": (
        about(lambda a: a["place"]["dict"].pop("memory")),
        "its place does not fit .*: expected number, examples, seconds, before, memory, noise",
    ),
    "a memory that is a number": (
        about(lambda a: a["place"]["dict"].update(memory=3)),
        "its place holds what no run has: expected counts, a memory and a generator's state",
    ),
    "a generator of another kind": (
        about(lambda a: a["place"]["dict"]["noise"]["dict"].update(bit_generator="MT19937")),
        "its place holds what no run has",
    ),
    "fewer changes than none": (
        about(lambda a: a["place"]["dict"].update(number=-1)),
        "its place holds what no run has",
    ),
    "a missing weight": (changed(lambda m: m.pop("params/W1")), "its part 'params/W1' is missing"),
    "a part too many": (
        changed(lambda m: m.update(x=np.ones(1))),
        "it has a part 'x' that does not belong to it",
    ),
    "another shape": (
        changed(lambda m: m.update({"params/W1": np.ones((3, 3), "f4")})),
        r"its part 'params/W1' has shape \(3, 3\): expected \[4, 4\]",
    ),
    "another shape throughout": (
        with_weight(np.ones((3, 3), "float32")),
        r"weight 'W1' has shape \(3, 3\) and dtype <f4: expected \(4, 4\) and <f4, as rule 'forward-forward' has",
    ),
    "another dtype": (
        changed(lambda m: m.update({"params/W1": m["params/W1"].astype("f8")})),
        "its part 'params/W1' is of dtype <f8: expected '<f4'",
    ),
    "NaN": (
        changed(lambda m: m["params/W1"].__setitem__((0, 0), np.nan)),
        "its part 'params/W1' has NaN or infinite numbers, where none were written",
    ),
    "NaN throughout": (
        with_weight(np.full((4, 4), np.nan, "float32")),
        "weight 'W1' has NaN or infinite numbers: expected finite ones",
    ),
    "an array of objects": (
        raw("params/W1.npy", npy(objects())),
        "its part 'params/W1' holds Python objects, which only pickle could read",
    ),
    "a pickle among the parts": (
        raw("params/W1.npy", pickle.dumps(Canary())),
        "its part 'params/W1' is no array",
    ),
    "rows without end": (
        raw("params/W1.npy", npy(np.zeros((10**12, 0), "f4"))),
        r"its part 'params/W1' has shape \(1000000000000, 0\), which \d+ bytes cannot hold",
    ),
    "no state": (about(lambda a: a.pop("state")), r"its part 'about' does not fit its arrays \('state'\)"),
    "a state of another kind": (
        about(lambda a: a.update(state=3)),
        "does not fit its arrays|its state is of kind int",
    ),
    "an array twice": (
        about(lambda a: a["params"]["dict"].update(W2={"array": "params/W1"})),
        "its part 'about' does not fit its arrays",
    ),
    "a weight less": (about(lambda a: a["params"]["dict"].pop("W1")), "it has weights .*: expected W1"),
    "lists in lists": (
        about(lambda a: a.update(run=json.loads("[" * 100 + "]" * 100))),
        "expected Run|nested deeper",
    ),
    "no run": (about(lambda a: a.pop("run")), "a stored value is None: expected Run"),
    "a run of another class": (
        about(lambda a: a["run"].update({"class": "optimiser:sgd"})),
        "a stored 'optimiser:sgd' stands where Run is expected",
    ),
    "a class that there is not": (
        about(lambda a: a["run"]["optimiser"].update({"class": "optimiser:adamw2"})),
        "it needs 'optimiser:adamw2', which is not registered here: install the package that brings it",
    ),
    "a rule that there is not": (about(lambda a: a["run"].update(rule="fx")), "unknown rule 'fx'"),
    "a module": (
        about(lambda a: a["run"]["optimiser"].update({"class": "os:system"})),
        "it needs 'os:system', which is not registered here",
    ),
    "no outputs": (about(lambda a: a.update(n_out=0)), "n_out is 0: expected a whole number above 0"),
    "outputs that are true": (
        about(lambda a: a.update(n_out=True)),
        "n_out is True: expected a whole number",
    ),
    "more outputs": (
        about(lambda a: a.update(n_out=3)),
        r"the shape of its labels is \(2,\): expected \(3,\)",
    ),
    "an end that there is not": (
        about(lambda a: a.update(status="won")),
        "its status is 'won': expected one of done, diverged",
    ),
    "a reason of two lines": (
        about(lambda a: a.update(reason="a\nb")),
        "its reason is .*: expected a line of words",
    ),
    "no status": (about(lambda a: a.pop("status")), r"its part 'about' does not fit its arrays \('status'\)"),
    "another kind": (about(lambda a: a.update(kind="x")), "its kind is 'x': expected 'classes' or 'values'"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_with_a_file_is_named(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line that begins with the file; and nothing of it is executed."""
    monkeypatch.chdir(tmp_path)
    spoil, expected = FAULTS[name]
    file = tmp_path / "a.npz"
    file.write_bytes(spoil(content))
    with pytest.raises(BadInput, match=expected) as error:
        read(file)
    assert str(error.value).startswith(f"{str(file)!r} cannot be loaded: ")
    assert str(error.value).isprintable()
    assert not Path("canary").exists()


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"a\.npz' cannot be loaded: it cannot be read \(No such file"):
        read(tmp_path / "a.npz")
    with pytest.raises(BadInput, match="cannot be loaded: it is no regular file"):
        read(tmp_path)


def test_a_rule_of_ones_own_whose_file_has_moved_is_named(tmp_path: Path) -> None:
    """Files that a result names are executed only when that is asked for, in a process that has not done so."""
    run = mine(tmp_path / "own", RULE)
    file = tmp_path / "a.npz"
    file.write_bytes(execute(run, keep=True).learned)
    assert read(file).run == run, "this process has executed it"
    shutil.move(tmp_path / "own" / "mine.py", tmp_path / "other.py")
    for asked in (False, True):
        with pytest.raises(BadInput, match=r"mine\.py.* is not there|mine\.py', which is not there"):
            read(file, execute=asked)
    (tmp_path / "own" / "mine.py").write_text(
        RULE + f"{tmp_path / 'canary'!s}".join(["import os; os.mkdir('", "')\n"])
    )
    with pytest.raises(
        BadInput, match=r"own/mine\.py', a file that reading a result does not execute, but with"
    ):
        read(file)
    assert not (tmp_path / "canary").exists()
    assert read(file, execute=True).run == run
    assert (tmp_path / "canary").exists()
    (tmp_path / "own" / "mine.py").write_text("Mine = 3\n")
    with pytest.raises(BadInput, match=r"Mine"):
        read(file, execute=True)
