"""How far the numbers of two outcomes of one run lie apart, and how far rounding alone may put them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from plausible.core import Array
from plausible.study.intervals import bounds_of
from plausible.study.networked import network_of
from plausible.study.run import Outcome, Row
from plausible.study.work import Work

KINDS = {"split": str, "metric": str, "layer": str, "epoch": float, "examples": float, "value": float}
PLACE = ["split", "metric", "layer", "epoch", "examples"]  # of a number in the table of a run
SIMULATED = (
    2.0**-53 * 2**20
)  # the bound of an experiment, in which nobody counts: a million roundings of float64


def apart_by(rows: pd.DataFrame, outcome: Outcome) -> pd.DataFrame:
    """Every number in `rows` with its metric, and how far it lies from that of an outcome; NaN if that lacks it.

    `relative` is relative to the largest number of its curve, or to `least_size`.
    """
    now = numbered(pd.DataFrame(outcome.rows, columns=list(Row._fields)))
    both = numbered(rows).merge(now, "left", [*PLACE, "again"], suffixes=("", "_now"), indicator=True)
    both = both.assign(**{name: in_its_own_scale(both.metric, both[name]) for name in ("value", "value_now")})
    curves = both.groupby(["split", "metric", "layer"], observed=True).value
    size = curves.transform(lambda curve: curve.abs().max()).clip(lower=both.metric.map(least_size))
    apart = (both.value - both.value_now).abs()
    same = (apart == 0) | (both.value == both.value_now) | (both.value.isna() & both.value_now.isna())
    relative = (apart / size.where(size > 0, 1.0)).fillna(np.inf).mask(same, 0.0)
    return both[[*PLACE, "again"]].assign(relative=relative.where(both._merge == "both"))


def largest_of(apart: pd.DataFrame) -> dict[str, pd.Series[float]]:
    """The largest difference of any split and layer after so many examples, by metric."""
    of_metrics = apart.groupby("metric", observed=True)
    return {str(metric): each.groupby("examples").relative.max() for metric, each in of_metrics}


def step(values: pd.Series[float]) -> float:
    """The smallest difference between any two different values; 0 if all are one."""
    apart = np.diff(np.unique(values.dropna()))
    return float(apart.min()) if len(apart) else 0.0


def in_its_own_scale(metrics: pd.Series[str], values: pd.Series[float]) -> pd.Series[float]:
    """Numbers as they are held against each other: of an angle its cosine, from which it was read.

    A rounding u of a cosine near 1 moves the angle by up to √(2u): an angle that is nothing but rounding, as that of
    backpropagation to itself, would differ by all of it.
    """
    with np.errstate(invalid="ignore"):  # an angle of weights that are no numbers any more
        cosines = np.cos(np.deg2rad(values))
    return values.where(~metrics.str.endswith("angle"), cosines)


def least_size(metric: str) -> float:
    """What a difference is relative to at least: half of the range of a metric that has one; 1 of a cosine."""
    low, high = bounds_of(metric)
    if metric.endswith("angle"):
        return 1.0
    return (high - low) / 2 if np.isfinite(high - low) else 0.0


def numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """The numbers of a run with their places, those at one place counted."""
    held = rows[[*PLACE, "value"]].astype(KINDS).reset_index(drop=True)
    return held.assign(again=held.groupby(PLACE).cumcount())


def bound_of(run: Work, outcome: Outcome) -> float:
    """The relative difference up to which two outcomes differ by rounding alone.

    A unit in the last place at every change of the weights, of which none is made smaller or larger by those that
    follow; of an experiment, whose changes nobody counts, `SIMULATED`.
    """
    return float(bounds_at(run, np.array(max((row.examples for row in outcome.rows), default=0))))


def bounds_at(run: Work, examples: Array) -> Array:
    """The bound after so many examples; see `bound_of`."""
    batch, dtype = run.settings().get("batch_size"), getattr(network_of(run), "dtype", None)
    if batch is None or dtype is None:
        return np.full(np.shape(examples), SIMULATED)
    return np.asarray(np.finfo(dtype).eps / 2 * np.maximum(examples / int(batch), 1.0))
