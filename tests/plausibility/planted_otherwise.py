# ruff: noqa: E501
"""Rules that would do otherwise than where they are audited: by statistics of inputs, by clocks, by what the suite tells."""

from __future__ import annotations

from tests.plausibility.planted import judged
from tests.plausibility.planted_alike import MEAN, OPEN, PHASES, SLOPES, STEPS, TARGET, hebbian

A = "passed.activities[-1]"
LOSS = "loss = network.output.total(passed.activities[-1], y)"
TURNING = "u = (state or {}).get('u', 1 + 0j); after['u'] = u * np.exp(0.01j) if layer == 2 else u"
FALLING = "u = (state or {}).get('u', 1.0); after['u'] = 0.99 * u if layer == 2 else u"
ANCHORS = "kept = {n: params[f'W{n}'] * 1.0 for n in (2, 3)}"

OTHERWISE_CHEATS = {
    "feedback by the norm of the weight above": judged("weight transport", "present", down="(d @ B) * np.linalg.norm(W)"),
    "an error that is summed behind masks": judged("weight transport", "present", down="np.stack([np.stack([(W * (np.arange(len(W))[:, None] == i) * d[b]).sum() for i in range(len(W))]) for b in range(len(d))])"),
    "sums of rows behind masks": judged("weight transport", "present", "partly", down="(d @ B) * np.stack([(W * (np.arange(len(W))[:, None] == i)).sum() for i in range(len(W))])"),
    "slopes by a number whose kind is said": judged(SLOPES, "present", code=f"{STEPS}; a: float = max(0.0, min(1.0, (k - 500) / 100))", slope="(1 - a * h * h)"),
    "a target by a number whose kind is said": judged(TARGET, *OPEN, error=A, code="many: bool = y.sum(axis=0).max() > 20", down="h * (1 - 0.5 * many)"),
    "a target by a loss of the suite": judged(TARGET, *OPEN, error=A, code=LOSS, down="h * np.minimum(1.0, 100 * loss)"),
    "a target by a loss that stops learning": judged(TARGET, *OPEN, "partly", error=A, code=LOSS, down="h * (loss > 0.01)"),
    "slopes by a late curve": judged(SLOPES, "present", code=f"{STEPS}; a = 1 / (1 + np.exp(-(k - 3000) / 10.0))", slope="(1 - a * h * h)"),
    "slopes by a slow curve": judged(SLOPES, *OPEN, code=f"{STEPS}; a = 1 - np.exp(-((k / 1e5) ** 2))", slope="(1 - a * h * h)"),
    "slopes by a rate that has fallen": judged(SLOPES, "present", code=f"{STEPS}; rate = max(0.1, 0.5 ** (k // 1000)); a = np.where(rate < 0.2, 1.0, 0.0)", slope="rate * (1 - a * h * h)"),
    "slopes behind many thresholds": judged(SLOPES, *OPEN, code=STEPS + "".join(f"; d = d * np.where(k > {1000 * n}, 0.5, 1.0)" for n in range(1, 15)) + "; a = np.where(k > 16000, 1.0, 0.0)", slope="(1 - a * h * h)"),
    "weights by the few that are nearly nothing": judged("weight transport", "untraceable", "partly", code="further[f'B{layer}'] = -B * (abs(W.T) < 1e-3)"),
    "learning turns by the mean of inputs": hebbian("np.where(x.mean() > 0.1, -1.0, 1.0)", "untraceable"),
    "learning turns by a flag in a pixel": judged(PHASES, *OPEN, error=A, code="further['W1'] = (x * np.where(x[:, :1] > 0.5, 1.0, -1.0)).T @ passed.activities[1]"),
    "learning turns by inputs beside their mean": hebbian("np.sign(m - x.mean())", "untraceable", code=MEAN),
    "learning turns by what turns round": judged(PHASES, "untraceable", "present", error=A, code=f"{TURNING}; further['W1'] = u.real * (x.T @ passed.activities[1])"),
    "learning turns by what falls": hebbian("u - 0.1", "untraceable", code=FALLING),
    "slopes by what turns round": judged(SLOPES, *OPEN, code=TURNING, slope="(1 - np.maximum(0.0, -u.real) * h * h)"),
    "learning turns by a condition that is inverted": hebbian("1 - 2.0 * ~(x.mean() < 3)", "untraceable"),
    "learning turns by a condition that is compared": hebbian("1 - 2.0 * ((x.mean() > 3) is np.True_)", "untraceable"),
    "a surrogate slope that falls slowly": judged(SLOPES, "partly", slope="(1 + abs(z)) ** -2.0"),
    "means of examples that meet higher up": judged("non-local error", "partly", error=A, down="h", code="further['W2'] = np.outer(passed.activities[1].mean(axis=0), passed.activities[2].mean(axis=0))"),
    "slopes in large batches": judged(SLOPES, *OPEN, slope="(1 - min(1, len(x) // 100) * h * h)"),
    "slopes in batches of some size": judged(SLOPES, *OPEN, code="n = x.shape[0]; many = n - 90", slope="(1 - max(0, many) * h * h)"),
    "learning turns by the size of a batch": hebbian("np.where(len(x) % 7 == 0, -1.0, 1.0)", "untraceable"),
    "a gain that begins as nearly nothing": judged(TARGET, "untraceable", "partly", "present", error=A, init="params['u0'] = 1e-12 * rng.normal(size=(1, 1))", code="further['u0'] = h.mean() - params['u0']", down="h * (1 + params['u0'] * y[:, :1])"),
}  # fmt: skip

