"""Which promises a rule, a task, an optimiser or a network keeps."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from plausible.contract import networks, optimisers, rules, tasks
from plausible.contract.promises import Finding, Promise, judged
from plausible.contract.world import network
from plausible.errors import BadInput, unknown
from plausible.registry import registry, specs

PROMISES: Mapping[str, tuple[Promise, ...]] = {
    "rule": rules.PROMISES,
    "task": tasks.PROMISES,
    "optimiser": optimisers.PROMISES,
    "network": networks.PROMISES,
}
MAKE: Mapping[str, Callable[[str], Any]] = {  # raises `BadInput` if there is no such thing
    "rule": lambda text: registry.rule(text, network(text)),
    "task": lambda text: registry.load("task", specs.parse(text).name),  # whether it can be made is a promise
    "optimiser": registry.optimiser,
    "network": registry.network,
}


def check(text: str, kind: str | None = None) -> list[Finding]:
    """Check every promise on what `text` names, in this process.

    Args:
        text: a registered name, or FILE.py:Name, with options.
        kind: "rule", "task", "optimiser" or "network"; told from `text` if not given.

    Raises:
        BadInput: if there is no such thing.

    >>> from plausible.contract.check import check
    >>> findings = check("sgd[rate=0.1]")
    >>> findings[0].promise, {finding.verdict for finding in findings}
    ('It is a frozen dataclass that holds hyperparameters, and no arrays.', {'kept'})
    """
    kind = kind_of(text) if kind is None else kind
    return list(judged(promises(kind, text), text))


def promises(kind: str, text: str) -> tuple[Promise, ...]:
    """What a subject promises. Raises `BadInput` if there is no such subject."""
    if kind not in PROMISES:
        raise unknown("kind", kind, PROMISES)
    MAKE[kind](text)
    return PROMISES[kind]


def kind_of(text: str) -> str:
    """Whether `text` names a rule, a task, an optimiser or a network.

    In a file, functions make tasks, classes with `apply` are optimisers, and those with `start` are networks.

    Raises:
        BadInput: if there is no such thing, or of more than one kind.
    """
    name = specs.parse(text).name
    if ".py" in name:
        found = registry.load("rule", name)
        if not callable(found):
            raise BadInput(
                f"{name!r} is {found!r}: expected a class (a rule, an optimiser, a network) or a function (a task)"
            )
        if not inspect.isclass(found):
            return "task"
        if hasattr(found, "update"):
            return "rule"
        return "optimiser" if hasattr(found, "apply") else "network" if hasattr(found, "start") else "rule"
    kinds = [kind for kind in PROMISES if registered(kind, name)]
    if len(kinds) != 1:
        known = [known for kind in PROMISES for known in registry.registered(kind)]
        if kinds:
            raise BadInput(f"{name!r} is short for a {' and for a '.join(kinds)}: expected a whole name")
        raise unknown("rule, task, optimiser or network", name, known)
    return kinds[0]


def registered(kind: str, name: str) -> bool:
    """Whether a name, or its initials, stand for something registered."""
    try:
        registry.full_name(kind, name)
    except BadInput:
        return False
    return True
