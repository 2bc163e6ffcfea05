"""Published numbers beside ours."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from plausible.study.compare import estimate
from plausible.study.study import Published, Study


class Beside(NamedTuple):
    """One published number and ours, in words."""

    what: str
    published: str
    ours: str
    within: str  # "yes", "no", or why there is nothing to say
    source: str


def rows(study: Study, table: pd.DataFrame) -> list[Beside]:
    """Every published number of a study beside ours."""
    return [beside(published, table) for published in study.published]


def beside(published: Published, table: pd.DataFrame) -> Beside:
    """A published number beside ours: within, if our mean is no further from it than the stated tolerance."""
    ours = estimate(list(published.ours(table)))
    stated = f"{published.value:g} ± {published.tolerance:g}"
    source = f"{published.source} ({published.mark})"
    if not ours.n:
        return Beside(published.what, stated, "–", "not run", source)
    half = "" if ours.n == 1 else f" ± {ours.high - ours.mean:.2g}"
    within = abs(ours.mean - published.value) <= published.tolerance
    return Beside(
        published.what, stated, f"{ours.mean:.3g}{half} (n = {ours.n})", "yes" if within else "no", source
    )
