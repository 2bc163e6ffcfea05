# ruff: noqa: E501
"""Planted rules that send a second activity up unseen, or turn their learning by a clock, and honest ones."""

from __future__ import annotations

from tests.plausibility.planted import Planted, judged

W1, H1 = "params['W1']", "passed.activities[1]"
NOISE = f"0.3 * rng.normal(size={W1}.shape)"


def sent(other: str, *right: str, **parts: str) -> Planted:
    """Synapses that hold an activity of the first layer against what is given."""
    code = f"further['W1'] = x.T @ ({other} - {H1}) / len(x)"
    return judged("separate phases", *right, **{"error": "passed.activities[-1]", "code": code, **parts})


def clocked(code: str, right: str = "present", **parts: str) -> Planted:
    """Synapses that learn by a sign, or a size, `s`, of which the state keeps count."""
    learns = f"{code}; further['W1'] = s * x.T @ {H1} / len(x)"
    return judged("separate phases", right, **{"error": "passed.activities[-1]", "code": learns, **parts})


COUNT = "k = (state or {}).get('k', 0); after['k'] = k + 1"
PASSES_CHEATS = {
    "Hebb, then anti-Hebb, by a count": clocked(f"{COUNT}; s = (-1.0) ** k"),
    "Hebb, then anti-Hebb, by a count that Python decides by": clocked(f"{COUNT}; s = 1.0 if k % 2 else -1.0"),
    "Hebb, then anti-Hebb, by a sign": clocked("s = (state or {}).get('s', 1.0); after['s'] = -s"),
    "Hebb, then anti-Hebb, by an array": clocked("s = (state or {}).get('s', np.ones(1)); after['s'] = -s"),
    "Hebb three times, then anti-Hebb": clocked(f"{COUNT}; s = 1.0 if k % 6 < 3 else -1.0"),
    "Hebb, then a weak anti-Hebb": clocked(f"{COUNT}; s = 1.0 if k % 2 else -0.01"),
    "Hebb, then anti-Hebb, beside a mean": clocked(f"{COUNT}; after['m'] = 0.9 * (state or {{}}).get('m', 1.0) + 0.1 * abs(x).mean(); s = (-1.0) ** k * (state or {{}}).get('m', 1.0)"),
    "Hebb, then anti-Hebb, by a list": clocked("s = (state or {}).get('s', [1.0, -1.0]); after['s'] = [s[1], s[0]]; s = s[0]"),
    "Hebb, then anti-Hebb, counted beside the state": clocked("KEPT['k'] = KEPT.get('k', 0) + (layer == 2); s = (-1.0) ** KEPT['k']", "untraceable"),
    "Hebb twenty times, then anti-Hebb": clocked(f"{COUNT}; s = 1.0 if k % 40 < 20 else -1.0"),
    "Hebb a hundred times, then anti-Hebb, by a float": clocked("k = (state or {}).get('k', 0.0); after['k'] = k + 1.0; s = 1.0 if k % 200 < 100 else -1.0"),
    "Hebb, then anti-Hebb, by a count that stands still": clocked("k = (state or {}).get('k', 0); n = (state or {}).get('n', 0) + 0.25 * (layer == 2); after['n'] = n % 10; after['k'] = k + int(n >= 10); s = 1.0 if k % 2 else -1.0"),
    "Hebb, then anti-Hebb, by a count of another pace": clocked("k = (state or {}).get('k', 0); n = (state or {}).get('n', 1.0); after['n'] = n * 1.1; after['k'] = int(np.log(n) / np.log(1.1) / 40 + 1e-9); s = 1.0 if k % 2 else -1.0"),
    "Hebb, then anti-Hebb, by a count in an object": clocked("k = state['o'].k if state else 0; after['o'] = type('Count', (), {})(); after['o'].k = k + 1; s = (-1.0) ** k"),
    "Hebb, then anti-Hebb, by a count in slots": clocked("k = state['o'].k if state else 0; after['o'] = type('Count', (), {'__slots__': ('k',)})(); after['o'].k = k + 1; s = (-1.0) ** k"),
    "Hebb, then anti-Hebb, by a queue": clocked("s = state['q'] if state else __import__('collections').deque([1.0, -1.0]); after['q'] = s.copy(); after['q'].rotate(1); s = s[0]"),
    "Hebb, then anti-Hebb, by a word": clocked("s = state['s'] if state else 'wake'; after['s'] = 'sleep' if s == 'wake' else 'wake'; s = 1.0 if s == 'wake' else -1.0"),
    "Hebb, then anti-Hebb, by nothing": clocked("s = (state or {}).get('s', 0); after['s'] = None if s == 0 else 0; s = 1.0 if s == 0 else -1.0"),
    "Hebb, then anti-Hebb, by an iterator": clocked("it = state['it'] if state else __import__('itertools').cycle([1.0, -1.0]); s = next(it); after['it'] = it", "untraceable"),
    "another activity by noisy weights": sent(f"np.tanh(x @ ({W1} + {NOISE}))", "present"),
    "another activity by noisy weights, turned about": sent(f"np.tanh((({W1} + {NOISE}).T @ x.T).T)", "present"),
    "another activity by noisy weights, by einsum": sent(f"np.tanh(np.einsum('bi,ij->bj', x, {W1} + {NOISE}))", "present"),
    "another activity by weights that are moved": sent(f"np.tanh(x @ ({W1} + 0.5))", "present"),
    "another activity by weights that are lost": sent(f"np.tanh(x @ ({W1} * (rng.random({W1}.shape) < 0.5)))", "present"),
    "another activity by half of the weights": sent(f"np.tanh(x @ np.maximum({W1}, 0))", "present"),
    "another activity by weights as they will be": sent(f"np.tanh(x @ ({W1} - 0.1 * x.T @ {H1}))", "present"),
    **{
        f"a second pass of {name}": judged("separate phases", "present", error="passed.activities[-1]", code=f"further['W1'] = -x.T @ ({H1} - np.tanh({constant} @ {W1} + params['b1']))")
        for name, constant in {"ones": "np.ones_like(x)", "zeros": "np.zeros_like(x)", "a number": "(0 * x + 0.3)", "one row of ones": "np.ones((1, x.shape[1]))", "a row": "np.linspace(0, 1, x.shape[1])", "the mean input": "x.mean(axis=0)"}.items()
    },
    "a second pass of ones from the first hidden layer up": judged("separate phases", "present", error="passed.activities[-1]", code=f"further['W2'] = -{H1}.T @ (passed.activities[2] - np.tanh(np.ones_like({H1}) @ params['W2'] + params['b2']))"),
}  # fmt: skip

