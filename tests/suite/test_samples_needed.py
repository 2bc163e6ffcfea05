"""Powers by which learning slows with size, and samples to a criterion. Oracle: made-up times that follow a power."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from figures import scalar as scalar_figure
from figures import werfel2005 as werfel_figure
from studies import scalar, werfel2005

NODES = "node-perturbation[sigma=1e-5,antithetic=True]"


def times(power: float) -> pd.DataFrame:
    """A table of learning times that grow as this power of what theory says, for three sizes and two seeds."""
    rows = [
        {"rule": f"rule={rule}", "rule_rule": rule, "rule_inputs": m, "rule_outputs": n, "seed": seed}
        | {"metric": werfel2005.TIME, "value": 3.0 * ((m + 2) * werfel2005.dimension(kind, m, n)) ** power}
        | {"status": "done"}
        for rule, kind in werfel2005.RULES.items()
        for m, n in ((10, 2), (10, 20), (20, 5))
        for seed in (0, 1)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_growth_of_learning_times_is_the_power_of_the_table(power: float) -> None:
    """A logarithm of logarithms would be near 1 whatever the power is."""
    assert werfel2005.growth(NODES)(times(power)) == pytest.approx([power, power], abs=1e-12)
    said = werfel_figure.finding(werfel_figure.source(times(power)))
    assert said.count(f"power {power:.2f}") == 2


def test_powers_of_the_figure_are_those_of_the_samples() -> None:
    rows = [
        {"rule": "fa", "metric": scalar_figure.SAMPLES, "hidden": hidden, "seed": seed}
        | {"value": (seed + 1.0) * width**-0.5}
        for hidden, width in scalar_figure.WIDTHS.items()
        for seed in range(3)
    ]
    need = pd.DataFrame(rows)
    assert scalar_figure.fitted(need, "fa", scalar_figure.WIDTHS) == pytest.approx([-0.5] * 3)
    assert scalar_figure.fitted(need[1:], "fa", scalar_figure.WIDTHS) == []  # one network did not come there


@pytest.mark.parametrize(("criterion", "reached"), [(0.0, True), (1.1, False)])
def test_a_rule_stops_where_it_has_come_to_the_criterion(criterion: float, reached: bool) -> None:
    bench: Any = SimpleNamespace(seed=0, progress=lambda fraction: None)
    found = {m.metric: m.value for m in scalar.needed(bench, "backprop", "8", 0.3, criterion, 2)}
    wanted = {scalar.SAMPLES: 0, scalar.PRODUCTS: 0, scalar.REACHED: 1} if reached else {scalar.REACHED: 0}
    assert found == wanted


def test_samples_and_products_are_those_of_the_batches_before() -> None:
    """Backprop multiplies and adds 64·8 + 8·10 forward, 10·8 back, and as much as forward for the changes."""
    bench: Any = SimpleNamespace(seed=0, progress=lambda fraction: None)
    found = {m.metric: m.value for m in scalar.needed(bench, "backprop", "8", 0.3, 0.5, 20)}
    assert found[scalar.REACHED] == 1
    assert found[scalar.PRODUCTS] / found[scalar.SAMPLES] == 2 * (64 * 8 + 8 * 10) + 10 * 8
