"""What a run has learned, in one .npz file: weights, the rule's state, where it stands, and in words what they are of.

The file holds arrays called params/W1 ..., and `about`, a JSON text with the version of the format, the run (rule,
network, optimiser, task ...), sizes, and the shape and the dtype of every array. Nothing in it is pickled.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from plausible.arrays import on_host
from plausible.core import Params, Rule, State, randomness
from plausible.errors import BadInput, is_whole, require
from plausible.printing.words import visible, without_home
from plausible.registry import files, registry, specs, values
from plausible.registry.encoding import SHORT, decode, encode
from plausible.registry.names import whole_path
from plausible.study.checkpoint import NotStorable, filled, outline
from plausible.study.place import Place, of_file
from plausible.study.run import Row, Run
from plausible.tasks import npz
from plausible.tasks.given import Encoding
from plausible.tasks.task import KINDS
from plausible.train import weights_and_state

Ended: TypeAlias = Literal["done", "diverged", "failed", "timed out", "pruned", "interrupted"]

FORMAT = 2
PARTS = ("params", "state", "coded", "rows", "place")
ABOUT = "about"
UNKEPT = (
    "its weights are not kept"  # how the reason begins, of a run that was done, why there is no such file
)
WORDS, NUMBERS = ("split", "metric", "layer"), ("epoch", "examples", "seconds", "value")  # of a row


@dataclass(frozen=True, eq=False)
class Learned:
    """What a run has learned.

    Args:
        run: what it was.
        params: the weights by name.
        state: the rule's state after the last step.
        n_out: the columns of y.
        kind: "classes" or "values".
        coded: how examples of n_in columns become x, and answers labels or values.
        rows: what was measured on the way.
        versions: of plausible, Python and numpy, when it was written.
        status, reason: how learning ended, and why.
        place: where the run stands, with what its optimiser remembers; None where it cannot go on from there.
    """

    run: Run
    params: Params
    state: State
    n_out: int
    kind: str
    coded: Encoding
    rows: list[Row] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    status: Ended = "done"
    reason: str = ""
    place: Place | None = None


def packed(learned: Learned) -> bytes:
    """The content of the file.

    Raises:
        BadInput: if weights are not finite, or the state of the rule, or the run, holds what cannot be stored.
    """
    check_finite(learned.params)
    run = learned.run.renamed(lambda kind, text: without_home(whole_path(text)))
    rows: list[Any] = learned.rows
    table = {
        "words": [[getattr(row, name) for name in WORDS] for row in rows],
        "numbers": np.array([[getattr(row, name) for name in NUMBERS] for row in rows], float).reshape(-1, 4),
    }
    params = {name: on_host(array) for name, array in learned.params.items()}
    arrays: dict[str, Any] = {}
    parts = {"params": params, "state": learned.state, "coded": vars(learned.coded), "rows": table}
    held = {name: storable(run.rule, name, part, arrays) for name, part in parts.items()}
    about = {
        "format": FORMAT,
        "versions": versions(),
        "run": encode(run, without_home),
        "n_out": learned.n_out,
        "kind": learned.kind,
        "status": learned.status,
        "reason": visible(" ".join(without_home(learned.reason).split())),
        "place": placed(learned.place, arrays),
        "arrays": {name: described(array) for name, array in arrays.items()},
        **held,
    }
    content = BytesIO()
    members: dict[str, Any] = {ABOUT: np.array(json.dumps(about)), **arrays}
    np.savez(content, **members)
    return content.getvalue()


def storable(rule: str, name: str, part: Any, arrays: dict[str, Any]) -> Any:
    """The outline of a part of what a rule has learned. Raises `BadInput`, with the name of the rule."""
    try:
        return outline(part, arrays, name)
    except NotStorable as error:
        if name == "coded":
            raise BadInput(
                f"the labels of the task cannot be stored ({error}): expected numbers or words"
            ) from error
        raise BadInput(
            f"what rule {rule!r} has learned cannot be stored ({error}): expected a state of arrays, numbers and words "
            "in dictionaries, lists and tuples"
        ) from error


def placed(place: Place | None, arrays: dict[str, Any]) -> Any:
    """The outline of a place; None, as if there were none, if an optimiser of a user's own remembers anything odd."""
    more = dict(arrays)
    try:
        found = outline(None if place is None else vars(place), more, "place")
    except NotStorable:
        return None
    arrays.update(more)
    return found


