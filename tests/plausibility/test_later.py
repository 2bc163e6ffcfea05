"""What the audit measures by itself: neighbours' labels, conditions of synapses, imports. Oracle: arithmetic."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from plausible.errors import BadInput
from plausible.plausibility import counting
from plausible.plausibility.audit import audit
from plausible.plausibility.gains import apart_by_example, apart_by_unit
from plausible.plausibility.neighbours import neighbours
from plausible.plausibility.spikes.joined import pairs
from plausible.plausibility.subject import Subject
from plausible.plausibility.taught import neighbourly
from plausible.plausibility.world import world
from tests.plausibility.planted import DEFAULTS, judged, slopes, written


@pytest.mark.parametrize(("error", "moves"), [("y - y[::-1]", True), ("passed.activities[-1] - y", False)])
def test_a_label_of_another_example_moves_what_one_learns(error: str, moves: bool, tmp_path: Path) -> None:
    """By f(a, b) - f(a, b') - f(a', b) + f(a', b'), which is 0 where each example has its own label."""
    rule = written(judged("target at the output", "present", error=error), tmp_path)
    found = neighbours(world(rule))
    assert (found.labels > 0.01) == moves
    assert moves or found.labels < 1e-12


@pytest.mark.parametrize(("share", "meet"), [(0.1, True), (0.0001, False)])
def test_examples_that_share_a_few_percent_of_a_change_meet(share: float, meet: bool, tmp_path: Path) -> None:
    """A tenth of the mean activity of the batch in a signal: more than what settling shares, which is below 1 %."""
    parts = {"error": "passed.activities[-1]", "down": f"h + {share} * h.mean(axis=0)"}
    name = written(judged("non-local error", "partly", **parts), tmp_path)
    it = Subject(lambda seed: world(name, seed))
    assert it.neighboured is not None
    assert share / 2 < it.neighboured.examples < share
    assert neighbourly(it)[0] == meet


@pytest.mark.parametrize(("down", "waits"), [("h + (d @ B) * len(state or ())", True), ("h", False)])
def test_a_layer_that_waits_from_the_second_presentation_on_waits(
    down: str, waits: bool, tmp_path: Path
) -> None:
    """Its state is empty at the first, and so is the error that it reads."""
    parts = {"down": down, "code": "after['seen'] = 1.0"}
    name = written(judged("update locking", "partly", **parts), tmp_path)
    it = Subject(lambda seed: world(name, seed))
    assert (it.locked or 0) == pytest.approx(0.3, abs=0.2) if waits else it.locked == 0


@pytest.mark.parametrize(
    ("connect", "joined"),
    [
        ("i == j", True),
        ("j == i", True),
        ("i - j == 0", True),
        ("abs(i - j) < 1", True),
        ("", False),
        ("i != j", False),
        ("i <= j", False),
    ],
)
def test_partners_are_told_however_their_condition_is_written(connect: str, joined: bool) -> None:
    assert pairs(connect) == joined


def test_gains_at_right_angles_to_slopes_warn_of_nothing() -> None:
    slopes = np.array([[0.3, 0.5, 0.8]] * 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert apart_by_example(np.array([[1e-310, 1e-310, -1e-310]] * 3), slopes) == np.inf
        assert apart_by_unit(np.ones((3, 3)), slopes) == np.inf


def test_a_call_of_import_takes_python_s_names(tmp_path: Path) -> None:
    """`__import__(name, fromlist=...)`, as Python has it."""
    code = "__import__('numpy.linalg', fromlist=['norm'], level=0).norm"
    assert audit(written(judged("extra state", "present", code=code), tmp_path)).of("extra state").cell


def test_a_rule_that_counts_for_itself_is_told_apart(tmp_path: Path) -> None:
    """The same run twice differs, so that no intervention is believed; without the count it is believed."""
    counting = "KEPT['n'] = KEPT.get('n', 1) + 1"
    for slope, differs in (("1 / KEPT['n']", True), ("1.0", False)):
        rule = written(judged("extra state", "present", code=counting, slope=slope), tmp_path)
        subject = Subject(lambda seed, rule=rule: world(rule, seed))  # type: ignore[misc]
        assert (subject.restless > 1e-10) == differs
        assert bool(subject.neighboured is None) == differs
    assert set(DEFAULTS) >= {"down", "slope", "code"}


@pytest.mark.parametrize(
    ("activation", "factor", "verdict"),
    [
        ("logistic", "h * (1 - h)", "present"),
        ("relu", "(h > 0)", "present"),
        ("logistic", "h * (1 + h)", "removed"),
        ("relu", "h", "removed"),
    ],
)
def test_a_slope_of_the_activation_of_its_own_default(
    activation: str, factor: str, verdict: str, tmp_path: Path
) -> None:
    """Which is none of the activation that the audit's network has."""
    name = written(slopes("1.0", verdict, down=f"(d @ B) * {factor}"), tmp_path)
    file = Path(name.rpartition(":")[0])
    of_its_own = f"Planted(Feedforward):\n    network: MLP = MLP(activation={activation!r})\n"
    text = file.read_text(encoding="utf-8").replace("Planted(Feedforward):\n", of_its_own)
    file.write_text(f"from plausible.networks.mlp import MLP\n{text}", encoding="utf-8")
    assert audit(name, ["exact derivatives"]).measured[0].cell.verdict == verdict


