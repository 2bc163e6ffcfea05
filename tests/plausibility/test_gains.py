"""What slopes do, state outside of arrays, numbers out of nowhere. Oracle: slopes written out, planted rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plausible.plausibility.audit import audit
from plausible.plausibility.counting import extra
from plausible.plausibility.gains import ITSELF, Gains, gains
from plausible.plausibility.intervention import PROBED
from plausible.plausibility.record import Watched, proportional
from plausible.plausibility.spikes.valued import TRIED, evaluated, value
from plausible.plausibility.world import world
from tests.plausibility.planted import judged, stored, transport, written

SLOPES = 1 - np.tanh(np.random.default_rng(0).normal(size=(3, 13))) ** 2
SPREAD = np.ptp(SLOPES)


def off(share: float) -> np.ndarray:  # type: ignore[type-arg]
    """Slopes of which one in each row is off by a share of their spread."""
    found = SLOPES.copy()
    found[:, 4] += share * SPREAD
    return found


@pytest.mark.parametrize(("share", "right"), [(0.0, True), (0.002, True), (0.05, False), (0.3, False)])
def test_what_is_near_a_slope_is_none(share: float, right: bool) -> None:
    """A difference quotient is off by less than a part in a hundred, another function by more."""
    high, low = int(SLOPES.argmax()), int(SLOPES.argmin())
    watched = Watched("1", SLOPES, (high, low), (SLOPES.item(high), SLOPES.item(low)))
    assert proportional(2 * off(share), watched) is right
    assert Gains(1, "B2", 2 * off(share), SLOPES).is_slope is right


def test_gains_are_slopes_but_for_factors_of_examples_and_of_units(rng: np.random.Generator) -> None:
    units, examples = rng.normal(size=13), rng.normal(size=(3, 1))
    assert Gains(1, "y", SLOPES * examples, SLOPES).is_slope
    assert Gains(1, "y", SLOPES * examples * units, SLOPES).is_slope
    assert not Gains(1, "y", examples * units, SLOPES).is_slope
    assert not Gains(1, "y", rng.normal(size=(3, 13)), SLOPES).is_slope


def test_the_gains_of_feedback_alignment_are_its_slopes(tmp_path: Path) -> None:
    """δ_1 = (d B_2) (1 - h²): and without a slope gains are 1, in whatever way they are measured."""
    slopes = [each for each in gains(world("fa")) if each.by in ("B2", "B3")]
    assert [each.layer for each in slopes] == [1, 2]
    assert max(each.apart for each in slopes) < 1e-9
    here = world(written(transport("d @ B"), tmp_path))
    by_feedback = [each for each in gains(here) if each.by in ("B2", "B3")]
    assert [each.layer for each in by_feedback] == [1, 2]
    for each in by_feedback:
        assert each.gains == pytest.approx(np.broadcast_to(each.gains[:, :1], each.gains.shape))


def test_neurons_that_settle_have_no_gain_that_a_rule_multiplies_by() -> None:
    """Contrastive Hebbian learning uses no slope: how its states move is no factor."""
    assert {each.by for each in gains(world("contrastive-hebbian"))} <= {*ITSELF}


def test_state_is_counted_number_by_number(tmp_path: Path) -> None:
    """A number per unit of layers 2 and 3 in the state, (11 + 5), and B2 and B3 beside W1, W2, W3 and biases."""
    here = world(written(judged("extra state", "present", code="after[layer] = d.sum(axis=0)"), tmp_path))
    forward = 9 * 13 + 13 * 11 + 11 * 5 + sum(a.size for n, a in here.params.items() if n[0] == "b")
    assert extra(here) == pytest.approx(((11 * 13 + 5 * 11) / forward, (11 + 5) / forward))


def test_state_in_an_object_is_counted_and_followed(tmp_path: Path) -> None:
    code = (
        "before = getattr((state or {}).get('kept'), f'T{layer}', B);"
        "after.setdefault('kept', type('Kept', (), {})()); setattr(after['kept'], f'T{layer}', 0.5 * W.T)"
    )
    audited = audit(written(transport("d @ before", code=code), tmp_path))
    assert audited.of("weight transport").cell.verdict == "present"
    here = world(written(transport("d @ before", code=code), tmp_path))
    forward = sum(a.size for n, a in here.params.items() if n[0] in "Wb")
    assert extra(here)[1] == pytest.approx((13 * 11 + 11 * 5) / forward)


def test_a_past_that_is_kept_outside_of_the_state_is_storage(tmp_path: Path) -> None:
    """Step by step it comes to the same; with another sequence in between it does not."""
    last = "(PAST.append(np.array(h[t].mean(axis=0).tolist())) or PAST[max(len(PAST) - 2, 0)])"
    each = f"np.stack([{last} * (error[t] @ B) for t in range(len(h))])"
    planted = stored(f"globals().setdefault('PAST', []) is not None and {each}", "present")
    cell = audit(written(planted, tmp_path), ["storage in time"]).of("storage in time").cell
    assert cell.verdict == "present", cell
    assert "not in its state" in cell.evidence


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_responses_that_serve_as_weights_are_seen_where_they_are_weak(share: float, tmp_path: Path) -> None:
    """A twentieth of what comes back: more than what noise tells of weights in a step, less than half of a change."""
    planted = transport(f"d @ (B + {share} * (np.eye(W.shape[0]) @ W).T)")
    cell = audit(written(planted, tmp_path), ["weight transport"]).of("weight transport").cell
    assert cell.verdict == "present"
    assert cell.intervention.startswith("responses of W2, W3")
    assert PROBED < float(cell.intervention.rpartition(" ")[2]) < 0.5


@pytest.mark.parametrize("criticism", ["update locking", "one-to-one units", "separate phases"])
def test_no_column_is_clean_where_numbers_come_out_of_nowhere(criticism: str, tmp_path: Path) -> None:
    """But for what a layer waits for, where intervention has shown that it is nothing."""
    plain = "np.array([[{0} for v in row] for row in {1}])"
    error = plain.format("0.1 + float(v)", "passed.activities[-1]")
    planted = judged(criticism, "untraceable", error=error, down=plain.format("0.9 * float(v)", "h"))
    cell = audit(written(planted, tmp_path), [criticism]).of(criticism).cell
    assert cell.verdict == ("removed" if criticism == "update locking" else "untraceable"), cell


@pytest.mark.parametrize("text", ["v.real", "(v).T", "[v for v in (1, 2)]", "(lambda: v)()", "v if v else v"])
def test_equations_are_tried_where_they_hold_arithmetic_alone(text: str) -> None:
    """So that nothing else is reached by what an equation is compiled to."""
    assert value(text, "v", TRIED) is None
    assert value("2*v", "v", TRIED) is not None


def test_a_rule_of_reward_is_told_one_number_and_waits_for_no_error() -> None:
    """Node perturbation proposes something at one presentation, as the audit's reward moves with the noise."""
    file = Path(__file__).parents[2] / "docs" / "examples" / "node_perturbation.py"
    audited = audit(f"{file}:NodePerturbation")
    told = {
        name: audited.of(name).cell
        for name in ("target at the output", "non-local error", "weight transport")
    }
    assert [cell.verdict for cell in told.values()] == ["partly", "partly", "removed"]
    assert told["target at the output"].value == told["non-local error"].value == 1


@pytest.mark.parametrize("text", ["1 +", "x.__class__", "[x for x in (1,)]", "x if x else 0", "lambda: 1"])
def test_what_is_no_arithmetic_has_no_value(text: str) -> None:
    assert evaluated(text, {"x": 1.0}) is None
