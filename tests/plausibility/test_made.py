"""What a spiking rule makes of its weights beside its circuit, before a simulation or to keep it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plausible.plausibility.audit import audit
from plausible.plausibility.spikes.made import beside, made_of_weights
from plausible.plausibility.spikes.overheard import of_rule, overheard
from plausible.plausibility.world import world

RULE = """
from dataclasses import dataclass

import numpy as np

from plausible.rules.spiking.event_driven import EventDrivenFeedback


@dataclass(frozen=True)
class Planted(EventDrivenFeedback):
    def settings(self, params):
        given = super().settings(params)
        top = max(name for name in params if name[0] == "W")
        last = str(int(top[1:]) - 1)
        return {**given, **{name: self.sent(params, name, value, params[top].T) for name, value in given.items()
                            if name.partition(".")[0] in ("owed" + last, "spare" + last)}, **self.told(params)}

    def sent(self, params, name, value, back):
        return SENT

    def told(self, params):
        return TOLD

    def update(self, params, state, shown, rng):
        step = super().update(params, state, shown, rng)
        return step._replace(state={**step.state, **self.kept(params, rng)})

    def kept(self, params, rng):
        return KEPT

    def weights(self, n_in, n_out, rng):
        params = super().weights(n_in, n_out, rng)
        top = max(name for name in params if name[0] == "W")
        last, W = "B" + str(int(top[1:]) - 1), params[top]
        return {**params, last: BEGUN}
