"""The audit of spiking models. Oracles: planted networks, windows in closed form, the equations of the papers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import plausible as pl
from plausible.api.auditing import modelled, texts_of
from plausible.errors import NotInstalled
from plausible.plausibility.audit import audit, simulated
from plausible.plausibility.spikes.equations import Equations, Variable
from plausible.plausibility.spikes.held import Held, constant_of
from plausible.plausibility.spikes.judged import CELLS, Spiking
from plausible.plausibility.spikes.model import of_plasticity
from plausible.plausibility.spikes.models import MODELS
from plausible.plausibility.spikes.phases import acting
from plausible.plausibility.spikes.slopes import slopes_read
from plausible.plausibility.subject import Cell
from plausible.plausibility.world import world
from plausible.registry.criticisms import BY_NAME
from plausible.spiking.circuit import Circuit
from plausible.spiking.diehl_cook.network import circuit
from plausible.spiking.plasticity import mstdp, pair_stdp
from plausible.spiking.windows import pair_window
from studies import florian2007, izhikevich2007, masquelier2008, song2000, urbanczik2014
from tests.plausibility import spiking, spiking_apart, spiking_more
from tests.plausibility.evidence import against, contradictions
from tests.processes import finished

W = Variable("plastic", "w")
CHEATS = {**spiking.CHEATS, **spiking_more.CHEATS, **spiking_apart.CHEATS}
HONEST = {**spiking.HONEST, **spiking_more.HONEST, **spiking_apart.HONEST}


@pytest.mark.parametrize("name", [*CHEATS, *HONEST])
def test_what_was_planted_is_seen_and_what_is_honest_is_clean(name: str) -> None:
    planted = CHEATS.get(name) or HONEST[name]
    cell = CELLS[planted.criticism](measured(name))
    assert cell.verdict == planted.right, cell
    if (
        planted.criticism == "weight transport"
        and name
        not in {*spiking_apart.CHEATS, *spiking_apart.HONEST}  # one is read off the other, which none reads
        and cell.verdict != "untraceable"
        and "v_pre" not in str(planted.parts)
    ):
        # what moves where all spikes are held agrees with what the equations say
        moving, failed = measured(name).exchanged
        assert (failed, moving[Variable("over", "w")] > 1e-3) == ("", planted.right == "present"), planted


@cache
def measured(name: str) -> Spiking:
    """A planted network, simulated once."""
    return Spiking((CHEATS.get(name) or HONEST[name]).model())


def test_every_criticism_is_measured_of_spiking_models() -> None:
    assert [*CELLS] == [*BY_NAME]


def test_what_a_published_network_reads() -> None:
    """The synapses of [diehl2015], read off its equations by hand."""
    equations = Equations(circuit(9, 13))
    read = {str(each) for each in equations.behind(frozenset([W]), spikes=False)}
    assert read == {
        *("plastic.w", "plastic.arrival", "exc.post1", "exc.post2", "exc.sum_w"),
        *("control.learn", "control.first", "control.depression", "control.potentiation"),
    }
    behind = {str(each) for each in equations.behind(frozenset([W]))}
    assert {"exc.v", "exc.theta", "inh.v", "inputs.p"} <= behind
    assert {each.when for each in equations.changing(W)} == {"arriving", "own", "event"}


def test_the_window_of_pairs_is_the_closed_form() -> None:
    window = Held(of_plasticity(pair_stdp(0.01, 0.0105, 17.0, 34.0))).window(Variable("synapse", "w"))
    assert len(window.delay) == 41
    np.testing.assert_allclose(window.alone, pair_window(window.delay, 0.01, 0.0105, 17.0, 34.0), atol=1e-15)
    both = window.alone + pair_window(window.delay - 40, 0.01, 0.0105, 17.0, 34.0)
    np.testing.assert_allclose(window.twice, both, atol=1e-15)
    for side, tau in ((window.delay > 0, 17.0), (window.delay < 0, 34.0)):
        assert constant_of(window.delay[side], window.alone[side]) == pytest.approx(tau, rel=1e-9)


def test_no_exponential_has_no_time_constant() -> None:
    delay = np.linspace(1, 50, 30)
    assert constant_of(delay, 1 / delay) is None
    assert constant_of(delay, np.sin(delay)) is None
    assert constant_of(delay, 0.01 - 1e-18 * delay) is None
    assert constant_of(delay, 0.01 * np.exp(-delay / 1e9)) is None


def test_reward_that_is_withheld_leaves_nothing() -> None:
    it = Spiking(of_plasticity(mstdp()))
    (reward,) = it.told
    assert (str(reward), it.withheld) == ("shared.reward", ({reward: 1.0}, ""))


def test_a_dendrite_reads_a_slope_and_a_voltage_is_none() -> None:
    """(ln φ)' of [urbanczik2014]; [clopath2010] reads potentials above a threshold."""
    for name, number in (("dendritic-prediction", 1), ("voltage-stdp", 0), ("pair-stdp", 0)):
        model = MODELS[name]()
        assert len(slopes_read(model, model.learned[0])) == number


