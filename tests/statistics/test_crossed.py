"""Seeds and test examples drawn together. Oracles: the variance of the simulated mean, coverage with its error bar, and
layouts worked by hand.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri as normal_quantile

import plausible as pl
from plausible.errors import BadInput
from plausible.report.answers import limits_of, of_outcome, over_seeds_and_examples
from plausible.report.comparison import tables
from plausible.study.crossed import error_of_mean, over_both
from plausible.study.intervals import expanded_level
from plausible.study.statistics import SHARE, equivalence, mean_interval

SEEDS, EXAMPLES, LEFT = 0.02, 0.4, 0.25  # standard deviations of the three parts


def layouts(n: int, m: int, simulations: int, of_seeds: float = SEEDS) -> np.ndarray:
    """Layouts of n seeds and m examples with a mean of 0, (simulations, n, m)."""
    rng = np.random.default_rng(n)
    seeds, examples = (
        rng.normal(0, sd, (simulations, *shape)) for sd, shape in ((of_seeds, (n, 1)), (EXAMPLES, (1, m)))
    )
    return seeds + examples + rng.normal(0, LEFT, (simulations, n, m))


def test_the_variance_is_that_of_the_mean() -> None:
    """σ_S² / n + σ_E² / m + σ_R² / nm, estimated on average; parts are cut off at 0 here almost never."""
    n, m, simulations = 6, 40, 3000
    found = np.array([error_of_mean(x)[0] ** 2 for x in layouts(n, m, simulations, 0.2)])
    true = 0.2**2 / n + EXAMPLES**2 / m + LEFT**2 / (n * m)
    assert abs(found.mean() - true) < 3 * found.std() / math.sqrt(simulations) + 0.01 * true


@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_interval_over_both_covers_the_mean_of_all_seeds_and_examples(n: int) -> None:
    """That over seeds alone, which takes the test set as all there is, covers far less often here."""
    simulations, m = 1500, 60
    drawn = layouts(n, m, simulations)
    both = np.array([over_both(x)[1:3] for x in drawn])
    alone = np.array([mean_interval(x.mean(axis=1))[1:3] for x in drawn])
    covered, without = (np.mean((limits[:, 0] < 0) & (limits[:, 1] > 0)) for limits in (both, alone))
    error = 3 * math.sqrt(0.95 * 0.05 / simulations)
    assert 0.95 - 0.01 - error < covered < 0.95 + 0.02 + error, covered
    assert (both[:, 0] <= alone[:, 0] + 1e-12).all()
    assert without < 0.95 - 10 * error, without


def test_twenty_seeds_are_drawn_again_with_the_examples() -> None:
    """Percentiles of the bootstrap: as wide as the layout's own interval, but for the interaction, which it counts up
    to three times, and for what 1,999 resamples leave open."""
    x = layouts(20, 100, 1)[0]
    error, _ = error_of_mean(x)
    found = over_both(x)
    low, high = 2 * 1.96 * error, 2 * 1.96 * math.sqrt(error**2 + 2 * LEFT**2 / x.size) * 1.15
    assert 0.9 * low < found.high - found.low < high
    assert found.estimate == pytest.approx(x.mean())
    assert over_both(x) == found
    assert over_both(x, rng=1) != found


def test_layouts_by_hand() -> None:
    """Seeds that differ by a constant leave only the seeds; equal seeds only the examples; equal answers nothing."""
    row = np.array([1.0, 0, 0, 1, 1, 0])
    only_seeds = over_both(np.array([[0.0] * 50, [0.1] * 50, [0.2] * 50]))
    assert only_seeds == pytest.approx(mean_interval([0.0, 0.1, 0.2]))
    only_examples = over_both(np.tile(row, (4, 1)))
    assert only_examples[:3] == pytest.approx(mean_interval(row)[:3])
    assert over_both(np.full((3, 9), 0.5)) == (0.5, 0.5, 0.5, 3)
    assert math.isnan(over_both([[1, 0, 1]]).low)


def test_accuracies_stay_below_one() -> None:
    right = np.ones((3, 200))
    right[:, 0] = right[0, 1] = 0
    found = over_both(right, SHARE)
    assert 0 < found.low < found.estimate < found.high < 1
    assert over_both(right).high > 1


def test_rules_are_held_against_the_reference_example_by_example() -> None:
    """What is hard for both rules is hard for their difference no more: pairing takes the examples' part away."""
    rng = np.random.default_rng(0)
    hard = rng.random(300) < 0.1
    backprop = (rng.random((5, 300)) < 0.97) & ~hard
    frame = over_seeds_and_examples({"backprop": backprop, "fa": backprop & (rng.random((5, 300)) < 0.98)})
    fa = frame.set_index("rule").loc["fa"]
    assert fa.difference == pytest.approx(fa["mean"] - backprop.mean())
    assert fa.difference_both_high - fa.difference_both_low < (fa.both_high - fa.both_low) / 2
    assert frame.difference.isna().tolist() == [True, False]
    assert (fa.seeds, fa.examples) == (5, 300)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([1, 0, 1], "(seeds, examples)"),
        ([[1, math.nan]], "finite"),
        ([[0, 2], [1, 1]], "numbers from 0 to 1"),
    ],
)
def test_what_is_no_layout_is_refused(answers: list[object], expected: str) -> None:
    with pytest.raises(BadInput) as caught:
        over_both(answers, SHARE)  # type: ignore[arg-type]
    assert expected in str(caught.value)


