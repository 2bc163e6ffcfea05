# ruff: noqa: E501
"""More planted rules: slopes that no array is, what is kept for the next presentation, and weights that are disturbed."""

from __future__ import annotations

from tests.plausibility.planted import Planted, judged, slopes, transport

CENTRED = "network.forward(params, x - x.mean(axis=0))"
OWN = ("present",)  # of a slope that is passed on, too: the template sends down what it has multiplied
SHAPED = "np.linspace(-4, 4, 4001)"


def spread(down: str, slope: str = "1.0", **parts: str) -> Planted:
    """A slope in an error that comes down; `slope` is multiplied after that."""
    return Planted("exact derivatives", OWN, {"down": down, "slope": slope, **parts})


MORE_CHEATS = {
    "a slope in two products": spread("(d @ B) * (1 - h)", "(1 + h)"),
    "a slope in two products of a transpose": spread("(d @ W.T) * (1 - h)", "(1 + h)"),
    "what a slope lacks is taken away": spread("d @ B - h * h * (d @ B)"),
    "what a slope lacks is taken away, turned": spread("((d @ B).T - (h * h).T * (d @ B).T).T"),
    "a slope of exponentials": spread("4 * (d @ B) * np.exp(-2 * z)", "(1 + np.exp(-2 * z)) ** -2.0"),
    "a slope by a logarithm": spread("(d @ B) * np.exp(-2 * (abs(z) + np.log1p(np.exp(-2 * abs(z)))))"),
    "a slope off a table": spread("(d @ B) * np.interp(z, GRID, 1 - np.tanh(GRID) ** 2)", init=f"globals()['GRID'] = {SHAPED}"),
    "a slope off a table of differences": spread("(d @ B) * np.interp(z, GRID, np.gradient(np.tanh(GRID), GRID))", init=f"globals()['GRID'] = {SHAPED}"),
    "a difference quotient in two products": spread("(d @ B) * f.value(z + 1e-4) - (d @ B) * f.value(z)", "1e4"),
    "a slope example by example": spread("np.stack([(d[n] @ B) * (1 - h[n] * h[n]) for n in range(len(d))])"),
    "a slope unit by unit": spread("np.stack([(d @ B[:, i]) * (1 - h[:, i] ** 2) for i in range(h.shape[1])], axis=1)"),
    "a slope number by number": spread("np.array([[float((d[n] @ B)[i]) * (1 - float(h[n, i]) ** 2) for i in range(h.shape[1])] for n in range(len(d))])"),
    "a slope in feedback that is scaled": spread("np.einsum('bj,ji,bi->bi', d, B, 1 - h) * np.linspace(1, 2, h.shape[1])", "(1 + h)"),
    "a slope in the state": spread("(d @ B) * after[layer] * (1 + h)", code="after[layer] = 1 - h"),
    "slopes when there is a state": slopes("((1 + h) if state else 1.0)", "partly", "present", down="(d @ B) * ((1 - h) if state else 1.0)", code="after[1] = 1"),
    "slopes off a table when there is a state": slopes("1.0", "partly", "present", down="(d @ B) * (np.interp(z, GRID, 1 - np.tanh(GRID) ** 2) if state else 1.0)", code="after[1] = 1", init=f"globals()['GRID'] = {SHAPED}"),
    "slopes where there are examples": slopes("((1 + h) if len(x) > 1 else 1.0)", "partly", "present", down="(d @ B) * ((1 - h) if len(x) > 1 else 1.0)"),
    "slopes of an error less the batch's": slopes("(1 + h)", "partly", "present", down="((d - d.mean(axis=0)) @ B) * (1 - h)"),
    "slopes of an activity less the batch's": slopes("(1 + h)", "partly", "present", "untraceable", down="(d @ B) * (1 - h)", passed=CENTRED),
    "slopes of the sign of an error less the batch's": slopes("(1 + h)", "untraceable", "partly", "present", down="(np.sign(d - d.mean(axis=0)) @ np.sign(B)) ** 3 * (1 - h)"),
    "a sketch of a slope": Planted("exact derivatives", ("partly",), {"down": "(d @ B) * np.interp(z, GRID, 1 - np.tanh(GRID) ** 2)", "init": "globals()['GRID'] = np.linspace(-4, 4, 25)"}),
    "a slope of what is not taught": Planted("exact derivatives", ("partly",), {"down": "h * (1 - h)", "slope": "(1 + h)"}),
    "a norm, and synapses of few bits": transport(
        "d @ B * abs(W).max()", "present", passed="network.forward({**params, **{f'W{n}': np.round(params[f'W{n}'] * 7 / abs(params[f'W{n}']).max()) / 7 for n in (2, 3)}}, x)"
    ),
    "the transpose, and synapses of few bits": transport(
        "d @ W.T", "present", passed="network.forward({**params, **{f'W{n}': np.round(params[f'W{n}'] * 7 / abs(params[f'W{n}']).max()) / 7 for n in (2, 3)}}, x)"
    ),
    "the transpose of synapses that are dropped": transport(
        "d @ lossy[f'W{layer}'].T", "present", passed="network.forward(lossy := {**params, **{f'W{n}': params[f'W{n}'] * (rng.random(params[f'W{n}'].shape) > 0.5) for n in (2, 3)}}, x)"
    ),
    "weights for a decision, where no direction is free": transport(
        "d @ (B + KEPT['s'] * B)", "present", "untraceable", code="[h @ W for h in np.random.default_rng(0).normal(size=(40, W.shape[0]))]; KEPT['s'] = round(float(W[0, 0]), 1)"
    ),
    "signs by whole numbers": transport("d @ np.array([[2 * int(w > 0) - 1 for w in row] for row in W]).T", "partly", "untraceable"),
    "signs by truth values": transport("d @ np.array([[2.0 * bool(w > 0) - 1.0 for w in row] for row in W]).T", "partly", "untraceable"),
    "numbers of weights kept for the next time": transport(
        "d @ (np.array((state or {}).get(layer, [0.0])) if state else B)", "present", "untraceable",
        code="after[layer] = np.array([[0.5 * float(w) for w in row] for row in W.T])",
    ),
    "a label kept for the next time": judged(
        "target at the output", "present", error="passed.activities[-1] - ((state or {}).get('y', 0.2))", code="after['y'] = y.copy()"
    ),
    "a label kept beside the state": judged(
        "target at the output", "present", error="passed.activities[-1] - KEPT.get('y', 0.2)", code="KEPT['y'] = np.array(y.tolist())", down="d @ B"
    ),
    "weights above, kept for the next time": judged(
        "update locking", "present", "partly", passed="network.forward(params, x)", error="passed.activities[-1]",
        down="(state or {}).get(layer, 0.1) * h", code="after[layer] = (W.sum() * np.ones(1))",
    ),
    "a transpose drawn by init": transport(
        "d @ params[f'T{layer}'].T", "present", init="params.update({f'T{n}': params[f'W{n}'].copy() for n in (2, 3)})",
        code="further[f'T{layer}'] = h.T @ d / len(d)",
    ),
    "signs drawn by init": transport(
        "d @ params[f'T{layer}'].T", "partly", "present", init="params.update({f'T{n}': np.sign(params[f'W{n}']) for n in (2, 3)})"
    ),
    "a transpose for batches that are large": transport("d @ (W.T if len(x) > 8 else B)", "present", "partly"),
    "feedback that decays by the weights": transport("d @ B", "partly", "untraceable", code="further[f'B{layer}'] = -0.1 * abs(W).T * B"),
}  # fmt: skip

