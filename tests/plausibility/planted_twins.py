"""Twins of planted cheats: the very same operations, on feedback in the place of weights, or on answers of labels."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.plausibility.planted import Planted

OPEN = {  # whose numbers leave the arrays and come back otherwise: no cheat, and yet not to be told from one
    "a gate by a norm",  # whose constants turn it nowhere
    *("signs by decisions", "a function of one row", "a memory view", "an address", "JSON"),
    *(
        "weights for a decision, where no direction is free",
        "signs by whole numbers",
        "signs by truth values",
    ),
    *("numbers of weights kept for the next time", "feedback in the order of norms"),
    "labels by a choice of rows",
}
NONE = {  # whose weights or labels come by other ways than those that are exchanged here, or that take long
    *("weights kept by init", "weights kept by init, among honest leaks", "half of the weights kept by init"),
    *(
        "an error out of a nudge",
        "a label kept for the next time",
        "a label kept beside the state",
        "bisection by decisions",
    ),
}


def twin(name: str, planted: Planted) -> tuple[str, Planted] | None:
    """The twin of a cheat, with its name; None where nothing can be exchanged."""
    parts = dict(planted.parts)
    used = f"{parts.get('down', '')} {parts.get('code', '')}"
    right = ("untraceable",) if name in OPEN else ("removed",)
    if (
        planted.criticism == "weight transport"
        and re.search(r"\bW\b", used)
        and "params[f'W" not in str(parts)
    ):
        parts["code"] = f"W = B.T; {parts.get('code', 'pass')}"
        return f"{name}, of feedback", Planted(planted.criticism, right, parts)
    told = planted.criticism == "target at the output" and re.search(r"\by\b", parts.get("error", ""))
    if told and "passed" not in parts:
        parts["error"] = f"(lambda y: {parts['error']})(passed.activities[-1])"
        return f"{name}, of answers", Planted(planted.criticism, right, parts)
    if planted.criticism == "non-local error" and set(parts) == {"down"} and "decision" not in name:
        constant = "np.cos(np.arange(1.0, h.size + 1)).reshape(h.shape)"
        return f"{name}, of constants", Planted(
            planted.criticism, right, {"down": f"h * (lambda h: {parts['down']})({constant})"}
        )
    return None


def twins(cheats: Mapping[str, Planted]) -> dict[str, Planted]:
    """The twins of cheats, by their names."""
    pairs = (twin(name, planted) for name, planted in cheats.items() if name not in NONE)
    return dict(pair for pair in pairs if pair is not None)
