"""A task of the arrays, lists and pandas frames that a user holds: what `Task.from_arrays` does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plausible.errors import BadInput, is_real, require, require_flag, require_seed
from plausible.tasks.as_numbers import check_range, merged, say_merged, word
from plausible.tasks.given import (
    Encoding,
    Kind,
    Targets,
    check_varies,
    encode_inputs,
    encode_targets,
    encode_values,
)
from plausible.tasks.labels import class_weights
from plausible.tasks.overlap import MOST, Overlap, equal_rows, shares
from plausible.tasks.splitting import check_shares, say_doubles, split_rows
from plausible.tasks.task import Recipe, Split, Task

Held: TypeAlias = tuple[ArrayLike, ArrayLike]
FAR = "dtype='float64', or leave out numbers that lie far from the others"
NEARER = "dtype='float64', or subtract the mean"
CHECKS: dict[str, Callable[[Recipe, int], None]] = {}
"""Of a recipe, and the number of examples that are learned from; by rooms that know names, as this one does not."""
ClassWeight: TypeAlias = Mapping[Any, float] | Literal["balanced"] | None


class Settings(NamedTuple):
    """The arguments of `Task.from_arrays` beside the arrays and the recipe, as they are described there."""

    kind: Kind | None
    validation: float | Held
    test: float | Held
    seed: int
    name: str
    class_weight: ClassWeight
    standardise: bool
    shared: str
    dtype: str


def of_arrays(X: ArrayLike, y: ArrayLike, settings: Settings, recipe: Mapping[str, Any]) -> Task:
    """The task of arrays; see `plausible.tasks.task.Task.from_arrays`."""
    check_settings(settings)
    dtype = settings.dtype
    x, columns = encode_inputs(X, "X")
    targets = encode_targets(y, settings.kind, "y")
    check_length(x, targets.y)
    check_index(X, y)
    classes = targets.classes
    if classes is None:
        none = settings.class_weight is None
        require(none, "class_weight", settings.class_weight, "None, as y has values and no classes")
        check_range(targets.y, "y", dtype)
        check_varies(targets.y)
        say_merged(targets.y, "y", dtype)
    if not settings.standardise:
        check_range(x, "X", dtype)
        say_merged(x, "X", dtype, columns, "subtract the mean, or standardise=True")
    rows = drawn(x, targets, settings)
    shift = scale = None
    if settings.standardise:
        learned = x[rows["train"]].astype(np.float64)
        shift, scale = learned.mean(axis=0), learned.std(axis=0)
        scale[scale == 0] = 1
    encoding = Encoding(x.shape[1], classes, columns, shift, scale, targets.flat, dtype)
    if settings.standardise:
        told = merged(x, "X standardised", dtype, columns, FAR, encoding.scaled(x))
        if told:
            word(told)
    given = {which: Split(x[some], targets.y[some]) for which, some in rows.items()}
    for which in ("validation", "test"):
        if isinstance(held := getattr(settings, which), tuple):
            given[which] = held_out(held, encoding, targets.y.shape[1], which)
    labels = targets.y[rows["train"]].argmax(axis=1)
    weights = () if classes is None else class_weights(settings.class_weight, labels, classes)
    usual: dict[str, Any] = {"output": "linear" if classes is None else "softmax", "weights": weights}
    usual |= {name: value for name, value in recipe.items() if value is not None}
    made = of_splits(given, encoding, Recipe(**usual), settings)
    for check in CHECKS.values():
        check(made.recipe, made.train.examples)
    return made


def of_splits(given: Mapping[str, Split], encoding: Encoding, recipe: Recipe, settings: Settings) -> Task:
    """The task of three splits as they were given. Raises `BadInput`, also where examples merge across splits."""
    dtype = settings.dtype
    kind: Kind = "values" if encoding.classes is None else "classes"
    shown = {
        which: Split(
            np.array(encoding.scaled(x)), np.array(y, dtype)
        )  # copies: what the caller does changes no task
        for which, (x, y, _) in given.items()
    }
    three = shown["train"], shown["validation"], shown["test"]
    name, shared = settings.name, settings.shared
    try:
        return Task(name, *three, kind, recipe, shared=shared, encoding=encoding)
    except Overlap:
        check_stay_apart(given, shown, settings)
        raise


def check_stay_apart(given: Mapping[str, Split], shown: Mapping[str, Split], settings: Settings) -> None:
    """Raise `BadInput` if two splits share examples as they are shown, and do not as they were given."""
    for (one, other, before), (_, _, after) in zip(shares(given), shares(shown), strict=True):
        if before <= MOST < after:
            how = f"{'standardised ' * settings.standardise}in {settings.dtype}"
            advice = FAR if settings.standardise else NEARER
            raise BadInput(
                f"the {one} and the {other} split of {settings.name} share {100 * after:.3g} % of the examples of the "
                f"smaller once they are {how}, and {100 * before:.3g} % as they were given: expected examples that "
                f"stay apart; {advice}"
            )


def paired(held: float | Sequence[ArrayLike]) -> float | Held:
    """A pair (X, y) in a list as one in a tuple; anything else as it is, for `check_settings` to refuse."""
    pair: Any = tuple(held) if isinstance(held, list) else held
    return pair


def check_settings(settings: Settings) -> None:
    """Raise `BadInput` for arguments of `Task.from_arrays` that cannot be used whatever the arrays are."""
    require_seed("seed", settings.seed)
    require(settings.dtype in ("float32", "float64"), "dtype", settings.dtype, "'float32' or 'float64'")
    require_flag("standardise", settings.standardise)
    for which in ("validation", "test"):
        held = getattr(settings, which)
        pair = isinstance(held, tuple)
        good = len(held) == 2 if pair else is_real(held) and held != 0
        told = f"a tuple of {len(held)}" if pair else held if is_real(held) else type(held).__name__
        require(good, which, told, "a share of the examples above 0, or a pair (X, y)")


def drawn(x: NDArray[Any], targets: Targets, settings: Settings) -> dict[str, NDArray[np.intp]]:
    """The rows of each split that is drawn from x, (examples, n_in): of train, and of those that are no pair (X, y)."""
    validation, test = (
        0.0 if isinstance(part, tuple) else part for part in (settings.validation, settings.test)
    )
    check_shares(validation, test)
    if validation == test == 0:
        return {"train": np.arange(len(x))}
    groups, rounded = np.arange(len(x)), ""
    if not settings.shared:
        held = x if settings.standardise else x.astype(settings.dtype)
        groups = equal_rows(held)
        rounded = "" if (held == x).all() else f" in {settings.dtype}"
        say_doubles(groups, f"X{rounded}")
    labels = np.zeros(len(x), np.intp) if targets.classes is None else targets.y.argmax(axis=1)
    named: Sequence[Any] = () if targets.classes is None else targets.classes.tolist()
    rng = np.random.default_rng(settings.seed)
    parts = split_rows(groups, labels, validation, test, rng, named, rounded)
    return {
        which: some for which, some in zip(("train", "validation", "test"), parts, strict=True) if len(some)
    }


def held_out(held: Held, encoding: Encoding, n_out: int, which: str) -> Split:
    """A split of a user's own, as it was given. Raises `BadInput` if others than these are learned from."""
    x, _ = encoding.read(held[0], f"X of {which}")
    y: NDArray[Any] = encoding.targets(held[1], n_out, f"y of {which}")
    shown = encoding.scaled(x, f"X of {which}")
    if told := merged(x, f"X of {which}", encoding.dtype, encoding.columns, FAR, shown):
        word(told)
    check_length(x, y, f" of {which}")
    return Split(x, y if encoding.classes is not None else encode_values(held[1]).y)


def check_length(x: NDArray[Any], y: NDArray[Any], of: str = "") -> None:
    """Raise `BadInput` unless there are as many targets as examples."""
    if len(x) != len(y):
        raise BadInput(f"X{of} has {len(x)} rows and y{of} has {len(y)}: expected a target for each example")


def check_index(X: object, y: object) -> None:
    """Raise `BadInput` if two objects of pandas hold the same index in another order: their rows are not in pairs."""
    pandas = sys.modules.get("pandas")
    if pandas is None or not (
        isinstance(X, pandas.DataFrame) and isinstance(y, pandas.DataFrame | pandas.Series)
    ):
        return
    if not X.index.equals(y.index) and X.index.sort_values().equals(y.index.sort_values()):
        raise BadInput(
            "y has the index of X in another order: expected rows in pairs; y.loc[X.index], or y.to_numpy() if they are"
        )