@pytest.mark.parametrize("name", MODELS)
def test_what_the_equations_of_single_synapses_say(name: str) -> None:
    """[florian2007] and [izhikevich2007] read one number that all synapses share; two rules are bounded below by 0."""
    it = Spiking(MODELS[name]())
    told = name.startswith(("modulated", "dopamine"))
    bounded = name in ("inhibitory-stdp", "single-pair-stdp")
    expected = {
        "weight transport": "removed",
        "non-local error": "partly" if told else "removed",
        "continuous values": "removed",
        "signed synapses": "removed" if bounded else "present",
        "extra state": "present",
    }
    assert {criticism: CELLS[criticism](it).verdict for criticism in expected} == expected
    assert contradictions(audit(name)) == []


@pytest.mark.parametrize(
    ("circuit_of", "told", "slopes"),
    [
        (lambda: florian2007.circuit(10), {"control.reward"}, 0),
        (lambda: izhikevich2007.circuit(20), {"control.dopamine"}, 0),
        (masquelier2008.circuit, set(), 0),
        (song2000.circuit, set(), 0),
        (lambda: urbanczik2014.circuit(True), set(), 1),
    ],
)
def test_what_the_networks_of_studies_read(
    circuit_of: Callable[[], Circuit], told: set[str], slopes: int
) -> None:
    """A reward or dopamine is told to all synapses; a dendrite reads (ln φ)'; nothing else leaves the two neurons."""
    it = Spiking(modelled(circuit_of()))
    assert {str(each) for each in it.told} == told
    assert CELLS["non-local error"](it).verdict == ("partly" if told else "removed")
    assert CELLS["exact derivatives"](it).value == slopes
    assert CELLS["one-to-one units"](it).verdict == "removed"


@pytest.mark.parametrize("name", ["triplet-stdp", "voltage-stdp", "dendritic-prediction", "modulated-stdp"])
def test_a_shifted_spike_moves_the_change(name: str) -> None:
    it = Spiking(MODELS[name]())
    assert CELLS["insensitivity to timing"](it).verdict == "removed"
    assert CELLS["target at the output"](it).verdict == ("partly" if name == "modulated-stdp" else "removed")


def test_a_spiking_rule_is_audited_by_the_circuit_that_it_simulates() -> None:
    """Numbers of the triplet variant of [diehl2015], whose traces decay by Euler's steps of 0.5 ms."""
    audited = audit("diehl-cook")
    cells = {each.criticism: each.cell for each in audited.measured}
    assert audited.agrees
    assert "untraceable" not in {cell.verdict for cell in cells.values()}
    assert (cells["synchronised steps"].verdict, cells["one-to-one units"].verdict) == ("partly", "present")
    timing = cells["insensitivity to timing"].evidence
    assert f"{-1e-4 * (1 - 0.5 / 20) ** 20:+.2g} at -10 ms" in timing
    assert f"by two {1e-2 * np.exp(-10 / 20) * (1 - 0.5 / 40) ** 80:+.2g} at +10 ms" in timing
    assert f"{-0.5 / np.log(1 - 0.5 / 20):.3g} ms before" in timing
    assert "no bit of a change moves" in cells["target at the output"].intervention


