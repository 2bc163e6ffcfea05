"""How far the work is, in notebooks and scripts: a bar on standard error, or a function of one's own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from plausible.errors import require
from plausible.printing.log import Log, ticking
from plausible.printing.terminal import bars, err
from plausible.printing.words import count
from plausible.study.work import Progress

Follow: TypeAlias = bool | Callable[[float], None] | None
"""None or True for a bar, on a terminal and in a notebook, and elsewhere for a line now and then, if work takes some
seconds; False for silence. Or a function, which hears which fraction is done, from 0 to 1."""


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
    if progress is False:
        yield lambda fraction: None
    elif "ipykernel" in sys.modules:
        with in_notebook(total, unit) as tell:
            yield tell
    elif err.is_terminal:
        with bars() as shown:
            line = shown.add_task(count(total, unit), total=1.0)
            yield lambda fraction: shown.update(line, completed=fraction)
    else:
        log = Log(total, unit=unit)
        with ticking(log):
            yield lambda fraction: log.at(fraction * total)


@contextmanager
def in_notebook(total: int, unit: str) -> Iterator[Progress]:
    """A bar below the cell of a notebook, which needs no widgets."""
    from IPython.display import HTML, display

    def bar(fraction: float) -> object:
        done = f"{fraction * total:.3g} of {count(total, unit)}"
        return HTML(f'<progress value="{fraction:.4f}" max="1"></progress> {done}')

    shown = display(bar(0.0), display_id=True)
    try:
        yield lambda fraction: shown.update(bar(fraction))
    finally:
        shown.update(HTML(""))
