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


HELD = {
    "state": "({f'T{n}': rng.normal(size=params[f'W{n}'].T.shape) for n in (2, 3)})",
    "code": "F = state[f'T{layer}']; after.update(state)",
}
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
    "weights that are drawn to feedback in the state": drawn("0.1 * (W - F.T)", down="d @ F", **HELD),
    "weights that are drawn to feedback in a tuple": drawn("0.1 * (W - F.T)", down="d @ F", state="(tuple(rng.normal(size=params[f'W{n}'].T.shape) for n in (2, 3)), 0)", code="F = state[0][layer - 2]; after = list(state)"),
    "weights that are drawn to feedback, sent through an identity": drawn("0.1 * (W - (np.eye(B.shape[0]) @ B).T)"),
    "weights that are drawn to feedback, sent through an identity that is larger": drawn("0.1 * (W - (2 * np.eye(B.shape[0]) @ B).T / 2)"),
    "weights that are drawn to feedback through a permutation and back": drawn("0.1 * (W - (P.T @ (P @ B)).T)", code="P = np.eye(B.shape[0])[np.random.default_rng(1).permutation(B.shape[0])]"),
    "weights whose signs follow feedback in the state": drawn("0.1 * (W - np.sign(F.T) * abs(W))", down="d @ F", **HELD),
    "weights of some units drawn to feedback in the state": drawn("0.1 * np.where(np.arange(W.shape[1]) < 2, W - F.T, 0)", down="d @ F", **HELD),
    "weights as text": transport("d @ eval(repr(W), {'array': np.array}).T", *SEEN),
    "weights as lists, as text": transport("d @ np.array(eval(str(W.tolist()), {'array': np.array}), dtype=float).T", *SEEN),
}  # fmt: skip

FUNCTIONS = {
    "the size of W": "abs({W})",
    "the square of W": "{W} ** 2",
    "a wave of W": "np.sin(12 * {W} / {W}.std() / 4)",
    "a cube of W": "{W} ** 3",
    "what W is beyond a threshold": "np.maximum({W}, 0.0)",
    "the size of W, with noise": "abs({W}) * (1 + 0.05 * rng.normal(size={W}.shape))",
    "the order of W": "{W}.ravel().argsort().argsort().reshape({W}.shape) * 0.01 - 0.3",
}
DRAWN = "params.update({{f'T{{n}}': {function} for n in (2, 3)}})"
MIRRORED_CHEATS |= {
    f"feedback that begins as {name}": transport("d @ params[f'T{layer}']", init=DRAWN.replace("{{", "{").replace("}}", "}").replace("{function}", function.replace("{W}", "params[f'W{n}'].T")))
    for name, function in FUNCTIONS.items()
}  # fmt: skip

MIRRORED_HONEST = {
    **{
        f"feedback that begins as {name}, of others": transport("d @ params[f'T{layer}']", "removed", init="V = {n: rng.normal(size=params[f'W{n}'].T.shape) for n in (2, 3)}; " + DRAWN.replace("{{", "{").replace("}}", "}").replace("{function}", function.replace("{W}", "V[n]")))
        for name, function in FUNCTIONS.items()
    },
    "weights with a trace in the state": drawn("0.1 * F", "removed", code=f"F = 0.9 * (state or {{}}).get(layer, np.zeros(W.shape)) + {LEARNS}; after[layer] = F"),
    "weights with a trace, and feedback in the state": drawn("0.1 * S", "removed", down="d @ F", state=HELD["state"], code=f"{HELD['code']}; S = 0.9 * state.get(layer, np.zeros(W.shape)) + {LEARNS}; after[layer] = S"),
    "weights beside feedback in the state": drawn("0.1 * W", "removed", down="d @ F", **HELD),
    "weights that are drawn to other numbers in the state": drawn("0.1 * (W - T)", "removed", code="T = (state or {}).get(layer, np.cos(np.arange(W.size)).reshape(W.shape)); after[layer] = T * 1.0"),
    "weights that decay as they learn": drawn("0.1 * W", "removed"),
    "weights that are drawn to other numbers": drawn("0.1 * (W - params[f'T{layer}'].T)", "removed", init=OTHER),
    "weights and feedback that learn and decay alike": drawn("0.1 * W", "removed", code=f"further[f'B{{layer}}'] = ({LEARNS}).T + 0.1 * B"),
    "weights that learn by what feedback sends": drawn("0.1 * (W - h.T @ (h @ B.T) / len(h))", "removed"),
    "weights that are drawn to the feedback in another order": drawn("0.1 * (W - B.T[::-1, ::-1])", "removed"),
    "weights that are drawn to a norm of feedback": drawn("0.1 * (W - np.linalg.norm(B))", "removed"),
}  # fmt: skip