def test_without_brian2_nothing_is_clean_and_the_audit_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "plausible.spiking.brian", raising=False)
    monkeypatch.setitem(sys.modules, "brian2", None)
    with pytest.raises(NotInstalled, match=r"spiking rules need Brian2: \S+ -m pip install .*spiking"):
        import_module("plausible.spiking.brian")
    audited = audit("diehl-cook")
    cell = audited.of("weight transport")
    assert (cell.cell.verdict, audited.agrees) == ("untraceable", True)
    assert "pip install" in cell.explained


LABELS = """
from dataclasses import dataclass

from plausible.rules.spiking.diehl_cook import DiehlCook


@dataclass(frozen=True)
class Planted(DiehlCook):
    \"\"\"Learns more where the first class is among the labels.\"\"\"

    answers = ("target at the output", "insensitivity to timing")

    def update(self, params, state, shown, rng):
        step = super().update(params, state, shown, rng)
        return step._replace(updates={name: u * (1 + shown.y[:, 0].sum()) for name, u in step.updates.items()})
"""


def test_labels_that_move_a_simulated_rule_are_seen(tmp_path: Path) -> None:
    """A label moves its change by its half, though no equation of the circuit reads one."""
    file = tmp_path / "planted.py"
    file.write_text(LABELS, encoding="utf-8")
    audited = audit(f"{file}:Planted")
    cell = audited.of("target at the output").cell
    assert (cell.verdict, cell.value, audited.agrees) == ("present", pytest.approx(0.5), False)
    for criticism in (
        "weight transport",
        "non-local error",
        "separate phases",
    ):  # whatever Python does beside it
        assert audited.of(criticism).cell.verdict == "untraceable"
    assert audited.of("insensitivity to timing").agrees


def test_a_rule_that_changes_nothing_is_silent_and_gets_no_verdict_by_it() -> None:
    """Its equations read a reward, which is *partly*; what is measured of its changes is not there."""
    audited = audit("mstdpet[rate=0,keep=0]")
    silent = {each.criticism for each in audited.measured if "silent" in each.cell.evidence}
    assert silent == {"separate phases", "target at the output", "insensitivity to timing"}
    assert {audited.of(name).cell.verdict for name in silent} == {"untraceable"}
    assert contradictions(audited) == []


ZERO = "a shifted spike moves the change. plastic1.w: by one own spike +0 at +10 ms and +0 at -10 ms"
SHOWN = "w: by one own spike +0.1 at +10 ms and +0 at -10 ms"


@pytest.mark.parametrize(
    ("criticism", "cell", "number"),
    [
        ("insensitivity to timing", Cell("removed", 1.0, ZERO, "", ZERO), 1),
        ("insensitivity to timing", Cell("removed", 1.0, f"{SHOWN}; v.w: silent"), 1),
        ("insensitivity to timing", Cell("removed", 1.0, SHOWN), 0),
        ("insensitivity to timing", Cell("present", 0.0, "no change moves", "", "w: silent"), 1),
        ("insensitivity to timing", Cell("present", 0.0, "no change moves", "", ""), 1),
        ("insensitivity to timing", Cell("present", 0.0, "no change moves", "", SHOWN), 0),
        ("insensitivity to timing", Cell("untraceable", None, "silent"), 0),
        ("insensitivity to timing", Cell("untraceable", None, ""), 1),
        ("target at the output", Cell("partly", 1.0, "", "", "r withheld: changes move by 0"), 1),
        ("target at the output", Cell("removed", 0.0, "", "", "r withheld: changes move by 0.3"), 1),
        ("weight transport", Cell("removed", 0.0, "", "", "silent: nothing changes"), 1),
    ],
)
def test_evidence_against_its_verdict_is_seen(criticism: str, cell: Cell, number: int) -> None:
    assert len([*against(criticism, cell)]) == number


