# ruff: noqa: E501
"""Planted rules of what is kept: copies of initial weights in the state, and what two presentations carry on."""

from __future__ import annotations

from tests.plausibility.planted import Planted, judged, slopes, transport

T = "params[f'W{n}'].T"
RANDOM = f"rng.normal(size={T}.shape)"
COARSE = f"np.where(rng.random({T}.shape) < 0.5, -0.3, 0.3)"
COARSE_WEIGHTS = f"params.update({{f'W{{n}}': {COARSE}.T for n in (2, 3)}})"
GRID_WEIGHTS = "params.update({f'W{n}': (params[f'W{n}'] * 16).round() / 16 for n in (2, 3)})"


def in_state(kept: str, *right: str, read: str = "", **parts: str) -> Planted:
    """Feedback that `init` puts into the state, T2 and T3, and that stays there."""
    state = f"({{f'T{{n}}': {kept} for n in (2, 3)}})"
    return transport(
        read or "d @ state[f'T{layer}']", *right, state=state, code="after.update(state)", **parts
    )


def flat(kept: str, *right: str, **parts: str) -> Planted:
    """Feedback that lies in a row beside the weights."""
    init = f"params.update({{f'v{{n}}': ({kept}).ravel() for n in (2, 3)}})"
    return transport(
        "d @ params[f'v{layer}'].reshape(B.shape)", *right, init=f"{parts.pop('init', 'pass')}; {init}"
    )


def twice(kept: str, start: str) -> str:
    """What is kept for the presentation after the next, as `late`."""
    return f"late = (state or {{}}).get(('b', layer), {start}); after[('b', layer)] = (state or {{}}).get(('a', layer), {start}); after[('a', layer)] = {kept}"


KEPT_CHEATS = {
    "twice the transpose in the state": in_state(f"2 * {T}", read="d @ state[f'T{layer}'] / 2"),
    "twice the transpose in the state, that learns alike": transport("d @ state[f'T{layer}'] / 2", state=f"({{f'T{{n}}': 2 * {T} for n in (2, 3)}})", code="after[f'T{layer}'] = state[f'T{layer}'] - 0.2 * (d.T @ h) / len(d)"),
    "the transpose in single precision": in_state(f"{T}.astype('float32')"),
    "the transpose of three digits": in_state(f"{T}.round(3)"),
    "the transpose and 1 in the state": in_state(f"{T} + 1", read="d @ (state[f'T{layer}'] - 1)"),
    "two parts in the state that add up to the transpose": transport(
        "d @ (state[f'T{layer}'] + state[f'U{layer}'])", code="after.update(state)",
        state=f"({{f'T{{n}}': {T} / 2 + 1 for n in (2, 3)}} | {{f'U{{n}}': {T} / 2 - 1 for n in (2, 3)}})",
    ),
    "the transpose in two pieces": in_state(f"({T}[:, :4], {T}[:, 4:])", read="d @ np.concatenate(state[f'T{layer}'], axis=1)"),
    "the transpose in two pieces, twice as large": in_state(f"(2 * {T}[:, :4], 2 * {T}[:, 4:])", read="d @ np.concatenate(state[f'T{layer}'], axis=1)"),
    "half of the transpose, and random numbers": in_state(f"np.where(rng.random({T}.shape) < 0.3, rng.normal(size={T}.shape), {T})"),
    "the transpose in whole numbers": in_state(f"(1000 * {T}).astype(int)", read="d @ (state[f'T{layer}'] / 1000)"),
    "a noisy transpose": in_state(f"{T} + 0.2 * {T}.std() * rng.normal(size={T}.shape)"),
    "a flat transpose of three digits": flat(f"{T}.round(3)"),
    "a flat transpose, turned about": flat(f"-3 * {T}"),
    **{
        f"a label that is {how}": judged("target at the output", "present", down="d @ W.T * f.slope(h)", **parts)
        for how, parts in {
            "sent up and thrown away": {"code": "(x + y.sum(axis=1, keepdims=True)) @ params['W1']"},
            "sent up times 0": {"passed": "network.forward(params, x + 0 * y.sum(axis=1, keepdims=True))"},
            "sent up very faintly": {"passed": "network.forward(params, x + 1e-9 * y.sum(axis=1, keepdims=True))"},
            "sent up before the input is": {"code": "(np.roll(x, 1, axis=1) * y[:, :1]) @ params['W1']"},
        }.items()
    },
    **{
        f"a slope of {which}": slopes("1.0", "present", down=down, **parts)
        for which, down, parts in (
            ("all units but one", "(d @ B) * np.where(FEW, 1, 1 - h) * np.where(FEW, 1, 1 + h)", {"code": "FEW = np.arange(h.shape[1]) < 1"}),
            ("half of the units", "(d @ B) * np.where(FEW, 1, 1 - h) * np.where(FEW, 1, 1 + h)", {"code": "FEW = np.arange(h.shape[1]) % 2 < 1"}),
            ("half of the units, beside an activity", "(d @ B) * np.where(FEW, h, 1 - h) * np.where(FEW, h, 1 + h)", {"code": "FEW = np.arange(h.shape[1]) % 2 < 1"}),
            ("examples of some labels", "np.stack([(d[n] @ B) * ((1 - h[n]) * (1 + h[n]) if y[n, :3].any() else 1) for n in range(len(d))])", {}),
        )
    },
    **{
        f"labels of the presentation before the last: {criticism}": judged(criticism, *right, error="passed.activities[-1] * 0", down="(late - 0.3) @ np.resize(B, (5, h.shape[1]))", code=twice("y * 1.0", "0.2 + 0 * y"))
        for criticism, right in (("target at the output", ("present",)), ("non-local error", ("present",)), ("exact derivatives", ("untraceable",)))
    },
    **{
        f"an error of the presentation before the last: {criticism}": judged(criticism, right, error="network.output.error(passed.activities[-1], y)", down="0 * h + late", code=twice("1.0 * (d @ B)", "0.0 * h"))
        for criticism, right in (("non-local error", "present"), ("update locking", "partly"))
    },
    "a slope of the presentation before the last": slopes("1.0", "untraceable", "present", "partly", down="late", code=twice("(d @ B) * (1 - h) * (1 + h)", "d @ B")),
    "labels of nine presentations ago": judged("non-local error", "untraceable", error="passed.activities[-1] * ((state or {}).get('kept') or [0.1])[0]", code="after['kept'] = [*((state or {}).get('kept') or [0.1] * 9)[1:], 1.0 * y]"),
    "labels of three presentations ago": judged("target at the output", "partly", "present", error="passed.activities[-1] * (state or {}).get('c', 1.0)", code="after['c'], after['b'], after['a'] = *[(state or {}).get(k, 1.0 + 0 * y[:, :1]) for k in 'ba'], 1.0 * y[:, :1]"),
    "labels that teach the feedback": judged("target at the output", "partly", "present", error="passed.activities[-1]", code="further[f'B{layer}'] = -(d.T @ h) * (1 + y[:, :1].sum())"),
    "a second pass from the first hidden layer up": judged("separate phases", "present", error="passed.activities[-1]", code="further['W2'] = -(passed.activities[1].T @ (f.value((passed.activities[1] + 1) @ params['W2']) - passed.activities[2]))"),
    "a transpose of two values": in_state(T, init=COARSE_WEIGHTS),
}  # fmt: skip