def test_rules_with_other_seeds_or_without_the_reference_are_refused() -> None:
    right = np.ones((3, 4))
    with pytest.raises(BadInput, match="the same of all rules"):
        over_seeds_and_examples({"backprop": right, "fa": right[:2]})
    with pytest.raises(BadInput, match="backprop"):
        over_seeds_and_examples({"backprob": right})


def test_a_comparison_tells_how_its_differences_vary_over_examples_too(tmp_path: Path) -> None:
    """From what the runs answered, in memory as in a store. The digits have one test split, two moons one a seed."""
    options: Any = {"seeds": 3, "epochs": 1, "hidden": (8,), "workers": 0}
    here = pl.compare("backprop,fa", "digits", **options)
    rows = here.beside().set_index("rule")
    store = pl.compare("backprop,fa", "digits", store=tmp_path, **options)
    pd.testing.assert_frame_equal(store.beside().set_index("rule"), rows)
    fa = rows.loc["feedback-alignment"]
    right: dict[str, dict[int, Any]] = {outcome.run.rule: {} for outcome in here.outcomes}
    for outcome in here.outcomes:
        found = of_outcome(outcome)
        assert found is not None
        right[outcome.run.rule][outcome.run.seed] = found.scores
    grids = [np.array([of[seed] for seed in range(3)]) for of in right.values()]
    both = over_both(grids[1] - grids[0])
    assert fa.difference == pytest.approx(both.estimate)
    assert (fa.difference_both_low, fa.difference_both_high) == pytest.approx(both[1:3])
    assert (fa.both_low, fa.both_high) == pytest.approx(over_both(grids[1], SHARE)[1:3])
    *_, table = tables(here.result, here.comparison)
    assert "over seeds and examples" in [column.head for column in table.columns]
    for file in tmp_path.glob("runs/*/answers.npz"):
        file.write_bytes(b"")  # damaged: the measurements are there all the same
    damaged = pl.compare("backprop,fa", "digits", store=tmp_path, **options).beside()
    assert damaged.difference_both_low.isna().all()
    moons = pl.compare("backprop,fa", "two-moons[examples=100]", **options).beside()
    assert moons.difference_both_low.isna().all()
    assert moons.difference.notna().sum() == 1


@pytest.mark.parametrize(
    ("examples", "moved", "margin", "verdict"),
    [
        (100, 0, 0.01, "undecided"),  # the seeds say "yes", of ten examples on either side
        (100_000, 0, 0.01, "yes"),
        (100, 5, 0.01, "undecided"),  # the seeds say "better"
        (100_000, 5_000, 0.01, "better"),
    ],
)
def test_a_verdict_on_the_seeds_has_to_hold_over_examples_too(
    examples: int, moved: int, margin: float, verdict: str
) -> None:
    """Every seed has the same differences: a tenth of the examples up, a tenth, less what moves them all, down."""
    part = examples // 10
    difference = np.repeat([1.0, -1.0, 0.0], [part, part - moved, examples - 2 * part + moved])
    rule = {seed: np.maximum(difference, 0) for seed in range(5)}
    reference = {seed: np.maximum(-difference, 0) for seed in range(5)}
    means = [[float(of[seed].mean()) for seed in range(5)] for of in (rule, reference)]
    equal = equivalence(*means, margin=margin)
    row = {
        "rule": "fa",
        "reference": "backprop",
        "metric": "accuracy",
        "lost_as": math.nan,
        "n": 5,
        "pairs": 5,
    }
    row |= {"margin": margin, "as_good": {"above": "better"}.get(equal.verdict, equal.verdict)}
    assert row["as_good"] == ("better" if moved else "yes")
    found = limits_of(row, {"fa": rule, "backprop": reference})
    assert {**row, **found}["as_good"] == verdict
    if verdict == "yes":  # two one-sided tests at 5 % are an interval of 90 %
        narrow = over_both(np.tile(difference, (5, 1)), level=0.9)
        assert -margin < narrow.low < narrow.high < margin


def test_twenty_seeds_are_taken_at_the_expanded_level() -> None:
    """Examples that do not differ leave the seeds: percentiles of their means at a level above the nominal one."""
    n = 20
    seeds = np.random.default_rng(1).normal(0, 1, n)
    found = over_both(np.tile(seeds[:, None], (1, 5)), resamples=20_000)
    width = 2 * normal_quantile((1 + expanded_level(0.95, n)) / 2) * seeds.std() / math.sqrt(n)
    plain = 2 * normal_quantile(0.975) * seeds.std() / math.sqrt(n)
    assert found.high - found.low == pytest.approx(width, rel=0.03)  # 20,000 resamples: 1 % each end
    assert width > 1.06 * plain


def test_degrees_of_freedom_by_hand() -> None:
    """[satterthwaite1946] of three mean squares; where seeds and examples tell nothing, what is left decides."""
    x = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    n, m = x.shape
    rows, columns = x.mean(axis=1), x.mean(axis=0)
    left = x - rows[:, None] - columns + x.mean()
    a, b, c = rows.var(ddof=1) / n, columns.var(ddof=1) / m, (left**2).sum() / ((n - 1) * (m - 1)) / (n * m)
    variance = max(a - c, 0) + max(b - c, 0) + c
    spread = a**2 / (n - 1) + b**2 / (m - 1) + c**2 / ((n - 1) * (m - 1))
    error, degrees = error_of_mean(x)
    assert (error, degrees) == pytest.approx((math.sqrt(variance), variance**2 / spread))
    assert c > 3 * max(a, b)  # so that the third term is most of it