def test_criticisms_can_be_measured_one_by_one() -> None:
    whole = audit("fa")
    for name in ("weight transport", "update locking"):
        assert audit("fa", [name]).measured == (whole.of(name),)


EACH = "np.random.default_rng(1).normal(size=B.shape)"
FEEDBACK, ALL = 13 * 11 + 11 * 5, 9 * 13 + 13 * 11 + 11 * 5 + 13 + 11 + 5  # numbers of feedback, and forward


@pytest.mark.parametrize(
    ("parts", "verdict", "value", "evidence"),
    [
        ({"code": "after['n'] = 1"}, "present", FEEDBACK / ALL, "and 0 numbers of state"),
        # a number for each synapse of the two upper layers, as many as there are of feedback
        ({"code": "after[layer] = [[float(v) for v in row] for row in h.T @ d]"}, "present", 2 * FEEDBACK / ALL, ""),
        ({"down": f"d @ KEPT.setdefault(layer, {EACH})"}, "present", FEEDBACK / ALL, f"{FEEDBACK} numbers that are"),
        (
            {"down": "d @ B * KEPT['m']", "code": "KEPT['m'] = 0.9 * KEPT.get('m', 1.0) + 0.1 * float(abs(h).mean())"},
            "untraceable", FEEDBACK / ALL, "what is kept beside the state",
        ),
    ],
)  # fmt: skip
def test_state_is_counted_wherever_it_is_kept(
    parts: dict[str, str], verdict: str, value: float, evidence: str, tmp_path: Path
) -> None:
    """Beside feedback, which is there anyhow: in lists, and in a module, where it is no state."""
    cell = audit(written(judged("extra state", verdict, **parts), tmp_path), ["extra state"]).measured[0].cell
    assert cell.verdict == verdict
    assert cell.value == pytest.approx(value, abs=1e-12)
    assert evidence in cell.evidence


@pytest.mark.parametrize(("shown", "passes"), [("x", 1), ("(x + 1)", 2)])
def test_an_input_that_is_sent_up_in_parts_is_one(shown: str, passes: int, tmp_path: Path) -> None:
    """Three parts, of which each is sent through its own synapses, in a rule that sends the whole up as well."""
    sums = f"sum({shown}[:, n:n + 3] @ params['W1'][n:n + 3] for n in (0, 3, 6))"
    rule = written(judged("separate phases", "present", code=f"further['W1'] = -x.T @ {sums}"), tmp_path)
    sent = Subject(lambda seed: world(rule, seed)).made.sent
    assert counting.passes(world(rule), sent) == passes
    parts = [each for each in sent if each.rows.shape[1] != 9]
    assert counting.passes(world(rule), parts) == 1


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("None", "at presentation 1 its update returned NoneType, expected a Step"),
        ("{'W1': 0 * x.T @ h}", "at presentation 1 its update returned dict, expected a Step"),
        (
            "Step({'W2': W * np.nan})",
            "at presentation 1 its update proposes changes of W2 that are not finite",
        ),
        (
            "Step({'W2': W * (np.inf if state else 1)}, 1)",
            "at presentation 2 its update proposes changes of W2",
        ),
    ],
)
def test_what_is_no_step_or_not_finite_is_told_and_not_judged(
    returned: str, said: str, tmp_path: Path
) -> None:
    rule = written(judged("extra state", "present", code=f"return {returned}"), tmp_path)
    with pytest.raises(BadInput, match=re.escape(said)):
        audit(rule)


BUFFERED = """
import numpy as np
from dataclasses import dataclass
from plausible.rules.recurrent import Windowed


@dataclass(frozen=True)
class Buffered(Windowed):
    def init(self, n_in, n_out, rng):
        params = self.network.start(n_in, n_out, rng)
        return params | {{"B2": rng.normal(size=params["W2"].T.shape)}}, None

    def inner_changes(self, params, passed, error, scale, carried, rng):
        n = self.network.reaching(passed).shape
        kept = 1e-9 * np.random.default_rng(0).normal(size=(64, *n[1:])) if carried is None else carried
        change = 0.0
        for reaching, signal in zip(self.network.reaching(passed), error @ params["B2"], strict=True):
            kept = {kept}
            past = sum(0.9**k * kept[-1 - k] for k in range(64))
            change = change + (past[:, :, None] * signal[:, None, :]).sum(axis=0)
        return self.network.by_name(scale * change), kept
"""


@pytest.mark.parametrize(
    ("kept", "verdict"),
    [("np.concatenate([kept[1:], reaching[None]])", "present"), ("0.9 * kept + reaching", "removed")],
)
def test_a_register_of_past_steps_that_begins_as_noise_is_storage(
    kept: str, verdict: str, tmp_path: Path
) -> None:
    """All of its numbers change at every step, and as many as there were steps depend on what was shown."""
    (tmp_path / "buffered.py").write_text(BUFFERED.format(kept=kept), encoding="utf-8")
    cell = audit(f"{tmp_path / 'buffered.py'}:Buffered", ["storage in time"]).measured[0].cell
    assert cell.verdict == verdict, cell