MORE_HONEST = {
    "activities in two products": slopes("(1 + h)", "removed", down="(d @ B) * (2 + h)"),
    "what an activity adds": slopes("1.0", "removed", down="d @ B + h * (d @ B)"),
    "activities when there is a state": slopes("((1 + h) if state else 1.0)", "removed", down="(d @ B) * ((2 + h) if state else 1.0)", code="after[1] = 1"),
    "activities where there are examples": slopes("((1 + h) if len(x) > 1 else 1.0)", "removed", down="(d @ B) * ((2 + h) if len(x) > 1 else 1.0)"),
    "an error less the batch's": slopes("1.0", "removed", down="(d - d.mean(axis=0)) @ B"),
    "an activation off a table": slopes("1.0", "removed", down="(d @ B) * np.interp(z, GRID, np.tanh(GRID))", init=f"globals()['GRID'] = {SHAPED}"),
    "a cosine": slopes("np.cos(2 * z)", "removed"),
    "example by example": slopes("1.0", "removed", down="np.stack([(d[n] @ B) * h[n] for n in range(len(d))])"),
    "numbers of feedback kept for the next time": transport(
        "d @ ((state or {}).get(layer, B))", "removed", code="after[layer] = 0.5 * B"
    ),
    "an answer kept for the next time": judged(
        "target at the output", "removed", error="passed.activities[-1] - ((state or {}).get('a', 0.2))", code="after['a'] = passed.activities[-1].copy()"
    ),
    "synapses that are dropped": transport(
        "d @ B", "removed", passed="network.forward({**params, **{f'W{n}': params[f'W{n}'] * (rng.random(params[f'W{n}'].shape) > 0.5) for n in (2, 3)}}, x)"
    ),
    "synapses of few bits": transport(
        "d @ B", "removed", passed="network.forward({**params, **{f'W{n}': np.round(params[f'W{n}'] * 7 / abs(params[f'W{n}']).max()) / 7 for n in (2, 3)}}, x)"
    ),
    "synapses that are noisy": transport(
        "d @ B", "removed", passed="network.forward({**params, **{f'W{n}': params[f'W{n}'] + 0.1 * rng.normal(size=params[f'W{n}'].shape) for n in (2, 3)}}, x)"
    ),
    "synapses with gains": transport(
        "d @ B", "removed", passed="network.forward({**params, **{f'W{n}': params[f'W{n}'] * np.linspace(1, 2, params[f'W{n}'].size).reshape(params[f'W{n}'].shape) for n in (2, 3)}}, x)"
    ),
    "other weights drawn by init": transport(
        "d @ params[f'T{layer}'].T", "removed", init="params.update({f'T{n}': rng.normal(size=params[f'W{n}'].shape) for n in (2, 3)})",
        code="further[f'T{layer}'] = h.T @ d / len(d)",
    ),
    "feedback that decays by its own": transport("d @ B", "removed", code="further[f'B{layer}'] = -0.1 * abs(B) * B"),
    "other feedback for batches that are large": transport("d @ (2 * B if len(x) > 8 else B)", "removed"),
}  # fmt: skip
