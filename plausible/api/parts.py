"""What learns, made of the words or instances that an estimator is given."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from plausible.api.words import METHODS
from plausible.core import Optimiser, Rule
from plausible.errors import BadInput, is_whole, require, require_seed
from plausible.networks.outputs import Output
from plausible.optimise.nested import require_optimiser
from plausible.registry import registry, serving, specs
from plausible.registry.networks import learned_by
from plausible.registry.values import called

USUAL = "adam"  # the optimiser of a rule that names none
LONGEST = 2**31 - 1  # the largest seed that scikit-learn's generators draw


class Parts(NamedTuple):
    """What learns, and how it is called in tables."""

    label: str
    rule: Rule
    optimiser: Optimiser

    @property
    def dtype(self) -> str:
        """Of weights and examples; float32 where the rule tells none."""
        found: str = getattr(getattr(self.rule, "network", None), "dtype", "float32")
        return found

    @property
    def output(self) -> Output | None:
        """What the rule's network answers with, if it has one."""
        found: Output | None = getattr(getattr(self.rule, "network", None), "output", None)
        return found


def parts(rule: Any, network: Any, optimiser: Any, offered: dict[str, Any]) -> Parts:
    """What learns, of words or instances.

    The optimiser is the first of these that there is: the one that stands in the word, as in fa@sgd; `optimiser`; the
    one that the rule names; adam.

    Args:
        rule: a word, a class, or an instance, whose network is taken as it is.
        network: a name with options, an instance, or None for an MLP.
        optimiser: a name with options, an instance, or None.
        offered: fields of the network that are not in its name.

    Raises:
        BadInput: for names that there are not, and what is no rule, network or optimiser.
    """
    named = None
    if isinstance(rule, str | type):
        kinds = serving.kinds_of_rule(rule) if isinstance(rule, str) else serving.kinds_of_class(rule)
        named_network = network or serving.usual(kinds, sequential=False)
        known = registry.network(named_network, offered) if isinstance(named_network, str) else network
    if isinstance(rule, str):
        text, named = specs.with_optimiser(rule)
        made, label, own = registry.rule(text, known), registry.label(text), registry.own_optimiser(text)
    elif isinstance(rule, type):
        made, label = of_class(rule, known), rule.__name__
        own = getattr(made, "optimiser", None)
    else:
        beside = "None beside a rule that is an instance, as its own network learns"
        require(network is None, "network", network, beside)
        made, label, own = rule, type(rule).__name__, getattr(rule, "optimiser", None)
    good = all(callable(getattr(made, name, None)) for name in METHODS)
    require(good, "rule", rule, "a word such as 'backprop', or a rule, an instance or a class")
    if sequential(made):
        raise BadInput(
            f"rule {label!r} learns sequences: expected one for rows of X, such as 'backprop' or 'feedback-alignment'"
        )
    chosen = next(one for one in (named, optimiser, own, USUAL) if one is not None)
    chosen = registry.optimiser(chosen) if isinstance(chosen, str) else chosen
    require_optimiser("optimiser", chosen)
    return Parts(label, made, chosen)


def of_class(rule: type, network: Any) -> Any:
    """A rule of a class, on this network if it learns one. Raises `BadInput`, also for what the class itself raises."""
    kinds = learned_by(rule) if is_dataclass(rule) else ()
    serving.check_serves(rule.__name__, rule, kinds, network)
    return called(f"rule {rule.__name__!r}", rule, {"network": network} if kinds else {})


def same_word(one: object, other: object) -> bool:
    """Whether two parameters are one object, or one text."""
    return one is other or (isinstance(one, str) and one == other)


def sequential(rule: Any) -> bool:
    """Whether a rule learns sequences."""
    return bool(getattr(getattr(rule, "network", rule), "sequential", False))


def seed_of(given: Any) -> int:
    """The seed of a run: the number that was given, or one that scikit-learn's generator draws. Raises `BadInput`."""
    if is_whole(given):
        require_seed("random_state", given)
        return int(given)
    good = given is None or isinstance(given, np.random.RandomState)
    require(good, "random_state", given, "a whole number, a numpy.random.RandomState, or None")
    return int(check_random_state(given).randint(LONGEST))


def check_range_of(made: Parts, x: NDArray[Any]) -> None:
    """Raise `BadInput` unless a rule takes examples x, (examples, n_in)."""
    low, high = getattr(made.rule, "inputs", (-np.inf, np.inf))
    least, most = float(x.min()), float(x.max())
    good = low <= least and most <= high
    require(good, "the range of X", (least, most), f"{low:g} to {high:g}, as {made.label} takes; scale them")
