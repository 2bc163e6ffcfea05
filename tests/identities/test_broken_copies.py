"""Exact tests find what they are for: each fails where one term of its rule is another one.

Oracle: the tests themselves, on a rule whose source has one text in the place of another.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from plausible.rules.constrained.dale import DANN
from plausible.rules.hebbian import krotov_hopfield
from plausible.rules.hebbian.bcm import BCM
from plausible.rules.hebbian.principal import Oja, Sanger
from plausible.rules.reward.gated import BrainProp
from tests.identities import test_constraints as constraints
from tests.identities import test_hebbian as hebbian
from tests.statistics import test_rewarded as rewarded

BROKEN: dict[str, tuple[Any, str, str, str, Callable[..., None]]] = {
    "Oja, a decay that is a tenth too large": (
        *(Oja, "change", "attracted(rung, rung.z, weights)", "attracted(rung, rung.z, 1.1 * weights)"),
        hebbian.test_units_of_oja_come_to_the_first_principal_component,
    ),
    "Sanger, units explained by those after them": (
        *(Sanger, "change", "np.triu(", "np.tril("),
        hebbian.test_units_of_sanger_come_to_the_components_in_order,
    ),
    "BCM, a threshold that is a tenth too high": (
        *(BCM, "change", "h * (h - threshold)", "h * (h - 1.1 * threshold)"),
        hebbian.test_bcm_comes_to_answer_one_pattern_with_the_inverse_of_its_share,
    ),
    "Krotov and Hopfield, the unit after that of the rank": (
        *(krotov_hopfield, "ranked", "order[:, -rank]", "order[:, -rank - 1]"),
        hebbian.test_only_the_winner_and_the_unit_of_the_rank_learn,
    ),
    "BrainProp, errors of actions that were not chosen": (
        *(BrainProp, "error", "reward * chosen) * chosen", "reward * chosen)"),
        rewarded.test_brainprop_is_backpropagation_from_the_chosen_unit,
    ),
    "DANN, inhibition that is a tenth too weak": (
        *(DANN, "whole", "- params", "- 0.9 * params"),
        constraints.test_a_layer_with_one_interneuron_has_mean_zero_whatever_it_is_shown,
    ),
    "DANN, updates that are not corrected": (
        *(DANN, "changes", "units**0.5", "units**0"),
        constraints.test_dann_is_the_released_update,
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_rule_is_found(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    holder, name, right, wrong, test = BROKEN[what]
    source = dedent(inspect.getsource(getattr(holder, name)))
    assert right in source
    place = holder.__name__ if inspect.ismodule(holder) else holder.__module__
    made: dict[str, Any] = {}
    exec(
        "from __future__ import annotations\n" + source.replace(right, wrong), vars(sys.modules[place]), made
    )
    given = {"rng": np.random.default_rng(0)} if "rng" in inspect.signature(test).parameters else {}
    test(**given)
    monkeypatch.setattr(holder, name, made[name])
    with pytest.raises(AssertionError):
        test(**given)
