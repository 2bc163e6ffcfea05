"""Words in the place of the parts of a network: `MLP((64,), activation="relu")`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from plausible.networks.activations import Activation, activation
from plausible.networks.inits import Init, distribution
from plausible.networks.outputs import Output, output

READERS: Mapping[type, Callable[[str], Any]] = {Activation: activation, Output: output, Init: distribution}


def take_words(network: Any, **kinds: type) -> None:
    """Put the suite's own activation, output or distribution in the place of each field that is its name.

    Others, of a user's file or another package, are given as objects. Raises `BadInput` for an unknown name.

    >>> from plausible.networks.mlp import MLP
    >>> network = MLP((64,), activation="relu", output="linear", init="uniform(0.1)")
    >>> network.activation, network.output, network.init
    (relu, linear, Uniform(limit=0.1))
    """
    for name, kind in kinds.items():
        word = getattr(network, name)
        if isinstance(word, str):
            object.__setattr__(network, name, READERS[kind](word))
