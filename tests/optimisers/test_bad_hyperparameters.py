"""Bad hyperparameters are refused, in one line."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest

from plausible.errors import BadInput
from plausible.optimise.adam import Adam
from plausible.optimise.bold_driver import BoldDriver
from plausible.optimise.delta_bar_delta import DeltaBarDelta
from plausible.optimise.quickprop import Quickprop
from plausible.optimise.rmsprop import RMSprop
from plausible.optimise.rprop import Rprop
from plausible.optimise.schedules import Cosine, Levels, Steps, scheduled
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped, Decay

BAD: list[tuple[Callable[..., object], dict[str, Any]]] = [  # the last setting is the bad one
    (SGD, {"rate": -0.1}),
    (SGD, {"rate": nan}),
    (SGD, {"rate": inf}),
    (SGD, {"rate": "fast"}),
    (SGD, {"rate": True}),
    (SGD, {"momentum": 1.5}),
    (SGD, {"momentum": -0.5}),
    (SGD, {"momentum": nan}),
    (SGD, {"momentum": 0.0, "nesterov": True}),
    (Adam, {"rate": -0.1}),
    (Adam, {"mean": 1.0}),
    (Adam, {"mean": -0.1}),
    (Adam, {"square": 1.0}),
    (Adam, {"square": nan}),
    (Adam, {"epsilon": 0.0}),
    (RMSprop, {"rate": -0.1}),
    (RMSprop, {"square": 1.0}),
    (RMSprop, {"epsilon": 0.0}),
    (BoldDriver, {"first_rate": 0.0}),
    (BoldDriver, {"grow": 0.9}),
    (BoldDriver, {"shrink": 0.0}),
    (BoldDriver, {"shrink": 1.1}),
    (BoldDriver, {"tolerance": -0.1}),
    (BoldDriver, {"momentum": 1.5}),
    (DeltaBarDelta, {"first_rate": nan}),
    (DeltaBarDelta, {"increase": -0.1}),
    (DeltaBarDelta, {"decrease": 1.1}),
    (DeltaBarDelta, {"mean": -0.1}),
    (DeltaBarDelta, {"momentum": inf}),
    (Rprop, {"variant": "rprop"}),
    (Rprop, {"first_step": 100.0}),
    (Rprop, {"grow": 0.5}),
    (Rprop, {"shrink": 0.0}),
    (Rprop, {"least": 0.0}),
    (Rprop, {"most": nan}),
    (Quickprop, {"rate": -1.0}),
    (Quickprop, {"growth": 0.0}),
    (Quickprop, {"decay": -1e-4}),
    (Decay, {"rate": 1.5}),
    (Decay, {"rate": -0.1}),
    (Clipped, {"norm": 0.0}),
    (Clipped, {"norm": nan}),
    (Steps, {"at": (1,), "start": -1.0}),
    (Steps, {"start": 1.0, "at": (-1,)}),
    (Steps, {"start": 1.0, "at": (1,), "factor": 2.0}),
    (Levels, {"at": (1,), "values": (0.1, -0.2)}),
    (Levels, {"values": (0.1, 0.2), "at": ()}),
    (Levels, {"values": (0.1, 0.2, 0.3), "at": (2, 1)}),
    (Cosine, {"steps": 10, "start": nan}),
    (Cosine, {"start": 1.0, "steps": 0}),
    (Cosine, {"start": 1.0, "steps": 10, "end": -1.0}),
    (scheduled, {"rate": 0.1, "steps": 10, "name": "linear"}),
]


@pytest.mark.parametrize(("make", "settings"), BAD, ids=[f"{make.__name__}-{given}" for make, given in BAD])
def test_bad_hyperparameters_are_refused_in_one_line(
    make: Callable[..., object], settings: dict[str, Any]
) -> None:
    with pytest.raises(BadInput, match="expected") as caught:
        make(**settings)
    message = str(caught.value)
    assert repr(list(settings.values())[-1]) in message
    assert "\n" not in message
