"""How far the work is, in notebooks and scripts: a bar on standard error, or a function of one's own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from plausible.errors import require
from plausible.study.work import Progress

Follow: TypeAlias = bool | Callable[[float], None] | None
"""True for a bar, False for none, None for a bar where somebody looks: in a notebook and on a terminal. Or a function,
which hears which fraction is done, from 0 to 1."""


@contextmanager
def heard(progress: Follow, total: int, unit: str) -> Iterator[Progress]:
    """A context in which the function that it gives tells how far the work is.

    Args:
        progress: who hears it.
        total: how many units the work has, which the bar counts.
        unit: what the bar calls them, such as "epoch".

    Raises:
        BadInput: if `progress` is something else.

    >>> from plausible.api.progress import heard
    >>> told = []
    >>> with heard(told.append, 20, "epoch") as tell:
    ...     tell(0.5)
    >>> told
    [0.5]
    """
    if callable(progress):
        yield progress
        return
    good = progress is None or isinstance(progress, bool)
    require(good, "progress", progress, "True, False, None, or a function of the fraction that is done")
    from tqdm import tqdm

    shown = "ipykernel" in sys.modules or sys.stderr.isatty() if progress is None else progress
    bar = tqdm(total=total, unit=unit, leave=False, disable=not shown)

    def tell(fraction: float) -> None:
        bar.update(round(fraction * total, 2) - bar.n)

    with bar:
        yield tell
