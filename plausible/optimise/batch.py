"""Optimisers that need the change of the whole training split at every step, and what they ask for."""

from __future__ import annotations

from plausible.core import Loss, Optimiser
from plausible.errors import BadInput


def needs_full_batch(optimiser: Optimiser) -> bool:
    """Whether an optimiser says that it must not be given minibatches."""
    return bool(getattr(optimiser, "full_batch", False))


def check_batch(optimiser: Optimiser, batch_size: int, examples: int) -> None:
    """Raise `BadInput` if the optimiser needs all `examples` at every step, and `batch_size` is smaller."""
    if needs_full_batch(optimiser) and batch_size < examples:
        raise BadInput(
            f"the batch size is {batch_size} and the training split has {examples} examples: expected a batch size "
            f"of at least {examples} for {optimiser!r}, which learns from whole epochs only; or take sgd or adam"
        )


def asked(loss: Loss | None, optimiser: Optimiser) -> float:
    """The loss of a step. Raises `BadInput` if its rule offers none."""
    if loss is None:
        raise BadInput(
            f"the rule offers no loss: expected Step(..., loss=...) for {optimiser!r}, "
            "which judges its steps by it; or take an optimiser that does not"
        )
    return loss()
