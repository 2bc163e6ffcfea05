"""What is said of the networks of a comparison: that one is a rule's own, and what of one a rule does not heed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from plausible.core import randomness
from plausible.networks.network import Network
from plausible.registry import registry, serving, specs
from plausible.study.compare import Comparison
from plausible.study.refusals import why_several


def of_networks(comparison: Comparison) -> list[str]:
    """All that is said of them, a line each."""
    return [*own_networks(comparison), *unheeded(comparison), *lonely(comparison), *whole(comparison)]


def whole(comparison: Comparison) -> list[str]:
    """A line, if somebody named a batch of more examples than there are."""
    size = comparison.batch_size
    if size is None or size <= (there := registry.task(comparison.task, randomness(0).data).train.examples):
        return []
    return [
        f"a batch of {size} is more than the {there} examples of the training split: an epoch is one batch of them all"
    ]


def lonely(comparison: Comparison) -> list[str]:
    """Rules that need several examples at once and have one in the last minibatch of an epoch, a line each."""
    task = registry.task(comparison.task, randomness(0).data)
    lines = []
    for label, run in comparison.entries:
        alone = task.train.examples % run.batch_size == 1 and run.window is None
        if alone and run.seed == 0 and (why := why_several(run.rule, run.network)):
            lines.append(
                f"{label}: the last minibatch of an epoch is one example, and {why}: try another batch size"
            )
    return lines


def own_networks(comparison: Comparison) -> list[str]:
    """Rules that have a network of another kind than the usual one, as nobody named any, a line each."""
    if comparison.rules is None or comparison.network is not None or comparison.networks:
        return []
    sequential = registry.task(comparison.task, randomness(0).data).sequential
    return list(dict.fromkeys(filter(None, (serving.said(rule, sequential) for rule in comparison.rules))))


def unheeded(comparison: Comparison) -> list[str]:
    """Settings of a network that somebody named and a rule does not heed, a line for each rule."""
    rules = comparison.rules or ()
    networks = comparison.networks or (comparison.network,) * len(rules)
    settings = ("hidden", "activation", "init")
    shared = {name for name in settings if getattr(comparison, name) is not None}
    pairs = zip(rules, networks, strict=True)
    lines = (told(rule, shared | named_in(network)) for rule, network in pairs)
    return list(dict.fromkeys(filter(None, lines)))


def named_in(network: str | Network | None) -> set[str]:
    """The settings that are named in a network: options of a text, or what is not the default of an instance."""
    if network is None or isinstance(network, str):
        return {*specs.parse(network).options} if network else set()
    fields: tuple[dataclasses.Field[Any], ...] = dataclasses.fields(network)  # type: ignore[arg-type]  # which it is
    return {field.name for field in fields if getattr(network, field.name) != field.default}


def told(rule: str, named: Iterable[str]) -> str:
    """What a rule does not heed of the settings that are named, in a line; "" if it heeds them all."""
    ignored = {name: why for name, why in serving.ignored_by(rule).items() if name in named}
    if not ignored:
        return ""
    label = registry.label(specs.with_optimiser(rule)[0])
    return f"{label} does not heed the network's {'; '.join(f'{name}, as {why}' for name, why in ignored.items())}"