def versions() -> dict[str, str]:
    """The versions of plausible, Python and numpy."""
    ours = importlib.metadata.version("plausible")
    return {"plausible": ours, "python": platform.python_version(), "numpy": np.__version__}


def described(array: Any) -> list[Any]:
    """Shape, dtype, and whether all numbers are finite."""
    return [list(array.shape), array.dtype.str, is_finite(array)]


def is_finite(array: Any) -> bool:
    """Whether no number is NaN or infinite; words are finite."""
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def read(file: Path, execute: bool = False) -> Learned:
    """What `packed` wrote into a file.

    With `execute`, the user's own files that it names are executed; without, only those that this process has executed
    already count.

    Raises:
        BadInput: for a file that is not there, or is of another format, or damaged, or names a class that cannot be
            made here; the message names the file and what is wrong with it.
    """
    try:
        about, arrays = opened(file)
        return made(about, arrays, execute)
    except BadInput as error:
        raise BadInput(f"{str(file)!r} cannot be loaded: {error}") from error


def trouble(file: Path) -> str:
    """Why a file is not of this format, or not as it was written; "" if it is. What it names is not looked for."""
    try:
        opened(file)
    except BadInput as error:
        return str(error)
    return ""


def opened(file: Path) -> npz.Archive:
    """The text and the arrays of a file of this format. Raises `BadInput`."""
    found = npz.read(file, ABOUT)
    about = content_of(found.text)
    told = about.get("arrays")
    if not isinstance(told, dict):
        raise BadInput(f"its part {ABOUT!r} does not tell of its arrays")
    for name in told.keys() - found.arrays.keys():
        raise BadInput(f"its part {visible(name)!r} is missing")
    for name, array in found.arrays.items():
        if name not in told:
            raise BadInput(f"it has a part {visible(name)!r} that does not belong to it")
        check_array(visible(name), array, told[name])
    return found


def content_of(text: str) -> dict[str, Any]:
    """What the text of a file says. Raises `BadInput` unless it is of this format."""
    try:
        about = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"its part {ABOUT!r} is no JSON") from error
    if not isinstance(about, dict) or "format" not in about:
        raise BadInput(f"its part {ABOUT!r} names no format: it was written by something else")
    if about["format"] != FORMAT or isinstance(about["format"], bool):
        by = about.get("versions")
        writer = by.get("plausible") if isinstance(by, dict) else None
        said = f"; plausible {visible(SHORT.repr(writer))} wrote it" if writer else ""
        raise BadInput(
            f"it is of format {visible(SHORT.repr(about['format']))}: expected {FORMAT}, that of plausible "
            f"{versions()['plausible']}{said}"
        )
    return about


def check_array(name: str, array: Any, told: Any) -> None:
    """Raise `BadInput` unless an array is as it is described."""
    shape, dtype, finite = told if isinstance(told, list) and len(told) == 3 else (None, None, None)
    if list(array.shape) != shape:
        raise BadInput(f"its part {name!r} has shape {array.shape}: expected {visible(SHORT.repr(shape))}")
    if array.dtype.str != dtype:
        raise BadInput(
            f"its part {name!r} is of dtype {array.dtype.str}: expected {visible(SHORT.repr(dtype))}"
        )
    if finite is True and not is_finite(array):
        raise BadInput(f"its part {name!r} has NaN or infinite numbers, where none were written")


