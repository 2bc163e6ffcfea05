# ruff: noqa: E501
"""Rules whose values come out alike as long as they are audited: thresholds that nothing crosses, and what begins as 1."""

from __future__ import annotations

from tests.plausibility.planted import Planted, judged

PHASES, SLOPES, TARGET = "separate phases", "exact derivatives", "target at the output"
OPEN = ("untraceable",)
MEAN = "m = (state or {}).get('m', 0.0); after['m'] = 0.9 * m + 0.1 * x.mean() if layer == 2 else m"
STEPS = "k = (state or {}).get('k', 0); after['k'] = k + (layer == 2)"
CLOCK = "further['k0'] = np.ones(1) + 0 * passed.activities[1].mean()"
GATE = "g = np.clip(abs(d @ B) - 50, 0, 1)"


def hebbian(times: str, right: str, code: str = "pass", init: str = "pass") -> Planted:
    """Hebb's rule for the lowest weights, times something; nothing is told."""
    learns = f"{code}; further['W1'] = ({times}) * (x.T @ passed.activities[1])"
    return judged(PHASES, right, error="passed.activities[-1]", init=init, code=learns)


ALIKE_CHEATS = {
    **{
        f"learning turns {how}": hebbian(times, "untraceable", code, init)
        for how, (times, code, init) in {
            "where inputs are large": ("np.where(x.mean() > 3, -1.0, 1.0)", "pass", "pass"),
            "above a bound": ("1 - 2 * np.minimum(1, np.maximum(0, x.mean() - 3))", "pass", "pass"),
            "by a steep curve": ("np.tanh(1e3 * (3 - x.mean()))", "pass", "pass"),
            "by a sign": ("np.sign(3 - x.mean())", "pass", "pass"),
            "by a step": ("1 - 2 * np.heaviside(x.mean() - 3, 0)", "pass", "pass"),
            "by rounding down": ("(-1.0) ** np.floor(abs(x.mean()) / 3)", "pass", "pass"),
            "by what is cut off": ("1 + 9 * (np.minimum(x.max(), 9) - x.max())", "pass", "pass"),
            "by a mean of inputs": ("np.where(m > 0.5, -1.0, 1.0)", MEAN, "pass"),
            "in a function without a name": ("turn(x.mean())", "turn = lambda m: 1 - 2 * (m > 3)", "pass"),
            "by biases": ("np.where(params['b3'].sum() > 5, -1.0, 1.0)", "pass", "pass"),
            "by a weight that counts": ("np.where(np.cos(params['k0']) > 0, 1.0, -1.0)", CLOCK, "params['k0'] = np.zeros(1)"),
            "smoothly by a weight that counts": ("np.cos(params['k0'])", CLOCK, "params['k0'] = np.zeros(1)"),
            "by a bias that counts": ("np.where(np.cos(params['b1'].max()) > 0, 1.0, -1.0)", "further['b1'] = np.ones(13) + 0 * passed.activities[1].mean(0)", "pass"),
        }.items()
    },
    "an input through gains that begin as 1": judged(PHASES, *OPEN, error="passed.activities[-1]", init="params['a0'] = np.ones((1, 9))", code="further['a0'] = x.mean(axis=0)[None] - params['a0']; further['W1'] = -x.T @ np.tanh((x * params['a0']) @ params['W1'])"),
    "slopes where errors are large": judged(SLOPES, *OPEN, code=GATE, slope="(1 - g * h * h)"),
    "slopes where errors are large, in parts": judged(SLOPES, *OPEN, code=GATE, slope="(1 - g * h) * (1 + g * h)"),
    "slopes where the count is over": judged(SLOPES, "untraceable", "present", code=STEPS, slope="(1 - np.minimum(k // 9000, 1) * h * h)"),
    "a target where there are many": judged(TARGET, *OPEN, error="passed.activities[-1]", down="h * np.where(y.sum() > 50, 2.0, 1.0)"),
    "a target by its largest number": judged(TARGET, "partly", error="passed.activities[-1]", down="h * np.maximum(y.max(), 1.0)"),
    "the transpose by a filter": judged("weight transport", *OPEN, code=STEPS, down="d @ list(filter(lambda p: p[0] == min(1, k // 999), [(0, B), (1, W.T)]))[0][1]"),
    "the transpose in what never runs": judged("weight transport", *OPEN, code="o = type('O', (), {'_replace': lambda self, f: B, 'f': None})()", down="d @ o._replace(lambda: W.T)"),
    "rows by signs of sums, one by one": judged("weight transport", "partly", init="kept = {n: [rng.normal(size=params[f'W{n}'].shape[1]) * np.sign(row.sum()) for row in params[f'W{n}']] for n in (2, 3)}", state="kept", code="after.update(state)", down="d @ np.stack([*state[layer]]).T"),
    "nearly a slope times a neighbour": judged(SLOPES, "partly", slope="(1.05 - h * h) * (2 + np.roll(h, 1, axis=1))"),
    "a slope and a wave in one product of signs": judged(SLOPES, *OPEN, passed="network.forward(params, x + y @ np.resize([0.3, -0.2, 0.5], (y.shape[1], x.shape[1])))", down="np.einsum('bi,bi,bi,bi->bi', np.sign(d @ B), 1 - h, 1.5 + np.sin(40 * h), 1 + h)"),
}  # fmt: skip

