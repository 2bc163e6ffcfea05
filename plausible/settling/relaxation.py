"""How a network settles: what a relaxation is, and how one is named on the command line."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

from plausible.errors import BadInput, plain_fields, require, require_number, require_whole, unknown


@dataclass(frozen=True)
class Relaxation:
    """How a state s moves under a force F: v ← momentum · v + rate · F(s), s ← s + v; Euler's method without momentum.

    Args:
        steps: how many at most; exactly so many where nothing else ends it.
        rate: the size of a step, in units of the time constant; 1 is a fixed-point iteration.
        tolerance: an example stops as soon as no larger force moves a unit of it; 0 asks for all the steps. Rules that
            divide a small difference of states take it as a share of that, by `settle_signal`, and say so. It is a
            first-order measure, and no bound on the distance from rest: that is about the force over the slope of
            the force, and many times the tolerance where the force is flat. A smaller tolerance is the check.
        momentum: of the moves.
        halving: whether an example whose energy (or, without one, whose largest force) a step would raise stays where
            it is, and halves its own rate; in [whittington2017] all of a batch do, as soon as one example must.

    As text, `euler(20, 0.1)`, `euler(500, 0.5, tolerance=1e-6)`, `fixed-point(100, tolerance=1e-6)`.
    """

    steps: int = 20
    rate: float = 0.1
    tolerance: float = 0.0
    momentum: float = 0.0
    halving: bool = False

    def __post_init__(self) -> None:
        plain_fields(self)
        require_whole("the number of settling steps", self.steps, expected="a positive whole number")
        require_number("the settling rate", self.rate, open_low=True)
        leaky = "above 0 and below 2: units leak at the rate 1, so that larger steps overshoot; lower it"
        require(self.rate < 2, "the settling rate", self.rate, leaky)
        require_number("the settling tolerance", self.tolerance)
        require_number("the settling momentum", self.momentum, 0, 1)
        require(isinstance(self.halving, bool), "halving of settling steps", self.halving, "True or False")

    @property
    def halfway(self) -> int:
        """The step whose residual the last one is held against; 0 of a single step, which cannot tell oscillation."""
        return (self.steps + 1) // 2 if self.steps > 1 else 0

    def __repr__(self) -> str:
        kept = [("tolerance", 0.0), ("momentum", 0.0), ("halving", False)]
        rest = [f"{name}={getattr(self, name)!r}" for name, usual in kept if getattr(self, name) != usual]
        return f"euler({', '.join([str(self.steps), str(self.rate), *rest])})"


FORMS: dict[str, dict[str, float]] = {"euler": {}, "fixed-point": {"rate": 1.0}}


def relaxation(text: str) -> Relaxation:
    """The relaxation that `text` names. Raises `BadInput` if it cannot be read, or gives anything twice.

    >>> from plausible.settling.relaxation import relaxation
    >>> relaxation("euler(20, 0.1)") == relaxation("euler(steps=20, rate=0.1)")
    True
    >>> relaxation("fixed-point(100, tolerance=1e-6)")
    euler(100, 1.0, tolerance=1e-06)
    """
    name, _, inside = text.partition("(")
    name = name.strip()
    if name not in FORMS:
        raise unknown("way to settle", name, FORMS)
    try:
        call = ast.parse(f"euler({inside}", mode="eval").body
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            raise SyntaxError("not one call")
        order = [field for field in Relaxation.__dataclass_fields__ if field not in FORMS[name]]
        pairs = [*zip(order, call.args, strict=False), *((part.arg, part.value) for part in call.keywords)]
        named = [*FORMS[name], *(field for field, _ in pairs)]
        if len(call.args) > len(order) or len(set(named)) < len(named):
            raise SyntaxError("too many, or one twice")
        if re.search("[0-9]_[0-9]", inside):
            raise SyntaxError("a number that is not in digits alone")
        read = {str(field): ast.literal_eval(part) for field, part in pairs}
        options: dict[str, Any] = {**FORMS[name], **read}
        return Relaxation(**options)
    except BadInput:
        raise
    except (SyntaxError, TypeError, ValueError) as error:
        expected = "euler(20, 0.1), euler(500, 0.5, tolerance=1e-6) or fixed-point(100), nothing given twice"
        raise BadInput(f"settling {text!r} cannot be read: expected {expected}") from error


def require_plain(name: str, how: Relaxation) -> None:
    """Raise `BadInput` unless `how` is steps and a rate alone: where weights change between steps, no more is used."""
    plain = Relaxation(how.steps, how.rate)
    require(how == plain, name, how, f"{plain}, as weights change at every step")
