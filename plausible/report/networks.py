"""What is said of the networks of a comparison."""

from __future__ import annotations

from plausible.core import randomness
from plausible.registry import registry, serving
from plausible.study.compare import Comparison


def own_networks(comparison: Comparison) -> list[str]:
    """Rules that have a network of another kind than the usual one, as nobody named any, a line each."""
    if comparison.rules is None or comparison.network is not None or comparison.networks:
        return []
    sequential = registry.task(comparison.task, randomness(0).data).sequential
    return list(dict.fromkeys(filter(None, (serving.said(rule, sequential) for rule in comparison.rules))))