DRIVE, HELD = f"(x @ {W1} + params['b1'])", f"further['W1'] = x.T @ (np.tanh({{z}}) - {H1}) / len(x)"
PASSES_CHEATS |= {
    f"an activity by noise, {name}": judged("separate phases", "present", error="passed.activities[-1]", code=code)
    for name, code in {
        "added": HELD.format(z=f"{DRIVE} + 0.3 * rng.normal(size={H1}.shape)"),
        "by the network's activation": f"further['W1'] = x.T @ (f.value({DRIVE} + 0.3 * rng.normal(size={H1}.shape)) - {H1})",
        "added in place": f"zz = {DRIVE}; zz += rng.normal(size={H1}.shape); " + HELD.format(z="zz"),
        "multiplied": HELD.format(z=f"{DRIVE} * (1 + 0.3 * rng.normal(size={H1}.shape))"),
        "some units off": HELD.format(z=f"{DRIVE} * (rng.random({H1}.shape) < 0.5)"),
        "of the second layer": f"further['W2'] = {H1}.T @ (np.tanh({H1} @ params['W2'] + params['b2'] + rng.normal(size=passed.activities[2].shape)) - passed.activities[2])",
        "sent up from below": f"further['W2'] = -0.1 * (n := rng.normal(size=(4, {H1}.shape[1]))).T @ np.tanh(n @ params['W2'])",
        "sent up from the input": f"further['W1'] = -0.1 * (n := rng.normal(size=(3, 9))).T @ np.tanh(n @ {W1})",
    }.items()
}  # fmt: skip

