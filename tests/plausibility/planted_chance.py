# ruff: noqa: E501
"""Planted rules that cheat by chance, by plain numbers in decisions, at a later presentation, or in biases; honest ones."""

from __future__ import annotations

from tests.plausibility.planted import Planted, judged, local, slopes, transport

X, W1, H1, ANSWER = "x", "params['W1']", "passed.activities[1]", "passed.activities[-1]"
SOME = ("present", "partly", "untraceable")
TURN = "further['W1'] = s * x.T @ " + H1
DREAM = "xs = rng.normal(size=x.shape); further['W1'] = -xs.T @ np.tanh(xs @ params['W1'])"


def phases(code: str, *right: str, **parts: str) -> Planted:
    """A rule without a target, by how often activity is sent up."""
    return judged("separate phases", *right, error=ANSWER, code=code, **parts)


def waits(down: str, *right: str, **parts: str) -> Planted:
    """A rule without a target, by what layers wait for."""
    return judged("update locking", *right, error=ANSWER, down=down, **parts)


def told(down: str, *right: str) -> Planted:
    """A rule that is told a label, or none."""
    return judged("target at the output", *right, error=ANSWER, down=down)


def drawn(how: str, *right: str) -> Planted:
    """Feedback that `init` makes of weights, or of others; `{W}` stands for what it is made of."""
    what = "params[f'W{n}'].T" if right != ("removed",) else "V[n]"
    others = (
        ""
        if right != ("removed",)
        else "V = {n: rng.uniform(-1, 1, size=params[f'W{n}'].T.shape) / 3 for n in (2, 3)}; "
    )
    return transport(
        "d @ params[f'T{layer}']",
        *right,
        init=f"{others}params.update({{f'T{{n}}': {how.format(W=what)} for n in (2, 3)}})",
    )


def held(before: str, *right: str) -> Planted:
    """What the state keeps for the next presentation; `{0}` stands for the activity of layer 1."""
    return phases(before, *right)


