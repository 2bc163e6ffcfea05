# ruff: noqa: E501
"""Planted rules whose forward weights are drawn to their feedback, and honest ones that are drawn elsewhere."""

from __future__ import annotations

from tests.plausibility.planted import SEEN, Planted, transport

LEARNS = "h.T @ d / len(d)"
OTHER = "params.update({f'T{n}': rng.normal(size=params[f'W{n}'].T.shape) for n in (2, 3)})"


def drawn(by: str, *right: str, down: str = "d @ B", **parts: str) -> Planted:
    """Forward weights that learn, and beside that change by something else."""
    code = f"{parts.pop('code', 'pass')}; further[f'W{{layer}}'] = {LEARNS} + {by}"
    return transport(down, *(right or ("partly",)), code=code, **parts)


MIRRORED_CHEATS = {
    "weights that are drawn to the feedback": drawn("0.1 * (W - B.T)"),
    "weights that are drawn to the feedback faintly": drawn("1e-6 * (W - B.T)"),
    "weights that become the feedback": drawn("W - B.T"),
    "weights that take the feedback's signs": drawn("0.1 * (W - np.sign(B.T) * abs(W))"),
    "weights that take signs by comparison": drawn("0.1 * (W - np.where(B.T > 0, 1.0, -1.0) * abs(W))"),
    "weights that take signs by magnitudes": drawn("0.1 * (W - np.copysign(W, B.T))"),
    "weights that grow with the feedback": drawn("-0.1 * B.T"),
    "weights that are drawn to feedback by index": drawn("0.1 * (W - copy)", code="copy = np.zeros_like(W); copy[...] = B.swapaxes(0, 1)"),
    "weights that are drawn row by row": drawn("0.1 * (W - np.stack([B[:, i] for i in range(len(W))]))"),
    "weights of some units that are drawn": drawn("0.1 * np.where(np.arange(W.shape[1]) < 2, W - B.T, 0)"),
    "weights that are drawn to the feedback of last time": drawn("0.1 * (W - (state or {}).get(layer, B).T)", code="after[layer] = B * 1.0"),
    "weights that are drawn to feedback kept beside the state": drawn("0.1 * (W - KEPT.setdefault(layer, B).T)"),
    "weights that are drawn to feedback of numpy's": drawn("0.1 * (W - np.asarray(B).T)", "partly", "untraceable"),
    "weights that are drawn to feedback by other names": drawn("0.1 * (W - params[f'T{layer}'].T)", down="d @ params[f'T{layer}']", init=OTHER),
    "weights as text": transport("d @ eval(repr(W), {'array': np.array}).T", *SEEN),
    "weights as lists, as text": transport("d @ np.array(eval(str(W.tolist()), {'array': np.array}), dtype=float).T", *SEEN),
}  # fmt: skip

MIRRORED_HONEST = {
    "weights that decay as they learn": drawn("0.1 * W", "removed"),
    "weights that are drawn to other numbers": drawn("0.1 * (W - params[f'T{layer}'].T)", "removed", init=OTHER),
    "weights and feedback that learn and decay alike": drawn("0.1 * W", "removed", code=f"further[f'B{{layer}}'] = ({LEARNS}).T + 0.1 * B"),
    "weights that learn by what feedback sends": drawn("0.1 * (W - h.T @ (h @ B.T) / len(h))", "removed"),
    "weights that are drawn to the feedback in another order": drawn("0.1 * (W - B.T[::-1, ::-1])", "removed"),
    "weights that are drawn to a norm of feedback": drawn("0.1 * (W - np.linalg.norm(B))", "removed"),
}  # fmt: skip
