# ruff: noqa: E501
"""Planted rules whose Python decides by marked numbers where no intervention turns the decision."""

from __future__ import annotations

from tests.plausibility.planted import Planted, judged, local, transport
from tests.plausibility.planted_numpy import FILLED

OPEN = ("untraceable",)
SIGNED = "signed = np.stack([np.stack([B[j, i] if {0} else -B[j, i] for i in range(W.shape[0])]) for j in range(W.shape[1])])"
TABLE = "table = [B[0, 0] * 0 + k for k in np.linspace(-2, 2, 21).tolist()]; pick = __import__('bisect').bisect_left; copy = np.stack([np.stack([table[pick(table, {0})] for i in range(W.shape[0])]) for j in range(W.shape[1])])"
RANKS = "flat = [w for row in {0} for w in row]; rank = sorted(range(len(flat)), key=lambda k: flat[k]); back = sorted([v for row in B for v in row]); out = [None] * len(flat); [out.__setitem__(k, back[n]) for n, k in enumerate(rank)]; copy = np.stack([np.stack(out[n * B.shape[1] : (n + 1) * B.shape[1]]) for n in range(B.shape[0])])"
ORDER = "order = sorted(range(W.shape[0]), key=lambda i: ({0} * {0}).sum())"
WINNER = "np.stack([np.stack([u if u is {0} else 0 * u for u in row]) for row in [[h[n, i] for i in range(h.shape[1])] for n in range(len(h))]])"


def gated(down: str, *right: str) -> Planted:
    """A rule that is told no answer, judged by locking."""
    return judged("update locking", *right, error="-y", down=down)


DECIDED_CHEATS = {
    "signs by an if": transport("d @ signed", *OPEN, code=FILLED + SIGNED.format("W[i, j] > 0")),
    "signs by allclose": transport("d @ signed", *OPEN, code=FILLED + SIGNED.format("np.allclose(W[i, j], 0.3, atol=0.3, rtol=0)")),
    "signs by what is finite": transport("d @ signed", *OPEN, code="np.seterr(over='ignore'); " + FILLED + SIGNED.format("np.isfinite(np.exp(1e6 * W[i, j]))")),
    "signs by what is not nothing": transport("d @ signed", *OPEN, code=FILLED + SIGNED.format("np.maximum(W[i, j], 0)")),
    "a look in a table": transport("d @ copy", "partly", code=FILLED + TABLE.format("W[i, j]")),
    "feedback in the order of weights": transport("d @ copy", "present", code=FILLED + RANKS.format("W.T")),
    "feedback in the order of norms": transport("d @ B[:, order]", *OPEN, code=FILLED + ORDER.format("W[i]")),
    "a winner by max": local(WINNER.format("max(row)"), "partly"),
    "a gate by a norm": local("np.stack([v if (v * v).sum() > 2.0 else -v for v in h])", *OPEN),
    "a gate by a variance of the batch": local("h if h.var(axis=0).sum() > 3.0 else -h", *OPEN),
    "a gate by the answer": gated("h * (1 if passed.activities[-1][0, 0] > passed.activities[-1][0, 1] else 2)", *OPEN),
}  # fmt: skip

DECIDED_HONEST = {
    "signs of feedback by an if": transport("d @ signed", "removed", code=FILLED + SIGNED.format("B[j, i] > 0")),
    "signs by an if, where a direction is free": transport("d @ B + 0 * (1 if W[0, 0] < 0 else 2) + 0 * (1 if W[0, 0] < 0.01 else 2)", "removed"),
    "a look at feedback in a table": transport("d @ copy", "removed", code=FILLED + TABLE.format("B[j, i]")),
    "feedback in its own order": transport("d @ copy", "removed", code=FILLED + RANKS.format("B")),
    "weights that are finite": transport("d @ B if np.isfinite(W).all() else 0 * h", "removed", code=FILLED),
    "a unit by its place": local(WINNER.format("row[2]"), "removed"),
    "a gate by each unit": local("np.stack([np.stack([u if u > 0.2 else -u for u in v]) for v in h])", "removed"),
    "a sum that is not nothing": local("h if h.sum() else 0 * h", "untraceable"),
    "activity that is finite": local("h if np.isfinite(h).all() and not np.isnan(h.sum()) else 0 * h", "removed"),
    "a gate by what is below": gated("h * (1 if below[0, 0] > below[0, 1] else 2)" , "removed"),
}  # fmt: skip
