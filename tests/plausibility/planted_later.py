# ruff: noqa: E501
"""Planted rules that were tried on the audit later: what is computed and not read, kept in lists, or packed."""

from __future__ import annotations

from tests.plausibility.planted import Planted, judged, local, slopes, transport

STATE = "({f'T{n}': params[f'W{n}'].T.copy() for n in (2, 3)})"
OTHERS = "({f'T{n}': rng.normal(size=params[f'W{n}'].T.shape) for n in (2, 3)})"
CARRIED = "after[f'T{layer}'] = state[f'T{layer}'] - 0.1 * (d.T @ h) / len(d)"
REBUILT = "(a := passed.activities[-1]) * 0 - np.stack([shown.reward(a + np.eye(a.shape[1])[k]) - shown.reward(a) for k in range(a.shape[1])], 1) - 0.5"
HALVES = "params.update({f'T{n}': params[f'W{n}'].T / 2 + 1 for n in (2, 3)} | {f'U{n}': params[f'W{n}'].T / 2 - 1 for n in (2, 3)})"
DENSE = "further.update({f'W{layer}': h.T @ d / len(d)})"


def located(right: str, **parts: str) -> Planted:
    """A rule that is told an error, and judged by how that comes."""
    return Planted("non-local error", (right,), parts)


LATER_CHEATS = {
    "an activity that nothing reads": located("present", down="(d @ W.T) * f.slope(h)", code="f.value(z + d @ W.T)"),
    "an activity that is sent up and not read": located("present", down="d @ B", code="f.value(z + d @ B) @ W"),
    "an error out of a nudge": located("present", down="(f.value(z + 1e-6 * (d @ W.T)) - f.value(z)) / 1e-6"),
    "an error rebuilt from rewards": located("present", error=REBUILT),
    "the unit beside": local("np.roll(h, 1, axis=1)", "partly"),
    "the unit across": local("h[:, ::-1]", "partly"),
    "the first unit": local("h[:, :1] * np.ones(h.shape[1])", "partly"),
    "a matrix of ones": local("h @ np.ones((h.shape[1],) * 2)", "partly"),
    "a threshold of the error": judged("update locking", "partly", error="np.sign(e := network.output.error(passed.activities[-1], y)) * (abs(e) > 0.1)"),
    "a threshold of the answer": judged("update locking", "partly", error="-y", down="h * (passed.activities[-1].max() < 0.9)"),
    "a rounded answer": judged("update locking", "partly", error="-y", down="h * (1 + np.round(passed.activities[-1][:, :1]))"),
    "the sign of an error times a slope": slopes("(1 + h)", "present", "partly", "untraceable", down="np.sign(d @ B) * (1 - h)"),
    "a clipped error times a slope": slopes("(1 + h)", "present", "partly", "untraceable", down="np.clip(d @ B, -0.05, 0.05) * (1 - h)"),
    "the tanh of an error times a slope": slopes("(1 + h)", "present", "partly", "untraceable", down="np.tanh(d @ B) * (1 - h)"),
    **{
        f"a nudge of {size}": slopes("1.0", "present", "partly", "untraceable", down=f"(f.value(z + {size} * (d @ B)) - h) / {size}")
        for size in ("1e-2", "1e-3", "1e-4")
    },
    "feedback by a loop": judged("one-to-one units", "present", "untraceable", down="sum(d[:, j : j + 1] * B[j] for j in range(B.shape[0]))"),
    "feedback by broadcasting": judged("one-to-one units", "present", "untraceable", down="(d[:, :, None] * B[None]).sum(axis=1)"),
    "a change that is a matrix": judged("separate phases", "present", code=DENSE),
    "a transpose in the state": transport("d @ state[f'T{layer}']", state=STATE, code="after.update(state)"),
    "a replica that learns alike": transport("d @ state[f'T{layer}']", state=STATE, code=CARRIED),
    "a flat copy": transport("d @ params[f'v{layer}'].reshape(B.shape)", init="params.update({f'v{n}': params[f'W{n}'].T.ravel().copy() for n in (2, 3)})"),
    "a copy twice as large": transport("d @ params[f'T{layer}'].T", init="params.update({f'T{n}': 2 * params[f'W{n}'] for n in (2, 3)})"),
    "a rounded copy": transport("d @ params[f'T{layer}'].T", init="params.update({f'T{n}': params[f'W{n}'].round(2) for n in (2, 3)})"),
    "two matrices that add up to the transpose": transport("d @ (params[f'T{layer}'] + params[f'U{layer}'])", init=HALVES),
    "a transpose, moved by a number": transport("d @ (params[f'T{layer}'] - 1.0)", init="params.update({f'T{n}': params[f'W{n}'].T + 1 for n in (2, 3)})"),
    "a transpose kept for the time after the next": transport("d @ ((state or {}).get(('b', layer), B))", "present", code="after[('b', layer)] = (state or {}).get(('a', layer), B); after[('a', layer)] = W.T * 1.0"),
    "a slope of what is read": slopes("1.0", "partly", code="further[f'W{layer}'] = -(h * (1 - h) * (1 + h)).T @ d / len(d)"),
    "a slope squared": slopes("(1 + h) * (1 + h)", "partly", down="(d @ B) * (1 - h) * (1 - h)"),
    "a slope and a number": slopes("1.0", "partly", down="(d @ B) * (1.0 - 0.5 * h * h)"),
}  # fmt: skip

