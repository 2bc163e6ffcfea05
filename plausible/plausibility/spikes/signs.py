"""Whether the weights of a circuit keep their signs, by the code that changes them."""

from __future__ import annotations

import re

from plausible.plausibility.spikes.equations import Variable, assigned, paths
from plausible.plausibility.spikes.model import Model


def keeps_sign(model: Model, weight: Variable) -> bool:
    """Whether all code that changes a weight ends with holding it above 0, or multiplies it as a normalisation does."""
    part = model.equations.projections[weight.owner]
    moves = any(each.when == "motion" for each in model.equations.changing(weight))
    bounded = any(bounds[0] == weight.name and not bounds[1].startswith("-") for bounds in part.bounds)
    pieces = [text for code in (part.on_pre, part.on_post) for _, text in paths(code, "")]
    return (bounded or not moves) and all(held_above(text, weight.name) for text in pieces)


def held_above(code: str, name: str) -> bool:
    """Whether the last statement of a piece of code that changes a variable holds it above 0, or multiplies it."""
    changing = [
        each for line in re.split(r"[;\n]", code) if line.strip() and (each := assigned(line))[0] == name
    ]
    if not changing:
        return True
    _, operator, text = changing[-1]
    low = re.fullmatch(r"clip\(.*,\s*([^,]+),[^,]+\)", text.strip())
    return operator == "*=" or (low is not None and not low[1].strip().startswith("-"))