def made(text: str, arrays: dict[str, Any], execute: bool) -> Learned:
    """What was learned, from the text and the arrays of a file. Raises `BadInput`."""
    about = content_of(text)
    try:
        left = dict(arrays)
        params, state, coded, table, place = (filled(about[name], left) for name in PARTS)
        n_out, kind, by = about["n_out"], about["kind"], about["versions"]
        status, reason = about["status"], about["reason"]
        encoding, rows = Encoding(**coded), measured(table)
    except npz.UNREADABLE as error:
        raise BadInput(f"its part {ABOUT!r} does not fit its arrays ({npz.said(error)})") from error
    require(kind in KINDS, "its kind", kind, " or ".join(map(repr, KINDS)))
    check_coded(encoding, n_out, kind)
    require(isinstance(by, dict), "its versions", by, "versions by name")
    require(status in get_args(Ended), "its status", status, f"one of {', '.join(get_args(Ended))}")
    require(isinstance(reason, str) and reason.isprintable(), "its reason", reason, "a line of words")
    require(isinstance(params, dict) and bool(params), "its weights", type(params).__name__, "arrays by name")
    stands = of_file(place)
    run = decode(about.get("run"), Run, execute=execute)
    check_start(rule_of(run, execute), Learned(run, params, state, n_out, kind, encoding))
    head = dict(zip(("task", "rule", "seed"), run.head(), strict=True))
    rows = [row._replace(**head) for row in rows]
    return Learned(run, params, state, n_out, kind, encoding, rows, dict(by), status, reason, stands)


def measured(stored: Any) -> list[Row]:
    """The rows of a run, from their words and their numbers, without its task, rule and seed."""
    rows = []
    for words, numbers in zip(stored["words"], stored["numbers"], strict=True):
        split, metric, layer = map(str, words)
        epoch, examples, seconds, value = map(float, numbers)
        rows.append(Row("", "", 0, epoch, int(examples), seconds, split, metric, layer, value))
    return rows


def check_coded(coded: Encoding, n_out: int, kind: str) -> None:
    """Raise `BadInput` unless examples and answers are coded as a task of these sizes codes them."""
    for name, size in (("n_in", coded.n_in), ("n_out", n_out)):
        require(is_whole(size) and size > 0, name, size, "a whole number above 0")
    labels = None if coded.classes is None else np.shape(coded.classes)
    expected = (max(n_out, 2),) if kind == "classes" else None
    require(labels == expected, "the shape of its labels", labels, str(expected))
    for name in ("shift", "scale"):
        shape = np.shape(getattr(coded, name))
        require(shape in ((), (coded.n_in,)), f"the shape of its {name}", shape, f"({coded.n_in},), or none")


def rule_of(run: Run, execute: bool) -> Rule:
    """The rule of a run. Raises `BadInput`, without `execute` also where that would execute a file."""
    if not execute:
        for file in specs.files_in(run.rule):
            files.executed(file)
    return registry.rule(run.rule, run.network)


def check_finite(params: Params) -> None:
    """Raise `BadInput` for weights that are not finite."""
    for name, array in params.items():
        if not is_finite(on_host(array)):
            raise BadInput(f"weight {name!r} has NaN or infinite numbers: expected finite ones")


def begun(text: str, rule: Rule, n_in: int, n_out: int) -> tuple[Params, State]:
    """Weights and state with which a rule begins. Raises `BadInput`."""
    start = partial(weights_and_state, rule, n_in, n_out, randomness(0).weights)
    first: tuple[Params, State] = values.called(f"init of rule {text!r}", start, {})
    return first


def check_state(text: str, rule: Rule, n_in: int, n_out: int) -> None:
    """Raise `BadInput` if the state with which a rule begins cannot be stored."""
    storable(text, "state", begun(text, rule, n_in, n_out)[1], {})


def check_start(rule: Rule, learned: Learned) -> None:
    """Raise `BadInput` unless weights are finite, and of the names, shapes and dtypes that the rule starts from."""
    text, params = learned.run.rule, learned.params
    first, state = begun(text, rule, learned.coded.n_in, learned.n_out)
    if first.keys() != params.keys():
        raise BadInput(
            f"it has weights {', '.join(map(visible, sorted(params)))}: expected {', '.join(sorted(first))}, those of "
            f"rule {text!r}"
        )
    for name, array in first.items():
        expected, given = (array.shape, array.dtype.str), (params[name].shape, params[name].dtype.str)
        if given != expected:
            raise BadInput(
                f"weight {name!r} has shape {given[0]} and dtype {given[1]}: expected {expected[0]} and {expected[1]}, "
                f"as rule {text!r} has for {learned.coded.n_in} inputs and {learned.n_out} outputs"
            )
    check_finite(params)
    if state is not None and type(learned.state) is not type(state):
        kind = type(learned.state).__name__
        raise BadInput(f"its state is of kind {kind}: expected {type(state).__name__}, as rule {text!r} has")
