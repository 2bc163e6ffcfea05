"""Whether the states of a rule that settles came to rest, and what that took, for the table of a comparison."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from plausible.settling.relaxation import Relaxation
from plausible.study.work import Work

COLUMNS = ("settling steps", "residual", "settled", "oscillating", "fixed steps")  # of `at_the_end`
BY_SEED = ("settling steps", "settled", "oscillating")  # those of them that are one number a seed


def settles(metrics: pd.DataFrame) -> bool:
    """Whether anything in a table of measurements has settled."""
    return len(of(metrics, "steps", "residual")) > 0


def at_the_end(last: pd.DataFrame, run: Work) -> dict[str, Any]:
    """What the last measurements of some seeds of one rule say of its settling.

    They are of the examples that angles and multiply-adds are measured on: where they were also taken of the last
    minibatch, those come second, and do not count.

    Returns, under the names in `COLUMNS`:
        moves of an example, all phases together, one number a seed;
        the largest force that was left, of any example, phase and seed: NaN where none is told, inf where it is NaN;
        the share of examples at rest, in the phase where they are fewest, one number a seed;
        the share of examples that oscillate, in the phase where they are most, one number a seed;
        the phases of fixed steps: without a tolerance nothing is known to be at rest, and they do not count as such.
    """
    found = last[(last.layer == "") & (last.split == "train")].drop_duplicates(["seed", "metric"])
    judged, fixed = of(found, "settled", "converged"), list(phases_of_fixed_steps(found, run))
    judged = judged[~judged.metric.isin([f"{phase} settled".strip() for phase in fixed])]
    cells = (
        of(found, "steps").groupby("seed").value.sum().tolist(),
        float(of(found, "residual").value.fillna(np.inf).max()),
        judged.groupby("seed").value.min().tolist(),
        of(found, "oscillating").groupby("seed").value.max().tolist(),
        [phase or "settling" for phase in fixed],
    )
    return dict(zip(COLUMNS, cells, strict=True))


def of(metrics: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The measurements of that name in any phase, such as "free residual" for "residual"; not the reference's own."""
    endings = tuple(f" {name}" for name in names)
    mine = [f" {m}".endswith(endings) and not m.startswith("reference ") for m in metrics.metric]
    return metrics[np.array(mine, bool)]


def phases_of_fixed_steps(found: pd.DataFrame, run: Work) -> Iterator[str]:
    """The phases, "" where there is one only, of which the rule's own `Relaxation` has no tolerance."""
    rule = run.learner()
    how = {name: value for name, value in vars(rule).items() if isinstance(value, Relaxation)} if rule else {}
    for metric, shares in of(found, "settled").groupby("metric", sort=False).value:
        phase = str(metric).removesuffix("settled").strip()
        relaxation = how.get(phase, how.get("settling"))
        if relaxation is not None and relaxation.tolerance == 0 and not shares.any():
            yield phase