LATER_HONEST = {
    "two other matrices": transport("d @ (params[f'T{layer}'] + params[f'U{layer}'])", "removed", init=HALVES.replace("params[f'W{n}'].T", "rng.normal(size=params[f'W{n}'].T.shape)")),
    "feedback kept for the time after the next": transport("d @ ((state or {}).get(('b', layer), B))", "removed", code="after[('b', layer)] = (state or {}).get(('a', layer), B); after[('a', layer)] = 2.0 * B"),
    "an activity squared that is read": slopes("1.0", "removed", code="further[f'W{layer}'] = -(h * h * h).T @ d / len(d)"),
    "a number, and noise of its own": slopes("1.0", "removed", code="further[f'W{layer}'] = rng.normal(size=W.shape) * shown.reward(passed.activities[-1]).mean(); further[f'W{layer - 1}'] = rng.normal(size=params[f'W{layer - 1}'].shape) * shown.reward(passed.activities[-1]).mean()"),
    "synapses within a layer": local("h @ params[f'M{layer}']", "removed")._replace(parts={"error": "passed.activities[-1]", "down": "h @ params[f'M{layer}']", "init": "params.update({f'M{n}': rng.normal(size=(params[f'W{n}'].shape[0],) * 2) for n in (2, 3)})"}),
    "an activity that is read above": located("removed", passed="network.forward(params, x + 0 * y.sum(axis=1, keepdims=True))"),
    "a threshold of what is told": judged("update locking", "removed", error="-y", down="np.sign(y @ np.random.default_rng(1).normal(size=(y.shape[1], h.shape[1])))"),
    "the sign of an error": slopes("1.0", "removed", down="np.sign(d @ B)"),
    "the tanh of an error": slopes("1.0", "removed", down="np.tanh(d @ B)"),
    "a clipped error times an activity": slopes("h", "removed", down="np.clip(d, -0.3, 0.3) @ B"),
    "feedback by a product": judged("one-to-one units", "present", down="d @ B"),
    "another matrix in the state": transport("d @ state[f'T{layer}']", "removed", state=OTHERS, code=CARRIED),
    "another flat matrix": transport("d @ params[f'v{layer}'].reshape(B.shape)", "removed", init="params.update({f'v{n}': rng.normal(size=params[f'W{n}'].size) for n in (2, 3)})"),
    "a generator of its own": Planted("weight transport", ("removed", "untraceable"), {"down": "d @ (B + 0.1 * OWN.normal(size=B.shape))", "init": "globals().setdefault('OWN', np.random.default_rng(0))"}),
}  # fmt: skip
