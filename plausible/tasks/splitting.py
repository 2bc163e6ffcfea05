"""Examples into train, validation and test: drawn from a seed, stratified by class, equal rows into one split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.errors import BadInput, is_real, plain, require
from plausible.tasks.as_numbers import word
from plausible.tasks.overlap import MOST

Rows = NDArray[np.intp]


def check_shares(validation: float, test: float) -> None:
    """Raise `BadInput` unless both are shares of the examples, and leave some to learn from; 0 is for no split."""
    for name, share in (("validation", validation), ("test", test)):
        good = is_real(share) and 0 <= share < 1
        require(good, name, share, "a share of the examples between 0 and 1, or a pair (X, y)")
    least = "less than 1, so that some are left to learn from"
    require(validation + test < 1, "validation + test", validation + test, least)


def split_rows(
    groups: Rows,
    strata: Rows,
    validation: float,
    test: float,
    rng: Generator,
    named: Sequence[Any] = (),
    rounded: str = "",
) -> tuple[Rows, Rows, Rows]:
    """The rows of the train, the validation and the test split, each sorted.

    Of every stratum, validation and test get their share, rounded so that both are within one example of it and all
    strata add up to the share of all; at least one of each, unless the share is 0. Rows of one group go into one split,
    whole: where groups are of several rows, they are taken, in the order drawn, while a stratum's count comes nearer to
    its share.

    Args:
        groups: (examples,), equal numbers for examples that stay together.
        strata: (examples,), the number of each example's stratum, such as its class; a group has that of its first row.
        validation: share of the examples.
        test: share of the examples.
        rng: draws which.
        named: the name of each stratum, for messages; none where there is only one.
        rounded: in which dtype groups are equal, as " in float32", where they may differ as they were given.

    Raises:
        BadInput: for a stratum of fewer groups than splits, which are three unless a share is 0.

    >>> import numpy as np
    >>> from plausible.tasks.splitting import split_rows
    >>> alone, classes = np.arange(10), np.array([0] * 5 + [1] * 5)
    >>> parts = split_rows(alone, classes, 0.2, 0.2, np.random.default_rng(0))
    >>> [np.bincount(classes[rows]).tolist() for rows in parts]
    [[3, 3], [1, 1], [1, 1]]
    """
    _, first, of_row, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    of_group = strata[first]  # (groups,)
    counts = np.bincount(of_group, weights=sizes, minlength=int(strata.max()) + 1)
    drawn = [(part, apportioned(counts * share)) for part, share in ((2, test), (1, validation)) if share]
    chosen = np.zeros(len(first), np.intp)  # of each group: 0 train, 1 validation, 2 test
    for stratum in np.unique(of_group):
        order = rng.permutation(np.flatnonzero(of_group == stratum))
        if len(order) <= len(drawn):
            raise too_few(stratum, len(order), 1 + len(drawn), named, rounded)
        for later, (part, quotas) in enumerate(drawn, 1):
            taken = filled(sizes[order], int(quotas[stratum]), len(order) - 1 - len(drawn) + later)
            chosen[order[taken]] = part
            order = order[~taken]
    by_row = chosen[of_row.reshape(-1)]
    train, held_out, tested = (np.flatnonzero(by_row == part) for part in (0, 1, 2))
    return train, held_out, tested


def too_few(stratum: Any, groups: int, splits: int, named: Sequence[Any], rounded: str) -> BadInput:
    """The error for a stratum that cannot be in every split."""
    which = f"class {plain(named[stratum])!r} has" if len(named) else "X has"
    counted = ", or kind='values' if y counts" if len(named) and is_real(named[stratum]) else ""
    counted += ", or dtype='float64'" * bool(rounded)
    several = "s" * (groups != 1)
    return BadInput(
        f"{which} {groups} different example{several}{rounded}: expected at least {splits}, one for each split; "
        f"give more, leave the class out, or give splits of your own: validation=(X, y), test=(X, y){counted}"
    )


def apportioned(shares: NDArray[np.floating[Any]]) -> Rows:
    """Whole numbers that add up to the rounded sum of `shares`, each within one of its own, by largest remainders.

    None is 0, which may make the sum larger.

    >>> import numpy as np
    >>> from plausible.tasks.splitting import apportioned
    >>> apportioned(np.array([1.5, 2.25, 2.25])).tolist()
    [2, 2, 2]
    """
    whole = np.floor(shares).astype(np.intp)
    rest = round(float(shares.sum())) - int(whole.sum())
    whole[np.argsort(whole - shares, kind="stable")[:rest]] += 1
    return np.where(shares > 0, np.maximum(whole, 1), whole)


def filled(sizes: Rows, quota: int, most: int) -> NDArray[np.bool_]:
    """Which groups, of these sizes in this order, bring the rows nearer to a quota; one to `most` of them.

    If none does, it is the smallest.
    """
    taken, rows = np.zeros(len(sizes), bool), 0
    if len(sizes) and (sizes == 1).all():
        taken[: min(quota, most)] = True
        return taken
    for place, size in enumerate(sizes):
        if taken.sum() < most and abs(rows + size - quota) < abs(rows - quota):
            taken[place], rows = True, rows + size
    if not taken.any():
        taken[sizes.argmin()] = True
    return taken


def say_doubles(groups: Rows, what: str = "X") -> None:
    """Warn in one line where so many rows stand more than once that the shares of the splits may be others."""
    doubles = len(groups) - len(np.unique(groups))
    if doubles > MOST * len(groups):
        word(
            f"{doubles} of the {len(groups)} rows of {what} repeat another: equal rows are put into one split; "
            "shared='why' lets them stand in several"
        )
