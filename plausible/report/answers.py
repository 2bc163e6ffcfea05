"""Every rule beside the reference over seeds and test examples, from what each run answered to each example."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from plausible.errors import require, unknown
from plausible.study.crossed import over_both
from plausible.study.statistics import SHARE, Level, mean_interval


def over_seeds_and_examples(
    correct: Mapping[str, ArrayLike], reference: str = "backprop", level: Level = 0.95, seed: int = 0
) -> pd.DataFrame:
    """A row for each rule: its accuracy and its paired difference, with intervals over seeds, and over both.

    Args:
        correct: by rule, whether the run of each seed answered each test example rightly: (seeds, examples), the same
            seeds and the same examples in the same order for all rules.
        reference: the rule that the others are held against.
        level: nominal coverage.
        seed: of all resampling.

    Returns:
        rule, seeds, examples; mean, both_low, both_high: the accuracy with its interval over seeds and examples;
        difference; difference_low, difference_high over seeds alone, as if the test set were all there is;
        difference_both_low, difference_both_high over seeds and examples (`plausible.study.crossed.over_both`). NaN
        of the reference from `difference` on.

    Raises:
        BadInput: for a reference that is not there, or arrays of different shapes.

    >>> import numpy as np
    >>> from plausible.report.answers import over_seeds_and_examples
    >>> right = np.random.default_rng(0).random((5, 200)) < 0.9
    >>> frame = over_seeds_and_examples({"backprop": right, "fa": right & (np.arange(200) > 9)})
    >>> frame.loc[1, ["difference_both_low", "difference_both_high"]].between(-1, 0).all()
    np.True_
    """
    if reference not in correct:
        raise unknown("reference", reference, correct)
    arrays = {rule: np.asarray(each, np.float64) for rule, each in correct.items()}
    shapes = {array.shape for array in arrays.values()}
    require(len(shapes) == 1, "the shapes of the answers", sorted(shapes), "the same of all rules")
    rows = []
    for rule, mine in arrays.items():
        accuracy = over_both(mine, SHARE, level, seed)
        row = {"rule": rule, "seeds": mine.shape[0], "examples": mine.shape[1]}
        row |= dict(zip(("mean", "both_low", "both_high"), accuracy, strict=False))
        if rule != reference:
            apart = mine - arrays[reference]
            over_seeds = mean_interval(apart.mean(axis=1), level=level, rng=seed)
            over_all = over_both(apart, level=level, rng=seed)
            names = ("difference", "difference_low", "difference_high")
            row |= dict(zip(names, over_seeds, strict=False))
            row |= {"difference_both_low": over_all.low, "difference_both_high": over_all.high}
        rows.append(row)
    return pd.DataFrame(rows)
