"""Numbers that cannot be spikes are refused in one line. Oracle: rates are not negative, one spike a step at most."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plausible import contract
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.rules.spiking.diehl_cook import DiehlCook
from plausible.spiking.diehl_cook.presentation import fresh, present
from plausible.spiking.encode import latency, poisson, repeated
from plausible.study.compare import Comparison
from plausible.study.study import Skipped, cells
from tests.processes import finished
from tests.spiking.test_simulations import Played

RUN = "from plausible.cli.main import main; main()"
BAD = {
    "standardised": (-1.5, 2.0),
    "0 to 255": (0.0, 255.0),
    "a little above": (0.0, 1.001),
    "NaN": (0.0, np.nan),
}


@pytest.mark.parametrize("kind", BAD)
def test_inputs_of_diehl_and_cook_are_from_0_to_1(kind: str, rng: np.random.Generator) -> None:
    x = np.full((3, 6), BAD[kind][0])
    x[1, 2] = BAD[kind][1]
    rule = DiehlCook(MLP((7,)))
    params, state = rule.init(6, 3, rng)
    with pytest.raises(
        BadInput, match=r"pixels go from .*: expected numbers from 0 to 1; scale them"
    ) as caught:
        rule.respond(params, state, x, rng)
    assert "\n" not in str(caught.value)
    with pytest.raises(BadInput, match="expected numbers from 0 to 1"):
        present(Played([3, 1, 1]), fresh(np.ones((6, 3)), np.zeros(3), np.zeros((6, 3))), x, 0, learn=True)


@pytest.mark.parametrize(
    ("encode", "told"),
    [
        (lambda: drawn(np.array([10.0, -1.0]), 5, 1.0), "rates, .* go from -1 to 10: expected .* 0 to 1000"),
        (lambda: drawn(np.array([10.0, 2001.0]), 5, 0.5), "go from 10 to 2001: expected .* from 0 to 2000"),
        (lambda: drawn(np.array([10.0, np.nan]), 5, 1.0), "expected numbers from 0 to 1000"),
        (lambda: drawn(np.array([10.0]), 5, 0.0), "dt is 0.0: expected a finite number above 0"),
        (lambda: drawn(np.array([10.0]), -1, 1.0), "number of steps is -1"),
        (lambda: latency(np.array([-1.0, 0.5]), 10), "inputs go from -1 to 0.5: expected numbers from 0 to 1"),
        (lambda: latency(np.array([0.0, 255.0]), 10), "inputs go from 0 to 255"),
        (lambda: latency(np.array([0.0, np.nan]), 10), "expected numbers from 0 to 1"),
        (lambda: latency(np.array([0.5]), 0), "number of steps is 0"),
        (lambda: again(starts=[-3]), "starts, in steps, go from -3 to -3"),
        (lambda: again(jitter=-1.0), "jitter is -1.0"),
        (lambda: again(deleted=1.5), "deleted spikes is 1.5"),
        (lambda: again(length=0), "length of the pattern, in steps, is 0"),
        (lambda: again(pattern=([0], [7])), "times of the pattern, in steps, go from 7 to 7: expected .* 0 to 4"),
    ],
)  # fmt: skip
def test_every_encoder_refuses_what_is_no_rate_and_no_time(encode: Any, told: str) -> None:
    with pytest.raises(BadInput, match=told) as caught:
        encode()
    assert "\n" not in str(caught.value)


def drawn(rates: Any, steps: int, dt: float) -> Any:
    """Spikes of these rates."""
    return poisson(rates, steps, dt, np.random.default_rng(0))


def again(starts: Any = (2,), length: int = 5, pattern: Any = ((0,), (1,)), **options: float) -> Any:
    """`repeated` with one thing wrong."""
    spikes = np.array([0, 1]), np.array([0, 9])
    shown = tuple(np.array(part, int) for part in pattern)
    return repeated(spikes, shown, np.array(starts, int), length, np.random.default_rng(0), **options)  # type: ignore[arg-type]


def test_a_comparison_refuses_such_a_task_before_anything_runs() -> None:
    with pytest.raises(BadInput, match=r"'two-moons' go from -1.\d+ to 2.\d+ .* DiehlCook takes 0"):
        Comparison("two-moons", ("diehl-cook",), 1).runs()
    offered = cells(("two-moons",), ("diehl-cook", "backprop"), (MLP((5,)),), SGD(1.0), 1, 300, 1)
    assert [type(cell) is Skipped for cell in offered] == [True, False]


def test_the_command_says_so_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN, "compare", "--task", "two-moons", "--rules", "diehl-cook"]
    done = finished(command, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "takes 0 to 1: scale them" in done.stderr


def test_the_contract_shows_a_rule_only_what_it_takes() -> None:
    x = contract.examples(50, "float32", inputs=(0.0, 1.0)).x
    assert (x.min(), x.max()) == (0, 1)
