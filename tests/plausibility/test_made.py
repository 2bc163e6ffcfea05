"""What a spiking rule makes of its weights beside its circuit, before a simulation or to keep it."""

from __future__ import annotations

from pathlib import Path

import pytest

from plausible.plausibility.audit import audit

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
"""
FED, WORDS = ("value", "{}", "{}"), "made before each simulation: "
CASES = {
    "transposed": ("present", ("back", "{}", "{}")),
    "signs": ("present", ("np.sign(back)", "{}", "{}")),
    "mixed with feedback": ("present", ("value + 0.1 * back", "{}", "{}")),
    "sizes": ("present", ("np.abs(back)", "{}", "{}")),
    "one column": ("present", ("np.where(np.arange(back.shape[1]) == 1, back, value)", "{}", "{}")),
    "a rate by the norm": ("untraceable", ("value", "{'control.rate': np.linalg.norm(params['W1'])}", "{}")),
    "a copy that is kept": ("untraceable", ("value", "{}", "{'old': params['W1'].T.copy()}")),
    "a copy in a list": ("untraceable", ("value", "{}", "{'old': [2 * params['W1'].ravel()]}")),
    "feedback as it is": ("removed", FED),
    "feedback halved": ("removed", ("0.5 * value", "{}", "{}")),
    "feedback by its own sign": ("removed", ("np.sign(value)", "{}", "{}")),
    "a rate of its own": ("removed", ("value", "{'control.rate': 0.1}", "{}")),
    "a count that is kept": ("removed", ("value", "{}", "{'seen': 3.0}")),
    "noise that is kept": ("removed", ("value", "{}", "{'noise': rng.normal(size=params['W1'].shape)}")),
}


@pytest.mark.parametrize("name", CASES)
def test_feedback_that_is_made_of_weights_is_told_from_feedback(name: str, tmp_path: Path) -> None:
    verdict, (sent, told, kept) = CASES[name]
    file = tmp_path / "planted.py"
    file.write_text(RULE.replace("SENT", sent).replace("TOLD", told).replace("KEPT", kept), encoding="utf-8")
    cell = audit(f"{file}:Planted", only=["weight transport"]).of("weight transport").cell
    assert cell.verdict == verdict, cell.evidence
    assert cell.evidence.startswith(WORDS) == (verdict == "present")
