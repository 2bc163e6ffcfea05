"""What simulations promise: digests, values in and out, and errors. Oracle: the docstrings of plausible.spiking."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plausible.core import Presentation
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.probes.cost import costs
from plausible.rules.spiking import diehl_cook
from plausible.spiking import compiled as module
from plausible.spiking.chance import chance
from plausible.spiking.circuit import Circuit, Group
from plausible.spiking.compiled import Compiled, NoCompiler, first_error
from plausible.spiking.diehl_cook.network import VARIANTS, circuit
from plausible.spiking.diehl_cook.presentation import Runaway, Silent, fresh, present
from plausible.spiking.live import Live
from plausible.spiking.simulate import SimulationError
from tests.processes import finished

DECAY = Circuit(1.0, (Group("cell", 3, "dv/dt = -v/(10*ms) : 1", method="exact"),))


def test_an_equation_changes_the_digest_and_nothing_else_does() -> None:
    assert circuit(6, 3).digest() == circuit(6, 3).digest()
    other = {circuit(6, 3, stdp).digest() for stdp in VARIANTS} | {
        circuit(6, 4).digest(),
        circuit(6, 3, block=50.0).digest(),
    }
    assert len(other) == len(VARIANTS) + 2


def test_a_run_is_a_function_of_its_values() -> None:
    live = Live(DECAY)
    first, second = (
        live.run(20, {"cell.v": np.array([1.0, 2.0, 3.0])}, ["cell.v"])["cell.v"] for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first, np.exp(-2) * np.array([1, 2, 3]), rtol=1e-12)
    np.testing.assert_array_equal(live.run(20, {}, ["cell.v"])["cell.v"], 0)


def test_values_that_do_not_fit_are_refused() -> None:
    with pytest.raises(SimulationError, match=r"no variable 'cell.w': expected one of .*cell\.v"):
        Live(DECAY).run(1, {"cell.w": 1.0}, [])
    with pytest.raises(SimulationError, match="given 2 values: expected 3"):
        Live(DECAY).run(1, {"cell.v": np.ones(2)}, [])
    with pytest.raises(SimulationError, match="not finite"):
        Live(DECAY).run(1, {"cell.v": np.nan}, [])
    with pytest.raises(BadInput, match="positive whole number of neurons"):
        Group("cell", 0, "v : 1")
    with pytest.raises(BadInput, match="unknown variant of STDP 'tripled': did you mean 'triplet'"):
        circuit(6, 3, "tripled")


@pytest.mark.parametrize("text", ["20*furlong", "ms", "", "20*ms + 1", "().__class__", "20**2"])
def test_a_constant_that_is_no_quantity_is_named(text: str) -> None:
    with pytest.raises(BadInput, match="is no quantity: expected a number and a unit"):
        Live(replace(DECAY, constants=(("tau", text),))).run(1, {}, [])


def test_there_may_be_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "compiler", lambda: None)
    with pytest.raises(NoCompiler, match=r"no C\+\+ compiler: expected one of g\+\+"):
        Compiled(DECAY, tmp_path).run(1, {}, ["cell.v"])


def test_a_build_that_fails_says_why(tmp_path: Path) -> None:
    if module.compiler() is None:
        pytest.skip("there is no C++ compiler")
    broken = replace(DECAY, groups=(Group("cell", 3, "dv/dt = -v/(10*mV) : 1"),))
    with pytest.raises(SimulationError, match=r"cannot be built: \S*Dimension") as caught:
        Compiled(broken, tmp_path).build()
    assert "\n" not in str(caught.value)
    output = "make: entering\na.cpp: In function f:\na.cpp:3:1: error: expected ';'\nb.cpp:1:1: error: other\nmake: *"
    assert first_error(output) == "a.cpp:3:1: error: expected ';'"


class Played:
    """A simulation that gives back what a test wants."""

    def __init__(self, counts: Any, arrived: int = 0, inhibited: int = 0) -> None:
        self.circuit, self.counts = circuit(6, 3, rows=4), np.array(counts)
        self.tallies = {"control.arrived": np.array([arrived]), "control.inhibited": np.array([inhibited])}

    def run(self, steps: int, start: Any, wanted: Any) -> dict[str, Any]:
        slots = steps // 1000
        passed = np.arange(slots)
        found: dict[str, Any] = {name: np.zeros(18 if name == "plastic.w" else 3) for name in wanted}
        record = np.tile(self.counts, (slots, 1))
        return found | self.tallies | {
            "counts.count": record, "exc.count": self.counts, "shown.image": passed[:, None] - 1.0,
            "control.image": np.array([slots - 1]), "control.gain": np.array([2.0]), "control.total": np.array([9.0]),
        }  # fmt: skip


@pytest.mark.parametrize(("counts", "error"), [([0, 0, 0], Silent), ([90, 80, 70], Runaway)])
def test_networks_that_are_silent_or_run_away_are_named(counts: list[int], error: type[Exception]) -> None:
    values = fresh(np.ones((6, 3)), np.zeros(3), np.zeros((6, 3)))
    with pytest.raises(error):
        present(Played(counts), values, np.ones((3, 6)), 0, learn=True)
    assert present(Played([3, 1, 1]), values, np.ones((3, 6)), 0, learn=True).counts.shape == (3, 3)


def test_numbers_by_chance_are_even_and_independent() -> None:
    drawn = chance(5, np.arange(1000)[:, None], np.arange(100))
    assert abs(drawn.mean() - 0.5) < 5 / np.sqrt(12 * drawn.size)
    assert abs(drawn.var() - 1 / 12) < 0.001
    for axis in (0, 1):
        a, b = (np.delete(drawn, -1 if first else 0, axis).ravel() for first in (True, False))
        assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(a.size)
    other = chance(6, np.arange(1000)[:, None], np.arange(100))
    assert abs(np.corrcoef(drawn.ravel(), other.ravel())[0, 1]) < 5 / np.sqrt(drawn.size)
    assert chance(5, 7, 9) == drawn[7, 9], "a number depends on where it is used, and on nothing else"


def test_running_a_compiled_program_needs_no_brian2() -> None:
    modules = "plausible.spiking.compiled, plausible.spiking.diehl_cook.presentation"
    code = f"import sys, {modules}; print('brian2' in sys.modules)"
    result = finished([sys.executable, "-c", code])
    assert result.stdout.strip() == "False"


def test_the_work_of_diehl_and_cook_is_spikes_and_the_synapses_that_they_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not multiply-adds: those of decoding would be counted alone, a fraction of a per cent of its work."""
    rule = diehl_cook.DiehlCook(MLP((3,)))
    monkeypatch.setattr(
        diehl_cook, "simulated", lambda inputs, rule: Played([3, 1, 1], arrived=70, inhibited=4)
    )
    params, state = rule.init(6, 2, np.random.default_rng(0))
    shown = Presentation(np.ones((8, 6)), np.tile([[1.0, 0.0]], (8, 1)), lambda answer: answer[:, 0])
    one = Presentation(shown.x[:1], shown.y[:1], shown.reward)
    found = {
        read.metric: read.value for read in costs(rule, params, state, shown, one, np.random.default_rng(0))
    }
    # 8 images in two runs of at most 4, each with 70 input spikes to 3 synapses, 4 inhibitory ones to 2, 20 spikes to 1
    assert found["spikes per example"] == 5
    assert found["synaptic events per example"] == 2 * (70 * 3 + 4 * 2 + 20) / 8
    assert "multiply-adds per example" not in found
