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
    """How one rule settled, by the last measurements of some of its seeds.

    They are measured on the examples of angles and multiply-adds. Where the last minibatch was measured too, its rows
    come second, and do not count.

    Returns, under the names in `COLUMNS`:
        the settling steps of an example, all phases together, one number a seed;
        the largest residual force of any example, phase and seed: NaN where none was measured, inf where one was NaN;
        the share of examples at rest, in the phase where they are fewest, one number a seed;
        the share of examples that oscillate, in the phase where they are most, one number a seed;
        the phases of fixed steps: without a tolerance it is not known which examples are at rest: no shares count.
    """
    whole = last[(last.layer == "") & (last.split == "train")].drop_duplicates(["seed", "metric"])
    judged, fixed = of(whole, "settled", "converged"), list(phases_of_fixed_steps(whole, run))
    judged = judged[~judged.metric.isin([f"{phase} settled".strip() for phase in fixed])]
    cells = (
        of(whole, "steps").groupby("seed").value.sum().tolist(),
        float(of(whole, "residual").value.fillna(np.inf).max()),
        judged.groupby("seed").value.min().tolist(),
        of(whole, "oscillating").groupby("seed").value.max().tolist(),
        [phase or "settling" for phase in fixed],
    )
    return dict(zip(COLUMNS, cells, strict=True))


def of(metrics: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The measurements of these names in any phase, as "free residual" for "residual"; not those of the reference."""
    endings = tuple(f" {name}" for name in names)
    mine = [f" {m}".endswith(endings) and not m.startswith("reference ") for m in metrics.metric]
    return metrics[np.array(mine, bool)]


def phases_of_fixed_steps(whole: pd.DataFrame, run: Work) -> Iterator[str]:
    """The phases, "" where there is one only, of which the rule's own `Relaxation` has no tolerance."""
    rule = run.learner()
    how = {name: value for name, value in vars(rule).items() if isinstance(value, Relaxation)} if rule else {}
    for metric, shares in of(whole, "settled").groupby("metric", sort=False).value:
        phase = str(metric).removesuffix("settled").strip()
        relaxation = how.get(phase, how.get("settling"))
        if relaxation is not None and relaxation.tolerance == 0 and not shares.any():
            yield phase
