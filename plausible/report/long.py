"""A comparison as the long table that tells its runs apart, as `Store.load` does for stored runs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from plausible.study.columns import described
from plausible.study.compare import Result, told_apart


def frame(result: Result) -> pd.DataFrame:
    """The measurements of a comparison, with the settings of its runs and all options as columns.

    Returns:
        The columns of `plausible.study.run.Row`, of which `rule` is the label of the rule in this comparison; `key` and
        `status` of the run; what it was done under, as hidden, network, optimiser, epochs; and options, as
        rule_variance (`plausible.study.columns`).
    """
    lengths = [len(outcome.rows) for outcome in result.outcomes]
    heads = {
        "key": result.keys,
        "status": [outcome.status for outcome in result.outcomes],
        "rule": [
            outcome.run.head()[1] for outcome in result.outcomes
        ],  # options are read from it, not from a label
    }
    rows = {name: np.repeat(np.array(texts, object), lengths) for name, texts in heads.items()}
    runs = {key: outcome.run for key, outcome in zip(result.keys, result.outcomes, strict=True)}
    table = described(result.metrics.assign(**rows), runs)
    return table.assign(rule=result.metrics.rule)


def within(result: Result) -> dict[str, str]:
    """By the label of each rule, what tells its network from those of the others; "" for each if they are alike."""
    apart = told_apart([outcome.run.network for outcome in result.outcomes])
    return dict(zip(result.labels, apart, strict=True))