PASSES_CHEATS["an activity by noise, before the other"] = judged(
    "separate phases",
    "present",
    error="passed.activities[-1]",
    passed=f"(n := np.tanh((x @ {W1}) * (1 + 0.3 * rng.normal(size=(len(x), 13))))) is None or network.forward(params, x)",
    code=f"further['W1'] = x.T @ (n - {H1}) / len(x)",
)

PASSES_HONEST = {
    "an activity beside its thresholds": judged("separate phases", "removed", error="passed.activities[-1]", code=HELD.format(z=f"{DRIVE} - np.linspace(0, 1, {H1}.shape[1])")),
    "an activity beside a steeper one": judged("separate phases", "removed", error="passed.activities[-1]", code=HELD.format(z=f"2 * {DRIVE}")),
    "an activity beside one without its layer's mean": judged("separate phases", "removed", error="passed.activities[-1]", code=HELD.format(z=f"{DRIVE} - {DRIVE}.mean(axis=1, keepdims=True)")),
    "an activity beside plain noise": judged("separate phases", "removed", error="passed.activities[-1]", code=f"further['W1'] = x.T @ ({H1} - 0.3 * rng.normal(size={H1}.shape))"),
    "noise of each unit alone": judged("separate phases", "removed", error="passed.activities[-1]", code=HELD.format(z=f"{DRIVE} + rng.normal(size={H1}.shape[1])")),
    "an activity beside a cube of it": judged("separate phases", "removed", error="passed.activities[-1]", code=f"further['W1'] = x.T @ ({H1} ** 3 - {H1})"),
    "noise that is added to what is learned": judged("separate phases", "removed", error="passed.activities[-1]", code=f"further['W1'] = x.T @ {H1} + 0.1 * rng.normal(size={W1}.shape)"),
    "synapses that fail by chance": judged("separate phases", "removed", error="passed.activities[-1]", code=f"further['W1'] = x.T @ {H1} * (rng.random({W1}.shape) < 0.5)"),
    **{
        f"the same activity, {how}": sent(f"np.tanh({again} + params['b1'])", "removed")
        for how, again in {"turned about": f"({W1}.T @ x.T).T", "by einsum": f"np.einsum('bi,ij->bj', x, {W1})", "of weights the other way round": f"-(x @ (-{W1}))", "in single synapses": f"(x @ ({W1} * (np.arange(9) < 4)[:, None]) + x @ ({W1} * (np.arange(9) >= 4)[:, None]))"}.items()
    },
    "one activity by noisy weights alone": judged("separate phases", "removed", error="passed.activities[-1]", passed=f"network.forward(params := {{**params, 'W1': {W1} + {NOISE}}}, x)", code=f"further['W1'] = x.T @ {H1} / len(x)"),
    "a rate that alternates by Python": clocked(f"{COUNT}; s = 2.0 if k % 2 else 1.0", "removed"),
    "a rate that alternates by a list": clocked("s = (state or {}).get('s', [1.0, 2.0]); after['s'] = [s[1], s[0]]; s = s[0]", "removed"),
    "a rate that falls in an array": clocked("s = (state or {}).get('s', np.ones(1)); after['s'] = 0.9 * s", "removed"),
    "a mean of what was shown before": clocked("s = (state or {}).get('s', 1.0); after['s'] = 0.9 * s + 0.1 * x.mean()", "removed"),
    "a rate that falls by a count": clocked(f"{COUNT}; s = 0.9**k", "removed"),
    "a rate that falls and rises by a count": clocked(f"{COUNT}; s = 1.0 + 0.5 * (-1.0) ** k", "removed"),
    "a rate that is halved at every fourth presentation": clocked(f"{COUNT}; s = 0.5 ** (k // 4)", "removed"),
    "a rate that nothing changes": clocked("s = (state or {}).get('s', 1.0); after['s'] = s", "removed"),
    "a rate that falls to nothing by a count": clocked(f"{COUNT}; s = max(1.0 - 0.001 * k, 0.0)", "removed"),
    "a rate that a whole number sets": clocked("s = (state or {}).get('s', 3); after['s'] = s; s = 1.0 / s", "removed"),
    "a rate that a count in an object sets": clocked("k = state['o'].k if state else 0; after['o'] = type('Count', (), {})(); after['o'].k = k + 1; s = 0.9**k", "removed"),
    "a rate that a word sets": clocked("s = state['s'] if state else 'slow'; after['s'] = s; s = {'slow': 1.0, 'fast': 2.0}[s]", "removed"),
    "a rate that a hundredth presentation halves": clocked(f"{COUNT}; s = 0.5 ** (k // 100)", "removed"),
    "a rate of two paces by a long count": clocked(f"{COUNT}; s = 1.0 if k % 40 < 20 else 2.0", "removed"),
    "a rate by a count in slots": clocked("k = state['o'].k if state else 0; after['o'] = type('Count', (), {'__slots__': ('k',)})(); after['o'].k = k + 1; s = 0.9**k", "removed"),
    "a rate by a queue": clocked("s = state['q'] if state else __import__('collections').deque([1.0, 2.0]); after['q'] = s.copy(); after['q'].rotate(1); s = s[0]", "removed"),
    "a rate by alternating words": clocked("s = state['s'] if state else 'wake'; after['s'] = 'sleep' if s == 'wake' else 'wake'; s = 1.0 if s == 'wake' else 0.5", "removed"),
    "a rate by a count that stands still": clocked("k = (state or {}).get('k', 0); n = (state or {}).get('n', 0) + 0.25 * (layer == 2); after['n'] = n % 10; after['k'] = k + int(n >= 10); s = 1.0 if k % 2 else 2.0", "removed"),
    "a rate by a float that counts": clocked("k = (state or {}).get('k', 0.0); after['k'] = k + 1.0; s = 1 / (1 + k)", "removed"),
    "a word that nothing reads": clocked("after['s'] = 'kept'; s = 1.0", "removed"),
    "a count that nothing reads": clocked(f"{COUNT}; s = 1.0", "removed"),
    "a count beside a mean": clocked(f"{COUNT}; after['m'] = 0.9 * (state or {{}}).get('m', 1.0) + 0.1 * abs(x).mean(); s = (state or {{}}).get('m', 1.0)", "removed"),
    "a sign of what was shown before": clocked("s = (state or {}).get('s', 1.0); after['s'] = np.sign(x.sum())", "untraceable"),
    "a bias that is learned against": judged("separate phases", "removed", error="passed.activities[-1]", code=f"further['W1'] = -x.T @ ({H1} - np.tanh(params['b1']))"),
    "a number of each unit": judged("separate phases", "removed", error="passed.activities[-1]", code=f"further['W1'] = -x.T @ ({H1} - np.linspace(0, 1, {H1}.shape[1]))"),
    "an input that is joined by ones": judged("separate phases", "removed", error="passed.activities[-1]", code=f"further['W1'] = -np.ones_like(x).T @ {H1} - x.T @ np.ones_like({H1})"),
    "the same activity, by the same weights": sent(f"np.tanh(x @ {W1} + params['b1'])", "removed"),
    "the same activity, by larger weights": sent(f"np.tanh(x @ (2 * {W1}) / 2)", "removed"),
    "the same activity, in two parts": sent(f"np.tanh(x @ np.maximum({W1}, 0) + x @ np.minimum({W1}, 0))", "removed"),
    "the same activity, by parts of the weights that are drawn": sent(f"np.tanh(x @ ({W1} * mask) + x @ ({W1} * ~mask))", "removed", passed=f"(mask := rng.random({W1}.shape) < 0.5) is None or network.forward(params, x)"),
    "another activity that is told": judged("separate phases", "removed", error="y", passed="network.forward(params, x + 0 * y.sum(axis=1, keepdims=True))", code="further['W1'] = x.T @ passed.activities[1]"),
}  # fmt: skip