FAST = "fast = (state or {}).get('f', 0 * params['W1']); after['f'] = 0.5 * fast + 0.1 * x.T @ " + H1
SLOW = (
    "slow = (state or {}).get('f', params['W1'] * 1.0); after['f'] = 0.9 * slow + 0.1 * params['W1'] + 0.1 * x.T @ "
    + H1
)
CHANCES = {
    **{f"a transpose where {name}": transport(f"d @ (W.T if {chance} else B)", *SOME) for name, chance in {"a number is large": "rng.random() > 0.5", "a number is small": "rng.random() < 0.1", "a die falls so": "rng.integers(10) == 0", "a normal number is large": "rng.normal() > 2", "a number between two is large": "rng.uniform(0, 2) > 1.5", "one of two is chosen": "rng.choice([True, False])"}.items()},
    "feedback that is renewed by chance": transport("d @ B", *SOME, code="further[f'B{layer}'] = W.T - B if rng.integers(10) == 0 else 0 * B"),
    "a slope by chance": slopes("1.0", *SOME, down="(d @ B) * (1 - h * h) if rng.random() > 0.5 else d @ B"),
    "a mean of the layer by chance": local("h - h.mean(axis=1, keepdims=True) if rng.random() > 0.5 else h", *SOME),
    "a label by chance": told("h * y[:, :1] if rng.random() < 0.1 else h", *SOME),
    "an answer by chance": waits(f"h * {ANSWER}.sum() if rng.random() < 0.1 else h", *SOME),
    "a dream by chance": phases(f"further.update(((xs := rng.normal(size=x.shape)) is None) or {{'W1': -xs.T @ np.tanh(xs @ {W1})}}) if rng.random() < 0.05 else None", *SOME),
    **{f"Hebb or anti-Hebb by {name}": phases(f"s = {chance}; {TURN}", *SOME) for name, chance in {"a choice": "rng.choice([-1.0, 1.0])", "a normal number": "np.sign(rng.normal())", "a bit": "2.0 * rng.integers(2) - 1", "the first flag": "1.0 if shown.first else -1.0"}.items()},
    "Hebb or anti-Hebb by chance, example by example": phases(f"s = rng.choice([-1.0, 1.0], size=(len(x), 1)); further['W1'] = x.T @ (s * {H1})", *SOME),
    "Hebb or anti-Hebb by the place in a batch": phases(f"s = np.where(np.arange(len(x)) % 2, -1.0, 1.0)[:, None]; further['W1'] = x.T @ (s * {H1})", *SOME),
    **{f"a decision by {name}, taken out": waits(f"h if {number} else 0 * h", *SOME) for name, number in {"the largest answer": f"float({ANSWER}.max()) < 0.99", "answers of numpy's": f"np.asarray({ANSWER}).max() < 0.99", "a loss": f"float(({ANSWER} ** 2).sum()) < 100"}.items()},
    **{f"a decision by {name}, taken out": local(f"h if {number} else 0 * h", *SOME) for name, number in {"a sum over a layer": "float((h * h).sum()) < 100", "a count": "int((h > 0).sum()) < 100", "a norm of numpy's": "np.linalg.norm(np.asarray(h)) < 100"}.items()},
    "a decision by labels, taken out": told("h if float(y[:, 0].sum()) < 2 else 0 * h", *SOME),
    "a decision by a slope, taken out": slopes("1.0", *SOME, down="d @ B if float(f.slope(h).mean()) < 2 else 0 * h"),
    "weights that are fast": held(f"{FAST}; further['W1'] = x.T @ (np.tanh(x @ ({W1} + fast)) - {H1})", *SOME),
    "weights that are slow": held(f"{SLOW}; further['W1'] = x.T @ (np.tanh(x @ slow) - {H1})", *SOME),
    "what was shown before, once more": held(f"p = (state or {{}}).get('x', x); after['x'] = x * 1.0; further['W1'] = x.T @ {H1} - p.T @ np.tanh(p @ {W1} + params['b1'])", *SOME),
    "a mixture with what was shown before": held(f"p = (x + (state or {{}}).get('x', x)) / 2; after['x'] = x * 1.0; further['W1'] = x.T @ {H1} - p.T @ np.tanh(p @ {W1})", *SOME),
    "a slope in biases alone": slopes("1.0", *SOME, code="further[f'b{layer - 1}'] = -((d @ B) * f.slope(h)).mean(axis=0)"),
    "a slope in feedback alone": slopes("1.0", *SOME, code="further[f'B{layer}'] = -0.1 * (d.T @ (h * (1 - h * h))) / len(d)"),
    "a threshold by the mean of the layer": judged("non-local error", *SOME, error=ANSWER, code="further[f'b{layer - 1}'] = (h - h.mean(axis=1, keepdims=True)).mean(axis=0)"),
    **{f"feedback that begins as {name}": drawn(how, "partly", "present") for name, how in {"a mask of large weights": "(abs({W}) > 0.2) * 1.0", "a mask of signs": "({W} > 0) * 1.0", "others where weights are large": "rng.normal(size={W}.shape) * (abs({W}) > 0.15)", "weights with much noise": "{W} + {W}.std() * rng.normal(size={W}.shape)"}.items()},
}  # fmt: skip

CHANCES |= {
    "a transpose by many drawn numbers": transport("d @ (W.T if (rng.random(9) < 0.1).all() else B)", "untraceable"),
    "a transpose at the thousandth presentation": transport("d @ (W.T if k == 999 else B)", "untraceable", code="k = (state or {}).get('k', 0); after['k'] = k + (layer == 2)"),
    "a transpose in batches of seven": transport("d @ (W.T if len(d) == 7 else B)", "untraceable"),
    "a slope where a unit is silent": slopes("1.0", "untraceable", down="(d @ B) * (1 - h * h) if (abs(h) < 1e-9).all() else d @ B"),
    "a dream at night": phases(f"k = (state or {{}}).get('k', 0); after['k'] = (k + (layer == 2)) % 10**6; xs = rng.normal(size=x.shape) if k == 4711 else x; further['W1'] = x.T @ {H1} - 0.1 * xs.T @ np.tanh(xs @ {W1} + params['b1'])", "untraceable", "present"),
}  # fmt: skip

