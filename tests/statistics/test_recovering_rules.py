"""The teacher-student check of the study `similarity`. Oracle: similarities and layers in which a rule is planted."""

from __future__ import annotations

import numpy as np
import pytest

from plausible.core import Array
from plausible.plausibility.similarity import MEASURES, matrix
from plausible.study.experiment import Experiment, perform
from studies.similarity import STARTS, kinds, recovered, right, starts

RULES = 5


def networks(rule: float, start: float, seed: int = 0) -> list[Array]:
    """Layers, (examples, units), of every rule from every start: noise, and so much of what a rule and a start add."""
    rng = np.random.default_rng(seed)
    of_rule, of_start = rng.normal(size=(RULES, 60, 8)), rng.normal(size=(STARTS, 60, 8))
    return [
        rule * of_rule[i] + start * of_start[k] + rng.normal(size=(60, 8))
        for i in range(RULES)
        for k in range(STARTS)
    ]


def oriented(measure: str, layers: list[Array]) -> Array:
    """A measure of every two layers, larger where they are more alike."""
    return (-1 if measure == "Procrustes angle" else 1) * matrix(measure, layers)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_rule_that_is_planted_is_recovered_and_a_start_is(measure: str) -> None:
    by_rule, by_start = oriented(measure, networks(3, 0)), oriented(measure, networks(0, 3))
    assert right(recovered(by_rule, RULES)) == 1
    assert starts(by_start, RULES) == 1


@pytest.mark.parametrize("measure", MEASURES)
def test_without_a_rule_recovery_is_at_chance(measure: str) -> None:
    """One in five, of 40 times 15 teachers that are independent enough; the share of starts one in three."""
    found = [oriented(measure, networks(0, 0, seed)) for seed in range(40)]
    number = 40 * RULES * STARTS
    assert np.mean([right(recovered(one, RULES)) for one in found]) == pytest.approx(
        1 / 5, abs=4 * (0.16 / number) ** 0.5
    )
    assert np.mean([starts(one, RULES) for one in found]) == pytest.approx(
        1 / 3, abs=4 * (0.22 / number) ** 0.5
    )


def test_a_start_does_not_pass_for_a_rule() -> None:
    """A teacher's own start is never among its candidates: however alike starts are, rules are recovered by chance."""
    found = [right(recovered(oriented("linear CKA", networks(0, 3, seed)), RULES)) for seed in range(40)]
    assert np.mean(found) == pytest.approx(1 / 5, abs=4 * (0.16 / 600) ** 0.5)


def test_pairs_are_told_apart_by_rule_and_start() -> None:
    """Of 5 rules and 3 starts: 5·3·2 pairs of one rule, 5·4·3 with one start, 5·4·3·2 with neither."""
    found = kinds(RULES)
    assert {kind: int(pairs.sum()) for kind, pairs in found.items()} == {
        "same rule": 30,
        "same start": 60,
        "other rule": 120,
    }
    assert not np.einsum("kii->i", np.array([*found.values()])).any()


def test_rules_that_learn_alike_are_as_alike_as_networks_can_be() -> None:
    """Dual propagation is backprop but for its nudge, so that from one start their layers stay alike, to 0.99 here."""
    options = (("task", "two-moons[examples=200]"), ("units", 6), ("epochs", "0 2"), ("rules", 2))
    outcome = perform(Experiment("studies.similarity:layers", options))
    assert (outcome.status, outcome.reason) == ("done", "")
    found = {(row.metric, row.layer): row.value for row in outcome.rows}
    for layer in ("layer 1", "layer 2"):
        assert found["linear CKA, same start", f"epoch 0, {layer}"] == pytest.approx(1)
        assert found["linear CKA, same start", f"epoch 2, {layer}"] > 0.99
        assert found["linear CKA, other rule", f"epoch 2, {layer}"] == pytest.approx(
            found["linear CKA, same rule", f"epoch 2, {layer}"], abs=0.02
        )
