"""Which networks serve a rule, by the names that they are registered under, and why others do not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from plausible.errors import BadInput
from plausible.networks.network import Network
from plausible.registry import kinds, networks, registry, specs
from plausible.registry.users import guarded

Classes: TypeAlias = tuple[Any, ...]
"""Classes of networks."""

USUAL = {False: "mlp", True: "rnn"}  # what learns where nobody names it: of single examples, and of sequences

ENERGY = (
    "it descends an energy of one example, which statistics of a batch are no part of, and in which a silenced unit "
    "would have to be silenced while it settles"
)
LENGTH = "it normalises what a layer is given by itself, and reads its length"
PLAIN = {  # by rooms of `plausible.rules`, or modules in them
    "predictive": ENERGY,
    "equilibrium": ENERGY,
    "targets": "it inverts a layer, or lets its output be moved, and the inverse of a normalised layer depends on the "
    "other examples",
    "forward": LENGTH,
    "local.self_contrastive": LENGTH,
    "dendritic": "it states potentials and rates of neurons, from 0 to 1",
    "feedback": "it could learn blocks as feedback alignment does, and is not written for them",
}
"""Why rules learn plain layers, and none with normalisation, dropout and skips (docs/studies.md)."""


def kinds_of(text: str) -> Classes:
    """The kinds of networks that the rule learns that `text` names; of a rule around another, those that both learn.

    >>> from plausible.registry.serving import kinds_of
    >>> [[kind.__name__ for kind in kinds_of(text)] for text in ("predsim", "varied[rule=burst-ccn,shift=1]")]
    [['MLP', 'Blocks'], ['EventNetwork']]
    """
    name, options = specs.parse(text)
    return both(registry.load("rule", name), options.get("rule"))


def kinds_of_rule(text: str) -> Classes:
    """As `kinds_of`, of a rule with an optimiser of its own, as fa@adam, too; () for what names no rule."""
    with suppress(BadInput):  # which is refused, where the rule is made
        return kinds_of(specs.with_optimiser(text)[0])
    return ()


def kinds_of_class(rule: Any) -> Classes:
    """As `kinds_of`, of a class with its defaults; () for what is no class of rules."""
    return both(rule, None) if isinstance(rule, type) and dataclasses.is_dataclass(rule) else ()


def both(rule: Any, inside: object) -> Classes:
    """The kinds of networks that a rule class learns; with the rule `inside` it, a text, if it is around one."""
    outer = networks.learned_by(rule)
    fields = dataclasses.fields(rule) if dataclasses.is_dataclass(rule) else ()
    default = next((field.default for field in fields if field.name == "rule"), dataclasses.MISSING)
    inner: Classes = () if default is dataclasses.MISSING else networks.learned_by(type(default))
    if isinstance(inside, str):
        with suppress(BadInput):  # what is no rule is refused where the rule is made
            inner = kinds_of(specs.unquoted(inside))
    if not inner or not outer or Network in inner:
        return outer
    if Network in outer:
        return inner
    narrow = [
        a if issubclass(a, b) else b for a in outer for b in inner if issubclass(a, b) or issubclass(b, a)
    ]
    return (*dict.fromkeys(narrow),) or outer


def innermost(text: str) -> Any:
    """The class of the rule that `text` names, or of the one that this is around."""
    name, options = specs.parse(text)
    if "rule" in options:
        with suppress(BadInput):
            return innermost(specs.unquoted(options["rule"]))
    return registry.load("rule", name)


def served(text: str) -> dict[str, Any]:
    """The option `network` for the rule that `text` names, a network that serves it, where its own default does not."""
    rule, kinds_learned = registry.load("rule", specs.parse(text).name), kinds_of(text)
    if not kinds_learned or isinstance(networks.default_of(rule), kinds_learned):
        return {}
    kind = kinds_learned[0]
    with guarded(lambda reason, _: f"network {kind.__name__} cannot be made without settings ({reason})"):
        return {"network": kind()}


def names_of(kinds_learned: Classes) -> list[str]:
    """The registered names of networks of these kinds.

    >>> from plausible.registry.serving import kinds_of, names_of
    >>> names_of(kinds_of("burst-ccn")), names_of(kinds_of("backprop"))
    (['events'], ['events', 'mlp', 'mupc'])
    """
    return [name for name, make in made() if Network in kinds_learned or issubclass(make, kinds_learned)]


def made() -> Iterator[tuple[str, type]]:
    """The classes of networks that are registered, by name."""
    for name in sorted(kinds.registered("network")):
        with suppress(BadInput):  # another package's, which cannot be imported
            make = registry.load("network", name)
            if isinstance(make, type):
                yield name, make


def usual(kinds_learned: Classes, sequential: bool) -> str:
    """The name of the network that learns where nobody names it: an MLP or RNN, if the rule learns one, else its own.

    >>> from plausible.registry.serving import kinds_of, usual
    >>> usual(kinds_of("fa"), False), usual(kinds_of("burst-ccn"), False), usual(kinds_of("predsim"), False)
    ('mlp', 'events', 'mlp')
    """
    name, known = USUAL[sequential], dict(made())
    if not kinds_learned or Network in kinds_learned or issubclass(known[name], kinds_learned):
        return name
    own = (
        each for each in names_of(kinds_learned) if getattr(known[each], "sequential", False) == sequential
    )
    return next(own, name)


def name_of(network: Network) -> str:
    """The registered name of the kind of a network, or that of its class."""
    return next((name for name, make in made() if make is type(network)), type(network).__name__)


def check_serves(rule: str, make: Any, kinds_learned: Classes, network: Network) -> None:
    """Raise `BadInput`, with the names of networks that do, unless a network is of a kind that the rule learns.

    Args:
        rule: how it is called in the message.
        make: its class, or that of the rule that it is around.
        kinds_learned: what it learns; () for a rule without a field for a network.
        network: what it shall learn.
    """
    if not kinds_learned or isinstance(network, kinds_learned):
        return
    names, given = names_of(kinds_learned), name_of(network)
    wanted = f"networks of kind {listed(names)}"
    advice = f"--network {listed(names)} (network= in Python), or none"
    if not names:  # a class of a user's own
        wanted = f"networks of the class {listed(kind.__name__ for kind in kinds_learned)}"
        advice = "--network FILE.py:Class (network= in Python)"
    sequential = {bool(getattr(kind, "sequential", network.sequential)) for kind in kinds_learned}
    if network.sequential not in sequential:
        shown = "single examples" if network.sequential else "sequences"
        advice = f"a task of {shown}, which the rule is for, or another rule"
    why = reason_of(make) if given == "blocks" else ""
    raise BadInput(f"rule {rule!r} learns {wanted}, not {given}{why and f', as {why}'}: expected {advice}")


def reason_of(make: Any) -> str:
    """Why the rules of a family learn plain layers; "" where no reason is told."""
    place = str(getattr(make, "__module__", "")).removeprefix("plausible.rules.")
    return next((why for room, why in PLAIN.items() if place == room or place.startswith(f"{room}.")), "")


def listed(names: Iterable[str]) -> str:
    """Names in words: "a", "a or b", "a, b or c"."""
    *before, last = names
    return f"{', '.join(before)} or {last}" if before else last


def said(rule: str, sequential: bool) -> str:
    """What is to be said of the network that a rule has where nobody named one; "" where that is the usual one.

    >>> from plausible.registry.serving import said
    >>> said("burst-ccn", False), said("fa", False)
    ('burst-ccn learns no mlp, and has a network of kind events here', '')
    """
    name = usual(kinds_of_rule(rule), sequential)
    if name == USUAL[sequential]:
        return ""
    called = registry.label(specs.with_optimiser(rule)[0])
    return f"{called} learns no {USUAL[sequential]}, and has a network of kind {name} here"


def ignored_by(text: str) -> dict[str, str]:
    """What the rule that `text` names does not heed of a network, each with why; of one around another, what both say.

    >>> from plausible.registry.serving import ignored_by
    >>> ignored_by("varied[rule=self-contrastive,shift=1]"), ignored_by("fa@adam")
    ({'activation': 'its units are rectified linear'}, {})
    """
    try:
        rule = specs.with_optimiser(text)[0]
        makers = registry.load("rule", specs.parse(rule).name), innermost(rule)
    except BadInput:  # what is no rule is refused where it is made
        return {}
    return {name: why for make in makers for name, why in getattr(make, "ignores", {}).items()}


def offering(text: str, offered: Mapping[str, Any], given: Mapping[str, Any]) -> Network:
    """The network that `text` names, with what is `given`, and what is `offered` for its other fields.

    Where the recipe's activation does not go with what `text` names, the network has its own. Raises `BadInput`.
    """
    try:
        return registry.network(text, {**offered, **given})
    except BadInput:
        if "activation" not in given:
            others = {name: value for name, value in offered.items() if name != "activation"}
            with suppress(BadInput):
                return registry.network(text, {**others, **given})
        raise
