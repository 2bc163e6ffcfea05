"""Which examples of one split stand in another one too, by their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plausible.core import Array
from plausible.errors import BadInput

if TYPE_CHECKING:
    from plausible.tasks.task import Split, Task

MOST = 0.05  # share of a split's examples that may stand in another one: real data have a few doubles
ONE_MEMORY = 2.0  # in the place of a share of 1, where two splits are the same numbers in the same place
DRAWN_AGAIN = "each split is drawn for itself, and what is short and of few symbols comes again"
BLOCK = 2**15  # numbers that are hashed at once, so that they stay in the cache


def check_apart(task: Task) -> None:
    """Raise `BadInput` if two splits of a task share examples, and the task does not say why.

    Two examples are the same if x, y and mask are, number by number; of sequences, up to the last step that counts.
    Two splits share examples if their x share memory, or if more than `MOST` of the examples of the smaller split stand
    in the larger one.
    """
    if task.shared:
        return
    for one, other, share in shares(task.splits):
        if share > MOST:
            alias = share == ONE_MEMORY
            amount = (
                "lie in one memory" if alias else f"share {100 * share:.3g} % of the examples of the smaller"
            )
            raise Overlap(
                f"the {one} and the {other} split of {task.name} {amount}: expected splits that share no example; "
                'where there are too few to hold any out, say so: Task(..., shared="why")'
            )


class Overlap(BadInput):
    """The error for splits that share examples."""


def shares(splits: Mapping[str, Split]) -> Iterator[tuple[str, str, float]]:
    """Two splits by name, and which share of the smaller one's examples stands in the larger.

    It is `ONE_MEMORY` where their x share memory.
    """
    single = all(part.dtype == np.float32 for split in splits.values() for part in split[:2])
    numbers = {name: hashes(split, single) for name, split in splits.items()}
    for (one, first), (other, second) in combinations(splits.items(), 2):
        few, many = sorted((numbers[one], numbers[other]), key=len)
        alias = np.may_share_memory(first.x, second.x) and np.shares_memory(first.x, second.x)
        yield one, other, ONE_MEMORY if alias else float(np.isin(few, many).mean())


def hashes(split: Split, single: bool = False) -> NDArray[np.uint64]:
    """A hash of every example, (examples,): equal for equal examples, and for hardly any others.

    The hash is Σ of the bits of an example's numbers, each times a drawn number, modulo 2⁶⁴. Numbers are taken in
    double precision, so that equal ones of two kinds have equal bits. With `single`, where all are float32, the bits of
    two numbers at a time are taken as they are.
    """
    mask = None if split.mask is None else split.mask[..., None]
    parts = [part if part.ndim == 3 else part[None] for part in (split.x, split.y, mask) if part is not None]
    counts = (
        None if mask is None else np.maximum.accumulate(mask[::-1] > 0)[::-1]
    )  # 1 up to the last step that counts
    total = np.zeros(split.examples, np.uint64)
    rng = np.random.default_rng(0)
    for part, its_rng in zip(parts, rng.spawn(len(parts)), strict=True):
        weights = its_rng.integers(2**64, size=(len(part), part.shape[-1]), dtype=np.uint64)
        for times, some in blocks(part.shape):
            whole = bits(part[times, some], single)
            if counts is not None:
                whole *= counts[times, some]
            total[some] += np.einsum("tnc,tc->n", whole, weights[times, : whole.shape[-1]])
    return total


def equal_rows(x: NDArray[Any]) -> NDArray[np.intp]:
    """Numbers, (examples,), equal for equal rows of x, (examples, columns), and for no others.

    >>> import numpy as np
    >>> from plausible.tasks.overlap import equal_rows
    >>> len({*equal_rows(np.array([[0.0, 1], [1, 0], [-0.0, 1]])).tolist()})
    2
    """
    from plausible.tasks.task import Split  # here, as that module imports this one

    alike = hashes(Split(unsigned(x), np.zeros((len(x), 1))), single=x.dtype == np.float32)
    return np.unique(alike, return_inverse=True)[1].reshape(-1)


def unsigned(x: NDArray[Any]) -> NDArray[Any]:
    """Numbers (examples, columns) without -0; of a kind that double precision does not hold, in two parts each."""
    if x.dtype.kind in "iu" and x.dtype.itemsize == 8:
        return np.concatenate([x >> 32, x & 0xFFFFFFFF], axis=1)
    if x.dtype.kind == "f" and x.dtype.itemsize > 8:
        most = x.astype(np.float64)
        return np.concatenate([most, (x - most).astype(np.float64)], axis=1) + 0.0
    return x + x.dtype.type(0)  # the sum has no -0


def bits(part: Array, single: bool) -> NDArray[np.uint64]:
    """The bits of (time, examples, columns) as whole numbers; the last axis is halved where two fit into one.

    Round numbers, such as 0 and 1, end in zero bits, and few bits of their products would differ. So the higher bits
    are folded into the lower ones.
    """
    pairs = single and part.dtype == np.float32 and part.shape[-1] % 2 == 0
    whole = np.ascontiguousarray(part, np.float32 if pairs else np.float64).view(np.uint64)
    whole = whole ^ (whole >> np.uint64(32))
    whole ^= whole >> np.uint64(23)
    return whole


def blocks(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """Slices of steps and of examples that cut an array into blocks of about `BLOCK` numbers."""
    time, examples, columns = shape
    some = max(1, min(examples, BLOCK // columns))
    steps = max(1, BLOCK // (columns * some))
    for start in range(0, time, steps):
        for first in range(0, examples, some):
            yield slice(start, start + steps), slice(first, first + some)