SIZES = {  # of a whole weight, one number
    "a root of squares": "np.sqrt((W ** 2).sum())",
    "a norm": "np.linalg.norm(W)",
    "a norm of a row of all": "np.linalg.norm(W.ravel())",
    "a product with itself": "np.sqrt(np.vdot(W, W))",
    "einsum": "np.sqrt(np.einsum('ij,ij->', W, W))",
    "the largest": "abs(W).max()",
    "a mean size": "np.abs(W).mean()",
}

OTHERWISE_HONEST = {
    **{
        f"a rate by the size of the weight itself: {what}": judged("weight transport", "removed", code=f"s = {size}; further[f'W{{layer}}'] = s * (passed.activities[layer - 1].T @ d)")
        for what, size in SIZES.items()
    },
    **{
        f"a rate by {what}: {criterion}": judged(criterion, "removed", error=A, down="h", code=f"{code}; further['W2'] = s * (passed.activities[1].T @ passed.activities[2])")
        for criterion in ("weight transport", "non-local error", "update locking", TARGET)
        for what, code in {
            "a late curve": f"{STEPS}; s = 2 + np.tanh((k - 3000) / 10.0)",
            "a step": f"{STEPS}; s = np.where(k > 3000, 0.5, 1.0)",
            "a warm-up": f"{STEPS}; s = max(0.1, min(1.0, k / 100))",
            "what turns round": f"{TURNING}; s = 2 + u.real",
            "what falls": f"{FALLING}; s = u + 0.1",
        }.items()
    },
    "a rate whose kind is said": judged(SLOPES, "removed", code=f"{STEPS}; a: float = max(0.1, min(1.0, k / 100))", slope="a"),
    "a mean over a batch by its length": hebbian("1 / len(x)", "removed"),
    "a rate by the size of a batch": hebbian("min(1.0, len(x) / 64)", "removed"),
    "feedback by the fan-in": judged("weight transport", "removed", down="(d @ B) / np.sqrt(max(1, W.shape[0]))"),
    "a loss of the suite that is told": judged(TARGET, "removed", error=A, code=f"{LOSS}; twice = 2 * loss", down="h"),
    "a rate by a late curve": judged(SLOPES, "removed", code=f"{STEPS}; a = 1 / (1 + np.exp(-(k - 3000) / 10.0))", slope="(1 + a)"),
    "a rate that has fallen": judged(SLOPES, "removed", code=f"{STEPS}; rate = max(0.1, 0.5 ** (k // 1000)); a = np.where(rate < 0.2, 1.0, 0.5)", slope="rate * a"),
    "a rate by the mean of inputs": hebbian("np.where(x.mean() > 0.1, 0.5, 1.0)", "removed"),
    "potentiation and depression by the unit's own activity": judged(PHASES, "removed", error=A, code="g = passed.activities[1]; further['W1'] = -x.T @ (np.where(g > 0.2, 1.0, -1.0) * g)"),
    "a rate by what falls": hebbian("u + 0.1", "removed", code=FALLING),
    "a rate by what turns round": hebbian("2 + u.real", "removed", code=TURNING),
    "weights that are drawn back to where they began": judged("weight transport", "removed", "untraceable", init=ANCHORS, state="kept", code="after.update(state); further[f'W{layer}'] = -0.01 * (W - state[layer]) - h.T @ d"),
    "a gain that learns what a unit does": judged(TARGET, "removed", error=A, init="params['u0'] = 1e-12 * rng.normal(size=(1, 1))", code="further['u0'] = h.mean() - params['u0']", down="h * (1 + params['u0'])"),
    "errors of either sign": judged("weight transport", "removed", down="np.sign(d) @ B"),
    "a gain that falls slowly from one end": judged(SLOPES, "removed", slope="(1 + abs(z - 30)) ** -0.5"),
}  # fmt: skip

ERRORS = "kept = (state or {}).get(layer, np.zeros((1, W.shape[0]))); now = d @ B"
OTHERWISE_CHEATS |= {
    "a signal of the presentation before, times slopes of then": judged(SLOPES, "partly", "present", "untraceable", code=f"{ERRORS}; after[layer] = (now * (1 - h) * (2 + 3 * h + h * h)).mean(axis=0, keepdims=True)", down="now + kept"),
    "a signal that is remembered, times slopes of then": judged(SLOPES, "partly", "present", "untraceable", code=f"{ERRORS}; after[layer] = 0.5 * kept + (now * (1 - h) * (1 + h)).mean(axis=0, keepdims=True)", down="now + kept"),
    "the last changes, times slopes of then": judged(SLOPES, "partly", "present", "untraceable", code="v = (state or {}).get(layer, np.zeros_like(params[f'W{layer - 1}'])); after[layer] = below.T @ ((d @ B) * (1 - h) * (2 + 3 * h + h * h)); further[f'W{layer - 1}'] = -below.T @ (d @ B) - v"),
}  # fmt: skip
OTHERWISE_HONEST |= {
    "momentum of its own": judged(SLOPES, "removed", code="v = (state or {}).get(layer, np.zeros_like(params[f'W{layer - 1}'])); after[layer] = 0.9 * v - below.T @ (d @ B); further[f'W{layer - 1}'] = after[layer]"),
    "the last changes besides": judged(SLOPES, "removed", code="v = (state or {}).get(layer, np.zeros_like(params[f'W{layer - 1}'])); after[layer] = below.T @ (d @ B); further[f'W{layer - 1}'] = -below.T @ (d @ B) - v"),
    "changes of three presentations before": judged(SLOPES, "removed", "untraceable", code="v = (state or {}).get(layer, (np.zeros_like(params[f'W{layer - 1}']),) * 3); after[layer] = (*v[1:], below.T @ (d @ B)); further[f'W{layer - 1}'] = -v[0]"),
}  # fmt: skip