"""
FED = ("value", "{}", "{}")
WEIGHTS, MORE, NOTHING = "weights", "more", "nothing"
CASES = {
    "transposed": (WEIGHTS, ("back", "{}", "{}")),
    "signs": (WEIGHTS, ("np.sign(back)", "{}", "{}")),
    "mixed with feedback": (WEIGHTS, ("value + 0.1 * back", "{}", "{}")),
    "sizes": (WEIGHTS, ("np.abs(back)", "{}", "{}")),
    "one column": (WEIGHTS, ("np.where(np.arange(back.shape[1]) == 1, back, value)", "{}", "{}")),
    "a rate by the norm": (MORE, ("value", "{'control.rate': np.linalg.norm(params['W1'])}", "{}")),
    "a copy that is kept": (MORE, ("value", "{}", "{'old': params['W1'].T.copy()}")),
    "a copy in a list": (MORE, ("value", "{}", "{'old': [2 * params['W1'].ravel()]}")),
    "feedback as it is": (NOTHING, FED),
    "feedback halved": (NOTHING, ("0.5 * value", "{}", "{}")),
    "feedback by its own sign": (NOTHING, ("np.sign(value)", "{}", "{}")),
    "a rate of its own": (NOTHING, ("value", "{'control.rate': 0.1}", "{}")),
    "a count that is kept": (NOTHING, ("value", "{}", "{'seen': 3.0}")),
    "noise that is kept, as many numbers as a weight has": (
        MORE,
        ("value", "{}", "{'noise': rng.normal(size=params['W1'].shape)}"),
    ),
}

BEGINS = {  # what the last feedback begins with
    "begun with signs": "np.sign(W.T)",
    "begun with noise": "W.T + 0.1 * rng.normal(size=W.T.shape)",
    "begun where weights are large": "rng.uniform(-1, 1, W.T.shape) * (abs(W.T) > 0.5)",
    "begun through a random matrix": "W.T @ rng.normal(size=(len(W), len(W)))",
    "begun by itself": "rng.normal(size=W.T.shape)",
    "begun from one pool": "rng.normal(size=(2, *W.T.shape))[1]",
}
CASES |= {name: (NOTHING if "by itself" in name or "one pool" in name else MORE, FED) for name in BEGINS}


def planted(name: str, folder: Path) -> str:
    """A rule in a file, as it is named on the command line."""
    file, (sent, told, kept) = folder / "planted.py", CASES[name][1]
    begins = BEGINS.get(name, "params[last]")
    file.write_text(
        RULE.replace("SENT", sent).replace("TOLD", told).replace("KEPT", kept).replace("BEGUN", begins),
        encoding="utf-8",
    )
    return f"{file}:Planted"


@pytest.mark.parametrize("name", CASES)
def test_what_is_made_of_weights_is_told_from_feedback(name: str, tmp_path: Path) -> None:
    subject = world(planted(name, tmp_path))
    with overheard() as runs:
        step = subject.step()
        made = made_of_weights(subject, of_rule(runs, name), runs[0].start, step)
    assert (bool(made.weights), bool(made.more)) == (CASES[name][0] == WEIGHTS, CASES[name][0] == MORE), made


@pytest.mark.parametrize(
    ("name", "verdict", "words"),
    [
        ("signs", "present", "made before each simulation: owed2.w of plastic3.w, spare2.w of plastic3.w"),
        (
            "a rate by the norm",
            "untraceable",
            "cannot tell what the rule makes beside its circuit: control.rate of",
        ),
        ("feedback halved", "removed", "no weight is read but its own synapse's"),
    ],
)
def test_an_audit_says_what_is_made_of_weights(name: str, verdict: str, words: str, tmp_path: Path) -> None:
    cell = audit(planted(name, tmp_path), only=["weight transport"]).of("weight transport").cell
    assert cell.verdict == verdict
    assert cell.evidence.startswith(words)


def test_a_number_of_the_same_synapse_is_no_message() -> None:
    """Where the weight moves, and only there."""
    own, there = np.array([True, False, True]), "forward.w"
    moved = {there: own, "forward.bound": own, "forward.mean": np.array([True, True, True]), "back.w": own}
    assert beside("forward.bound", there, moved)
    assert not any(beside(name, there, moved) for name in ("forward.mean", "back.w"))


LATER = {  # what a rule does from its second presentation on, or later
    "a count that waits": ("self.feedback_of(params) if k > 3 else params", "{'k': k + 1}", ""),
    "feedback that turns into weights": (
        "{**params, last: k / (1 + k) * top + params[last] / (1 + k)}",
        "{'k': k + 1}",
        "",
    ),
    "a norm that is kept": ("params", "{'norm': np.linalg.norm(params['W2'])}", "* norm"),
    "a late count": ("params", "{'k': k + 1}", "* (1 + min(k, 1))"),
    "a copy of nothing": ("params", "{'same': 3.0}", ""),
}
OVER_TIME = """
from dataclasses import dataclass
import numpy as np
from plausible.core import Step
from plausible.rules.spiking.event_driven import EventDrivenFeedback

@dataclass(frozen=True)
class Planted(EventDrivenFeedback):
    def feedback_of(self, params):
        last = f"B{{len(self.network.hidden)}}"
        return {{**params, last: params[f"W{{len(self.network.hidden) + 1}}"].T}}

    def update(self, params, state, shown, rng):
        k, norm, last = state.get("k", 0), state.get("norm", 1.0), f"B{{len(self.network.hidden)}}"
        top = params[f"W{{len(self.network.hidden) + 1}}"].T
        step = super().update({sent}, state, shown, rng)
        updates = {{name: change {times} for name, change in step.updates.items()}}
        return step._replace(updates=updates, state={{**step.state, **{kept}}})
"""


@pytest.mark.parametrize("name", LATER)
def test_what_a_rule_does_later_is_not_clean(name: str, tmp_path: Path) -> None:
    sent, kept, times = LATER[name]
    file = tmp_path / "planted.py"
    file.write_text(OVER_TIME.format(sent=sent, kept=kept, times=times), encoding="utf-8")
    cell = audit(f"{file}:Planted", ["weight transport"]).of("weight transport").cell
    assert cell.verdict == ("removed" if name == "a copy of nothing" else "untraceable"), cell