KEPT_HONEST = {
    "feedback of the same two values": in_state(COARSE, "removed", init=COARSE_WEIGHTS),
    "flat feedback of the same two values": flat(COARSE, "removed", init=COARSE_WEIGHTS),
    "feedback on the same grid": in_state(f"({RANDOM} * 16).round() / 16", "removed", init=GRID_WEIGHTS),
    "feedback in the state in single precision": in_state(f"{RANDOM}.astype('float32')", "removed"),
    "a label that is an input, and nothing else": judged("target at the output", "partly", passed="network.forward(params, np.concatenate([x[:, :4], y], axis=1))", error="passed.activities[-1]", down="h"),
    **{
        f"{what} of half of the units": slopes("1.0", "removed", down=f"(d @ B) * np.where(FEW, 1, {what})", code="FEW = np.arange(h.shape[1]) % 2 < 1")
        for what in ("h", "(1 - h)", "abs(h)", "(1 + h * h)", "(1 - h) * (2 + h)")
    },
    **{
        f"activity of the presentation before the last: {criticism}": judged(criticism, "removed", error="passed.activities[-1]", down="h * late", code=twice("1.0 * h", "0.0 * h"))
        for criticism in ("target at the output", "non-local error", "update locking", "exact derivatives")
    },
    "labels that are kept and that the read-out alone is told": judged("non-local error", "removed", error="passed.activities[-1] - (state or {}).get('kept', 0.2)", down="h", code="after['kept'] = 1.0 * y"),
    "feedback that learns without labels": judged("target at the output", "removed", error="passed.activities[-1]", code="further[f'B{layer}'] = -(d.T @ h)"),
    "the same activity, sent up again": judged("separate phases", "removed", error="passed.activities[-1]", code="further['W2'] = -(passed.activities[1].T @ (f.value(passed.activities[1] @ params['W2']) - 2 * passed.activities[2]))"),
    "feedback in two pieces": in_state(f"({RANDOM}[:, :4], {RANDOM}[:, 4:])", "removed", read="d @ np.concatenate(state[f'T{layer}'], axis=1)"),
    "feedback that is absent where weights are": in_state(f"np.where({T} == 0, 0, {RANDOM})", "removed", init="params.update({f'W{n}': np.where(rng.random(params[f'W{n}'].shape) < 0.7, 0, params[f'W{n}']) for n in (2, 3)})"),
}  # fmt: skip