def test_a_message_that_is_withheld_stays_withheld() -> None:
    """MSTDPET sets `paid` anew in each slot, so that to start from 0 withholds nothing; without it a P - b is 0."""
    it = simulated(world("mstdpet[depression=1]", 0), "mstdpet[depression=1]")
    moving, failed = it.withheld
    assert (failed, moving[Variable("control", "paid")]) == ("", 1.0)


RESUME = Path(__file__).parents[2] / "docs" / "examples" / "resume.py"
LATE = ("now % 10 == 9", "now >= 30")


@pytest.mark.parametrize(("change", "verdict"), [((), "removed"), (LATE, "present")])
def test_a_teacher_that_spikes_all_the_while_is_no_phase(
    change: tuple[str, ...], verdict: str, tmp_path: Path
) -> None:
    file = tmp_path / "resume.py"
    text = RESUME.read_text(encoding="utf-8")
    file.write_text(text.replace(*change) if change else text, encoding="utf-8")
    cell = audit(f"{file}:ReSuMe", ["separate phases"]).of("separate phases").cell
    assert cell.verdict == verdict, cell


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("target", range(8)),
        ("(target > 0 and timestep(t, dt) % 8 % 4 == 3) * (clip(w + rate*x_pre, -2, 2))", (3, 7)),
        ("int(beaten == 0)*target*int(timestep(t, dt) % 8 >= 6)", (6, 7)),
        ("int(target > 0 or timestep(t, dt) % 8 < 6)", (6, 7)),
        ("rate*x_pre", ()),
        ("unknown(target)", ()),
    ],
)
def test_at_which_steps_a_target_acts(text: str, steps: Iterable[int]) -> None:
    assert np.flatnonzero(acting(text, {"target"}, 8)).tolist() == [*steps]


def test_models_are_audited_as_objects_too() -> None:
    assert texts_of("models") == [*MODELS]
    assert texts_of("pair-stdp") == ["pair-stdp"]
    made = pl.audit(pair_stdp())
    assert (made.audits[0].rule, made.agrees, len(made.frame)) == ("song2000", True, len(BY_NAME))
    assert modelled(CHEATS["any sign"].model().circuit).name == "circuit"
    with pytest.raises(pl.BadInput, match="synapses whose weight changes"):
        pl.audit(Circuit(1.0, ()))


def test_an_audit_of_a_rule_with_rates_loads_no_simulator() -> None:
    code = "import sys, plausible as pl; pl.audit('fa'); print('brian2' in sys.modules)"
    ended = finished([sys.executable, "-c", code])
    assert ended.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("rule", "causal", "other"),
    [("first-spike-stdp", 0.04, -0.03), ("first-spike-stdp[plus=0.1]", 0.1, -0.03)],
)
def test_the_window_of_first_spikes_is_a_step_of_the_winner_alone(
    rule: str, causal: float, other: float
) -> None:
    """Inputs that came before the winner's spike gain a₊ w (1 - w), those at it and after it lose a₋ w (1 - w)."""
    it = simulated(world(rule, 0), rule)
    (window,) = it.windows[0].values()
    assert window.delay.min() < -20 < 20 < window.delay.max()
    level = it.held.level(W)
    steps = np.where(window.delay > 0, causal, other) * level * (1 - level)
    np.testing.assert_allclose(window.alone, steps, rtol=1e-4)
    words = CELLS["insensitivity to timing"](it).evidence
    assert (
        f"{causal * level * (1 - level):+.2g} at +10 ms and {other * level * (1 - level):+.2g} at -10 ms"
        in words
    )
    assert "fading" not in words, "what stays as it is has no time constant"
