"""Steps per weight that know nothing of the gradient but its sign: Rprop, in its four variants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from plausible.core import Loss, Memory, Outer, Params, Update, View
from plausible.errors import plain_fields, require, require_number
from plausible.optimise.batch import asked
from plausible.search import Range

VARIANTS = ("rprop-", "rprop+", "irprop-", "irprop+")


@dataclass(frozen=True)
class Rprop:
    """Resilient propagation [riedmiller1993], in the four variants of [igel2003].

        D ← min(grow · D, most)         where S ⊙ sign(U) > 0
        D ← max(shrink · D, least)      where S ⊙ sign(U) < 0
        S ← sign(U),   C ← S ⊙ D,   W ← W + C

    for every weight W with update U, step sizes D, the sign S of the update before, and the change C that was made,
    all of one shape; everything is dimensionless. Where the sign has turned (S ⊙ sign(U) < 0), the variants do this:

        rprop-      as above
        rprop+      C ← -C, which takes the last change back, and S ← 0
        irprop-     C ← 0, which waits, and S ← 0
        irprop+     as rprop+ if the loss has risen since the last step, else as irprop-

    S = 0 makes the next comparison neutral: D then stays. "rprop+" is the paper of 1993. "irprop+" needs a rule that
    offers its loss (`Step.loss`): `BadInput` is raised at the first step if it does not.

    >>> import numpy as np
    >>> from plausible.optimise.rprop import Rprop
    >>> params, optimiser = {"W1": np.zeros(1)}, Rprop(0.1)
    >>> memory = optimiser.init(params)
    >>> for update in (5.0, 0.01):  # steps of 0.1 and, as the sign stays, 0.12
    ...     optimiser.apply(params, {"W1": np.array([update])}, memory)
    >>> params["W1"].round(6)
    array([0.22])
    """

    full_batch: ClassVar[bool] = True
    search: ClassVar[Mapping[str, Range]] = {"first_step": Range(1e-3, 2.0)}

    first_step: float = 0.1
    variant: Literal["rprop-", "rprop+", "irprop-", "irprop+"] = "rprop+"
    grow: float = 1.2
    shrink: float = 0.5
    least: float = 1e-6
    most: float = 50.0

    def __post_init__(self) -> None:
        plain_fields(self)
        require(
            self.variant in VARIANTS, "the variant of Rprop", self.variant, f"one of {', '.join(VARIANTS)}"
        )
        require_number("grow", self.grow, 1)
        require_number("shrink", self.shrink, 0, 1, open_low=True)
        require_number("least", self.least, open_low=True)
        require_number("most", self.most, self.least)
        require_number("the first step", self.first_step, self.least, self.most)

    def init(self, params: View) -> Memory:
        return {
            "loss": None,
            "size": {name: np.full_like(array, self.first_step) for name, array in params.items()},
            "sign": {name: np.zeros_like(array) for name, array in params.items()},
            "change": {name: np.zeros_like(array) for name, array in params.items()},
        }

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        back = self.variant == "rprop+"
        if self.variant == "irprop+":
            before, memory["loss"] = memory["loss"], asked(loss, self)
            back = before is not None and memory["loss"] > before
        for name, update in updates.items():
            size, last, change = (memory[what][name] for what in ("size", "sign", "change"))
            sign = np.sign(update.dense() if isinstance(update, Outer) else update)
            same, turned = last * sign > 0, last * sign < 0
            size[same] = np.minimum(self.grow * size[same], self.most)
            size[turned] = np.maximum(self.shrink * size[turned], self.least)
            if self.variant != "rprop-":
                sign[turned] = 0
            change[...] = np.where(turned & back, -change, sign * size)
            last[...] = sign
            params[name] += change