CHANCES_HONEST = {
    "feedback, doubled at every other presentation": transport("d @ (B if k % 2 else 2 * B)", "removed", code="k = (state or {}).get('k', 0); after['k'] = k + (layer == 2)"),
    "feedback times a number of the layer": transport("d @ B * (1 if layer > 2 else 2)", "removed"),
    "an activity by the layer": slopes("1.0", "removed", down="(d @ B) * (2 - h) if layer > 2 else d @ B"),
    "a unit's own number by the layer": local("h - 0.1 if layer > 2 else h", "removed"),
    "feedback by the layer": transport("d @ B if layer > 2 else 2 * d @ B", "removed"),
    "feedback as an option has it": transport("d @ (B if self.network.depth > 1 else W.T)", "removed"),
    **{f"feedback where {name}": transport(f"d @ (B if {chance} else 2 * B)", "removed") for name, chance in {"a number is large": "rng.random() > 0.5", "a die falls so": "rng.integers(10) == 0", "a normal number is large": "rng.normal() > 2", "one of two is chosen": "rng.choice([True, False])"}.items()},
    **{f"an activity where {name}": slopes("1.0", "removed", down=f"(d @ B) * (2 - h) if {chance} else d @ B") for name, chance in {"a die falls so": "rng.integers(10) == 0", "a normal number is large": "rng.normal() > 2", "a number between two is large": "rng.uniform(0, 2) > 1.5"}.items()},
    **{f"a unit's own number where {name}": local(f"h - 0.1 if {chance} else h", "removed") for name, chance in {"a die falls so": "rng.integers(10) == 0", "one of two is chosen": "rng.choice([True, False])"}.items()},
    **{f"what was shown before, {name}": held(f"p = (state or {{}}).get('x', x); after['x'] = {kept}; further['W1'] = x.T @ {H1}", "removed") for name, kept in {"kept and not sent": "x * 1.0", "its mean": "x.mean(axis=0)", "its size": "abs(x).max()"}.items()},
    "a synapse's own change, rounded by chance": judged("non-local error", "removed", error=ANSWER, down="h", code=f"g = x.T @ {H1}; further['W1'] = np.floor(8 * g + rng.random(g.shape)) / 8"),
    "units that are perturbed one by one": phases(f"further['W1'] = x.T @ {H1} + 0 * (np.eye(13)[:3] @ params['W2']).sum()", "removed"),
    "an activity by chance": slopes("1.0", "removed", down="(d @ B) * (2 - h) if rng.random() > 0.5 else d @ B"),
    "a unit's own number by chance": local("h - 0.1 if rng.random() > 0.5 else h", "removed"),
    "an activity that is told by chance": told("h * 2 if rng.random() < 0.1 else h", "removed"),
    "a rate by chance": waits("h * 2 if rng.random() < 0.1 else h", "removed"),
    "the same activity once more by chance": phases(f"further['W1'] = x.T @ ({H1} if rng.random() < 0.5 else 2 * {H1})", "removed"),
    **{f"a rate by {name}": phases(f"s = {chance}; {TURN}", "removed") for name, chance in {"a choice": "rng.choice([0.5, 1.0])", "a size of a normal number": "abs(rng.normal())", "a coin": "1.0 + rng.integers(2)", "the first flag": "1.0 if shown.first else 0.5"}.items()},
    "rates by chance, example by example": phases(f"s = rng.choice([0.5, 1.0], size=(len(x), 1)); further['W1'] = x.T @ (s * {H1})", "removed"),
    "a decision by a constant": waits("h if float(np.cos(1.0)) < 0.99 else 0 * h", "removed"),
    "a decision by what the rule has drawn": local("h if float(rng.normal()) < 100 else 0 * h", "untraceable"),
    "a trace of inputs": held(f"p = (state or {{}}).get('x', 0.0); after['x'] = 0.5 * p + x.mean(axis=0); further['W1'] = x.T @ {H1}", "removed"),
    "a threshold by a unit's own mean": judged("non-local error", "removed", error=ANSWER, down="h", code="further[f'b{layer - 1}'] = h.mean(axis=0)"),
    "an activity in biases alone": slopes("1.0", "removed", code="further[f'b{layer - 1}'] = -((d @ B) * (2 - h)).mean(axis=0)"),
    "an activity in feedback alone": slopes("1.0", "removed", code="further[f'B{layer}'] = -0.1 * (d.T @ (h * (2 - h))) / len(d)"),
    **{f"a synapse's own change, {name}": judged("non-local error", "removed", error=ANSWER, down="h", code=f"g = x.T @ {H1}; further['W1'] = {change}") for name, change in {"rounded": "np.round(8 * g) / 8", "by its sign": "np.sign(g)", "by its size": "g / (0.1 + abs(g))", "within soft bounds": f"np.where(g > 0, (1 - {W1}) * g, (1 + {W1}) * g)"}.items()},
    **{f"feedback that begins as {name}, of others": drawn(how, "removed") for name, how in {"a mask of large weights": "(abs({W}) > 0.2) * 1.0", "a mask of signs": "({W} > 0) * 1.0", "others where weights are large": "rng.normal(size={W}.shape) * (abs({W}) > 0.15)", "weights with much noise": "{W} + {W}.std() * rng.normal(size={W}.shape)"}.items()},
}  # fmt: skip