ALIKE_HONEST = {
    **{
        f"a rate that is alike, {how}": hebbian(times, "removed", code, init)
        for how, (times, code, init) in {
            "where inputs are large": ("np.where(x.mean() > 3, 0.5, 1.0)", "pass", "pass"),
            "above a bound": ("np.maximum(x.std(), 1e-3)", "pass", "pass"),
            "by a warm-up": ("max(0.1, min(1.0, k / 100))", STEPS, "pass"),
            "by a step": ("1 + np.heaviside(x.mean() - 3, 0)", "pass", "pass"),
            "by a mean of inputs": ("np.where(m > 0.5, 0.5, 1.0)", MEAN, "pass"),
            "by a weight that counts": ("np.where(np.cos(params['k0']) > 0, 1.0, 0.5)", CLOCK, "params['k0'] = np.zeros(1)"),
            "by nothing": ("1.0", "after['z'] = 0.0 * h", "pass"),
        }.items()
    },
    "gains that begin as 1 and learn": judged(PHASES, "removed", error="passed.activities[-1]", init="params['a0'] = np.ones((1, 13))", code="further['a0'] = passed.activities[1].mean(axis=0)[None] - params['a0']; further['W1'] = x.T @ (passed.activities[1] * params['a0'])"),
    "errors that are cut off where they are large": judged(SLOPES, "removed", down="np.clip(d @ B, -50, 50)"),
    "errors by gains where they are large": judged(SLOPES, "removed", code=GATE, slope="(1 + g)"),
    "a norm that is never nothing": judged(SLOPES, "removed", code="n = np.linalg.norm(d, axis=1, keepdims=True)", down="(d / np.where(n > 0, n, 1.0)) @ B"),
    "activities that all lie above a bound": judged(SLOPES, *OPEN, slope="(h > -2)"),
    "a target that adds up to 1": judged("weight transport", "removed", down="(d / y.sum(axis=1, keepdims=True)) @ B"),
    "activities, many or not": judged(TARGET, "removed", error="passed.activities[-1]", down="h * np.where(x.sum() > 50, 2.0, 1.0)"),
    "weights beside a count": judged("weight transport", "removed", code=STEPS, down="d @ (B * np.where(k > 999, 0.5, 1.0))"),
    "feedback by a filter": judged("weight transport", "removed", code=STEPS, down="d @ [each for each in (B, 0.5 * B) if each.shape == B.shape][0]"),
    "rows of their own, one by one": judged("weight transport", "removed", init="kept = {n: [rng.normal(size=params[f'W{n}'].shape[1]) for row in params[f'W{n}']] for n in (2, 3)}", state="kept", code="after.update(state)", down="d @ np.stack([*state[layer]]).T"),
    "synapses in the same places": judged("weight transport", "removed", init="m = {n: rng.random(params[f'W{n}'].shape) < 0.5 for n in (2, 3)}; params.update({f'W{n}': params[f'W{n}'] * m[n] for n in (2, 3)}); params.update({f'T{n}': rng.normal(size=m[n].T.shape) * m[n].T for n in (2, 3)})", down="d @ params[f'T{layer}']"),
    "a mean of each unit that is kept": judged("non-local error", "removed", error="passed.activities[-1]", code="m = (state or {}).get(layer, np.zeros(h.shape[1])); after[layer] = 0.99 * m + 0.01 * h.mean(axis=0)", down="h * (0.1 - m)"),
    "a gain far from a slope times a neighbour": judged(SLOPES, "removed", slope="(1.5 + h) * (2 + np.roll(h, 1, axis=1))"),
    "waves of activities in one product of signs": judged(SLOPES, "removed", "untraceable", down="np.einsum('bi,bi->bi', np.sign(d @ B), 1.5 + h)"),
}  # fmt: skip
