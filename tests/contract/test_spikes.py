"""Spiking rules are told if they are silent, run away, or hear labels. Oracle: rules of one's own with such faults."""

from __future__ import annotations

from pathlib import Path

from plausible import contract
from plausible.contract.rules import learns
from plausible.contract.spikes import spikes_but_not_all_the_time, unsupervised_is_deaf_to_labels

RULE = """
from dataclasses import dataclass

import numpy as np

from plausible.core import Step
from plausible.networks.mlp import MLP
from plausible.spiking.slots import Runaway


@dataclass(frozen=True)
class Own:
    network: MLP = MLP((5,))
    work = ("spikes",)
    presentation = 1000
    optimiser = "sgd[rate=1]"
    answers = ("target at the output", "non-local error")

    def init(self, n_in, n_out, rng):
        return {"W1": rng.normal(size=(n_in, n_out)).astype("float32")}, None

    def update(self, params, state, shown, rng):
        change = SIGN * shown.x.T @ (LABELS - shown.x @ params["W1"]) / len(shown.x)
        return Step({"W1": change.astype("float32")}, state, {"spikes": SPIKES})

    def respond(self, params, state, x, rng):
        return [x @ params["W1"]]
"""
DEAF = "np.ones_like(shown.y)"


def own(folder: Path, **parts: str) -> str:
    """A rule of one's own, in which these parts are put in."""
    text = RULE
    for name, part in ({"SIGN": "0.1", "LABELS": DEAF, "SPIKES": "7.0"} | parts).items():
        text = text.replace(name, part)
    (folder / "own.py").write_text(text, encoding="utf-8")
    return f"{folder / 'own.py'}:Own"


def test_what_spikes_and_is_deaf_to_labels_keeps_both_promises(tmp_path: Path) -> None:
    rule = own(tmp_path)
    assert contract.problem(spikes_but_not_all_the_time, rule) == ""
    assert contract.problem(unsupervised_is_deaf_to_labels, rule) == ""


def test_silence_is_told(tmp_path: Path) -> None:
    told = contract.problem(spikes_but_not_all_the_time, own(tmp_path, SPIKES="0.0"))
    assert told == "no neuron spiked (examples shown: 105): are weights or inputs too small?"


def test_runaway_is_told_in_the_simulations_words(tmp_path: Path) -> None:
    said = "neurons of 'out' spike at 95% of all steps"
    rule = own(tmp_path, SPIKES=f'(_ for _ in ()).throw(Runaway("{said}"))')
    assert contract.problem(spikes_but_not_all_the_time, rule) == said


def test_labels_that_an_unsupervised_rule_hears_are_told(tmp_path: Path) -> None:
    told = contract.problem(unsupervised_is_deaf_to_labels, own(tmp_path, LABELS="shown.y"))
    assert told.startswith("the update of 'W1' changes by up to ")
    assert told.endswith(" with labels")


def test_a_rule_that_learns_stops_early_and_one_that_never_does_is_told_so(tmp_path: Path) -> None:
    assert contract.problem(learns, own(tmp_path, LABELS="shown.y")) == ""
    for parts in ({"SIGN": "0.0"}, {"SIGN": "-0.01", "LABELS": "shown.y"}):
        told = contract.problem(learns, own(tmp_path, **parts))
        assert "after 20 epochs of an easy task, chance is 0.33" in told, told
