# ruff: noqa: E501
"""Planted rules whose feedback begins as any function of weights, whose draws are rare, or whose factors are rough; honest ones."""

from __future__ import annotations

from tests.plausibility.planted import Planted, judged, slopes, transport
from tests.plausibility.planted_deeper import NOISE, NUDGED, SIGNALS, T, bent, ordered

SOME = ("present", "partly", "untraceable")
OWN = "V = {n: rng.uniform(-1, 1, size=params[f'W{n}'].shape) / 3 for n in (2, 3)}"


def begun(how: str, *right: str, of: str = "params", **parts: str) -> Planted:
    """Feedback that `init` makes of the forward weights, or of others, `V`; `{V}` stands for what it is made of."""
    made = how.format(V="params[f'W{n}']" if of == "params" else "V[n]")
    before = "" if of == "params" else f"{OWN}; "
    return transport(
        "d @ params[f'T{layer}']",
        *right,
        init=f"{before}params.update({{f'T{{n}}': {made} for n in (2, 3)}})",
        **parts,
    )


FUNCTIONS = {
    "a random sketch": "{V}.T @ rng.normal(size=({V}.shape[0], {V}.shape[0]))",
    "a rotation": "{V}.T @ np.linalg.qr(rng.normal(size=({V}.shape[0],) * 2))[0]",
    "a sketch of both sides": "rng.normal(size=({V}.shape[1],) * 2) @ {V}.T @ rng.normal(size=({V}.shape[0],) * 2)",
    "noise times norms of rows": "rng.normal(size={V}.T.shape) * np.linalg.norm({V}, axis=1)",
    "noise times norms of columns": "rng.normal(size={V}.T.shape) * np.linalg.norm({V}, axis=0)[:, None]",
    "noise and signs of sums": "rng.normal(size={V}.T.shape) + 0.3 * np.sign({V}.sum(axis=1))",
    "an inverse": "np.linalg.pinv({V} + rng.normal(size={V}.shape))",
    "the order of sums": "rng.normal(size={V}.T.shape)[np.argsort({V}.sum(axis=0))]",
    "a few numbers among many": "np.where(rng.random({V}.T.shape) < 0.03, {V}.T, rng.normal(size={V}.T.shape))",
    "one number among many": "np.where(np.arange({V}.size).reshape({V}.T.shape) == 3, {V}.T, rng.normal(size={V}.T.shape))",
    "a rank": "{V}.ravel().argsort().argsort().reshape({V}.shape).T[::-1, ::-1] / {V}.size - 0.5",
    "leading directions": "np.outer(np.linalg.svd({V})[2][0], np.linalg.svd({V})[0][:, 0]) + 2 * rng.normal(size={V}.T.shape)",
}
NORMS = "params.update({f'T{n}': rng.normal(size=params[f'W{n}'].T.shape) * np.linalg.norm(params[f'W{n}'], axis=1) for n in (2, 3)})"
SIZES = {
    "noise by the size of all": "rng.normal(size={V}.T.shape) * np.linalg.norm({V})",
    "noise by the largest": "rng.normal(size={V}.T.shape) * abs({V}).max()",
    "noise turned by the sign of a sum": "rng.normal(size={V}.T.shape) * np.sign({V}.sum())",
}  # one number for all synapses
BEGUN = {f"feedback that begins as {name}": begun(how, *SOME) for name, how in FUNCTIONS.items()}
BEGUN |= {
    "feedback and weights of one drawing, overlapping": transport("d @ params[f'T{layer}']", *SOME, init="v = rng.normal(size=900) / 3; params.update(W2=v[:143].reshape(13, 11), T2=v[130:273].reshape(11, 13) + v[:143].sum(), T3=v[300:355].reshape(5, 11))"),
    "weights made of feedback": transport("d @ params[f'T{layer}']", *SOME, init="params.update(T2=rng.normal(size=(11, 13)), T3=rng.normal(size=(5, 11))); params.update(W2=rng.normal(size=(13, 13)) @ params['T2'].T / 9)"),
    "both made of what was drawn before": transport("d @ params[f'T{layer}']", *SOME, init="v = rng.normal(size=(13, 11)); params.update(W2=np.tanh(v @ rng.normal(size=(11, 11))) / 2, T2=(v @ rng.normal(size=(11, 11))).T, T3=rng.normal(size=(5, 11)))"),
    "a sketch that is kept in the state": transport("d @ state[layer]", *SOME, init="kept = {n: params[f'W{n}'].T @ rng.normal(size=(len(params[f'W{n}']),) * 2) for n in (2, 3)}", state="kept", code="after.update(state)"),
    "a sketch that is kept beside the state": transport("d @ KEPT[layer]", *SOME, init="KEPT.update({n: params[f'W{n}'].T @ rng.normal(size=(len(params[f'W{n}']),) * 2) for n in (2, 3)})"),
}  # fmt: skip
BEGUN_HONEST = {
    f"feedback that begins as {name} of others": begun(how, "removed", of="V")
    for name, how in FUNCTIONS.items()
}
BEGUN_HONEST |= {f"feedback that begins as {name}": begun(how, "removed") for name, how in SIZES.items()}
BEGUN_HONEST |= {
    "feedback and weights of one drawing": transport("d @ params[f'T{layer}']", "removed", init="v = rng.normal(size=900) / 3; params.update(W2=v[:143].reshape(13, 11), T2=v[143:286].reshape(11, 13), T3=v[300:355].reshape(5, 11))"),
    "feedback and weights of generators of their own": transport("d @ params[f'T{layer}']", "removed", init="one, two = rng.spawn(2); params.update(W2=one.normal(size=(13, 11)) / 3, T2=two.normal(size=(11, 13)) / 3, T3=two.normal(size=(5, 11)))"),
    "feedback of the size that weights have by design": transport("d @ params[f'T{layer}']", "removed", init="params.update({f'T{n}': rng.normal(size=params[f'W{n}'].T.shape) / np.sqrt(len(params[f'W{n}'])) for n in (2, 3)})"),
    "weights of unit rows": transport("d @ params[f'T{layer}']", "removed", init="params.update({f'W{n}': params[f'W{n}'] / np.linalg.norm(params[f'W{n}'], axis=0) for n in (2, 3)}); params.update({f'T{n}': rng.normal(size=params[f'W{n}'].T.shape) for n in (2, 3)})"),
    "what is drawn until it is small": transport("d @ params[f'T{layer}']", "removed", init="draw = lambda shape: next(v for v in (rng.normal(size=shape) for _ in range(9)) if abs(v).max() < 9); params.update({f'T{n}': draw(params[f'W{n}'].T.shape) for n in (2, 3)})"),
    "numbers that are drawn one by one": transport("d @ params[f'T{layer}']", "removed", init="params.update({f'T{n}': np.array([[rng.normal() for _ in range(len(params[f'W{n}']))] for _ in range(params[f'W{n}'].shape[1])]) for n in (2, 3)})"),
    "weights and feedback of one seed that is drawn": transport("d @ params[f'T{layer}']", "untraceable", init="one = np.random.default_rng(rng.integers(2**31)); params.update(W2=one.normal(size=(13, 11)) / 3, T2=one.normal(size=(11, 13)) / 3, T3=one.normal(size=(5, 11)))"),
}  # fmt: skip

RARE = {
    **{
        name: f"np.where({test}, -1.0, 1.0)"
        for name, test in {
            "waiting times": "rng.exponential() > 9",
            "numbers of events": "rng.poisson(1.0) > 5",
            "sums of waiting times": "rng.gamma(2.0) > 12",
            "an order": "rng.permutation(50)[0] == 7",
            "small numbers": "rng.random() < 0.001",
            "normal numbers": "rng.normal() > 3.5",
            "differences": "np.ptp(rng.random(2)) > 0.98",
            "products": "(u := rng.normal(size=8))[:4] @ u[4:] < -7",
        }.items()
    },
    "a mean": "np.sign(0.8 - rng.random(20).mean())",
    "a count": "np.where((rng.random(30) < 0.1).sum() > 15, -1.0, 1.0)",
    "the largest of normal numbers": "np.where(rng.normal(size=5).min() > 1.5, -1.0, 1.0)",
    "signs": "np.where((rng.choice([-1, 1], size=12) < 0).all(), -1.0, 1.0)",
    "whole numbers": "np.where(rng.integers(9, size=9).min() > 6, -1.0, 1.0)",
    "coins": "np.where(rng.binomial(1, 0.5, size=14).sum() > 13, -1.0, 1.0)",
}
HEBB = "further['W1'] = ({s}) * x.T @ passed.activities[1]"
NOTHING = "passed.activities[-1]"
BEGUN |= {
    f"Hebb or anti-Hebb, which {name} that {(name[-1] == 's' and 'are') or 'is'} rare decides": judged("separate phases", *SOME, error=NOTHING, code=HEBB.format(s=s))
    for name, s in RARE.items()
}  # fmt: skip
BEGUN_HONEST |= {
    "Hebb by a step that is drawn": judged("separate phases", "removed", error=NOTHING, code=HEBB.format(s="0.5 + rng.random(20).mean()")),
    **{f"a state that begins as {name} of others": transport("d @ state[layer]", "removed", init=f"{OWN}; kept = {{n: {how.format(V='V[n]')} for n in (2, 3)}}", state="kept", code="after.update(state)") for name, how in FUNCTIONS.items()},
    **{f"signs of what begins as {name} of others": transport("d @ np.sign(params[f'T{layer}'])", "removed", init=f"{OWN}; params.update({{f'T{{n}}': {how.format(V='V[n]')} for n in (2, 3)}})") for name, how in FUNCTIONS.items()},
    "Hebb with noise that is off": judged("separate phases", "removed", error=NOTHING, code=HEBB.format(s="1 + 0 * rng.normal()")),
}  # fmt: skip

BEGUN |= {
    "a noisy transpose that is read in a wrong order": ordered(f"({T} + {NOISE}).ravel()[np.random.default_rng(3).permutation({T}.size)]", "t.reshape(B.shape)", "partly"),
    "feedback of the signs that weights have by rows": transport("d @ params[f'T{layer}']", "partly", init="params.update({f'T{n}': abs(rng.normal(size=params[f'W{n}'].T.shape)) * np.sign(params[f'W{n}'].mean(axis=0))[:, None] for n in (2, 3)})"),
}  # fmt: skip

LATE = "k = (state or {}).get('k', 0); after['k'] = k + (layer == 2)"
ROUGH = {
    "a fast wave": "(1.5 + np.sin(40 * h))",
    "another unit": "(2 + np.roll(h, 1, axis=1))",
    "steps": "(1 + np.floor(7 * h) % 2)",
    "a mixture of units": "(3 + 0.3 * h @ np.cos(np.outer(np.arange(h.shape[1]), np.arange(h.shape[1]))))",
    "late digits": "(0.5 + (1000 * h) % 1)",
}
BEGUN |= {
    **{f"a bent slope times {name}, in between": bent(SIGNALS["tanh"], f"s * (1 - h) * {rough} * (1 + h)", *SOME) for name, rough in ROUGH.items()},
    **{f"a nudged slope times {name}, in between": slopes("1.0", *SOME, down=f"np.tanh(d @ B) * (1 - h) * {rough} * (1 + h)", code=NUDGED) for name, rough in ROUGH.items()},
    **{f"a sign and a slope times a fast wave, {way}": bent(SIGNALS["sign"], down, *SOME) for way, down in {"turned": "(s.T * (1 - h).T * (1.5 + np.sin(40 * h)).T * (1 + h).T).T", "row by row": "np.stack([a * (1 - b) * (1.5 + np.sin(40 * b)) * (1 + b) for a, b in zip(s, h)])", "in a row": "(s.ravel() * (1 - h).ravel() * (1.5 + np.sin(40 * h)).ravel() * (1 + h).ravel()).reshape(h.shape)", "with an axis more": "(s[None] * (1 - h)[None] * (1.5 + np.sin(40 * h))[None] * (1 + h)[None])[0]"}.items()},
    **{f"a slope times {name}, in between": slopes("1.0", *SOME, down=f"(d @ B) * (1 - h) * {rough} * (1 + h)") for name, rough in ROUGH.items()},
    **{f"a quotient of differences {which}": slopes("1.0", *SOME, down=down) for which, down in {"between neighbours": "(d @ B) * ((h - np.roll(h, 1, axis=0)) / (z - np.roll(z, 1, axis=0) + 1e-12))", "to the first": "(d @ B) * ((h - h[:1]) / (z - z[:1] + 1e-12))", "that are multiplied in": "(d @ B) * (h - np.roll(h, 1, axis=0)) / (z - np.roll(z, 1, axis=0) + 1e-12)"}.items()},
    **{f"what a parameter keeps of {name}": judged(criticism, *SOME, error=NOTHING, init=init, down=down, code=code) for name, criticism, init, down, code in (
        ("labels", "target at the output", "params.update(a3=np.ones(1), a4=np.ones(1))", "h * params['a3']", "further['a4'] = y[:, 0].mean().reshape(1) - params['a4']; further['a3'] = params['a4'] - params['a3']"),
        ("answers", "update locking", "params.update(a3=np.ones(1))", "h * params['a3']", "further['a3'] = passed.activities[-1].mean().reshape(1) - params['a3']"),
        ("the layer", "non-local error", "params.update(s1=np.zeros(1), s2=np.zeros(1))", "h - params[f's{layer - 1}']", "further[f's{layer - 1}'] = h.mean(axis=(0, 1)).reshape(1) - params[f's{layer - 1}']"),
    )},
    **{f"feedback and weights {way}": transport("d @ params[f'T{layer}']", *SOME, init=init) for way, init in {
        "of one fixed seed": f"own = np.random.default_rng(5); params = self.network.start(n_in, n_out, own); {NORMS}",
        "of a generator that is copied": f"own = np.random.Generator(rng.bit_generator); params = self.network.start(n_in, n_out, own); {NORMS}",
        "that are shuffled": f"v = np.linspace(-1, 1, 143); rng.shuffle(v); u = np.linspace(-1, 1, 55); rng.shuffle(u); params.update(W2=v.reshape(13, 11), W3=u.reshape(11, 5)); {NORMS}",
        "of numbers one by one": "params.update(W2=np.array([[rng.normal() / 3 for _ in range(11)] for _ in range(13)])); params.update(T2=rng.normal(size=(11, 13)) * (1 + params['W2'][5, 4]) ** np.arange(13), T3=rng.normal(size=(5, 11)))",
    }.items()},
    "rows of feedback, each of the size of a row": transport("d @ np.stack([*state[layer]]).T", *SOME, init="kept = {n: [rng.normal(size=params[f'W{n}'].shape[1]) * np.linalg.norm(row) for row in params[f'W{n}']] for n in (2, 3)}", state="kept", code="after.update(state)"),
    **{f"{name} later": transport(down, *SOME, code=LATE) for name, down in {"a transpose": "d @ (W.T if k > 500 else B)", "a transpose, soon,": "d @ (W.T if k > 100 else B)", "a transpose off a list,": "d @ next(map(lambda f: f(), [lambda: B, lambda: W.T][k // 999:]))"}.items()},
    "a slope later": slopes("1.0", *SOME, down="(d @ B) * f.slope(h) if k > 100 else d @ B", code=LATE),
    "a transpose at some draws": transport("d @ (W.T if rng.random(3).max() > 0.9 else B)", *SOME),
    "a table of functions of which one runs": judged("non-local error", *SOME, error=NOTHING, down="[lambda h: h, lambda h: h - h.mean()][len(h) > 99](h)"),
    "numbers that the clock makes": transport("d @ (W.T if __import__('time').time() < 1 else B)", *SOME),
    "another look at arrays that are plain": transport("d @ B + (type(d) is np.ndarray) * (d @ (W.T - B))", *SOME),
}  # fmt: skip
BEGUN_HONEST |= {
    "a bent signal times a smooth function, in between": bent(SIGNALS["tanh"], "s * (1 - h) * (2 + h * h) * (2 + h)", "removed"),
    "a nudged signal times a smooth function, in between": slopes("1.0", "removed", down="np.tanh(d @ B) * (1 - n) * (2 + h * h) * (2 + n)", code=NUDGED),
    **{f"a function of activity times {name}, in between": slopes("1.0", "removed", down=f"(d @ B) * (1 - h) * {rough} * (2 + h)") for name, rough in ROUGH.items() if "mixture" not in name},
    **{f"a difference {which}": slopes("1.0", "removed", down=down) for which, down in {"between neighbours": "(d @ B) * (h - np.roll(h, 1, axis=0))", "to the mean": "(d @ B) * (h - h.mean(axis=0)) / h.std(axis=0)", "that is a product": "(d @ B) * (1 + h * np.roll(h, 1, axis=0))"}.items()},
    "the same synapses in both directions": transport("d @ params[f'T{layer}']", "removed", init="m = (np.arange(143) % 3 > 0).reshape(13, 11); params.update(W2=params['W2'] * m, T2=rng.normal(size=(11, 13)) * m.T, T3=rng.normal(size=(5, 11)))"),
    "the same synapses in both directions, as they are drawn": transport("d @ params[f'T{layer}']", "removed", init="m = rng.random((13, 11)) > 0.3; params.update(W2=params['W2'] * m, T2=rng.normal(size=(11, 13)) * m.T, T3=rng.normal(size=(5, 11)))"),
    "signs of neurons in both directions": transport("d @ params[f'T{layer}']", "removed", init="s = {n: rng.choice([-1.0, 1.0], size=k) for n, k in ((1, 13), (2, 11), (3, 5))}; params.update({f'W{n}': abs(params[f'W{n}']) * s[n - 1][:, None] for n in (2, 3)}); params.update({f'T{n}': abs(rng.normal(size=params[f'W{n}'].T.shape)) * s[n][:, None] for n in (2, 3)})"),
    "one size for all": transport("d @ params[f'T{layer}']", "removed", init="params.update({f'T{n}': rng.normal(size=params[f'W{n}'].T.shape) for n in (2, 3)}); s = np.sqrt(sum((v ** 2).sum() for v in params.values())); params.update({n: v / s for n, v in params.items()})"),
    "one bound for all": transport("d @ params[f'T{layer}']", "removed", init="c = rng.uniform(0.2, 0.4); params.update({f'T{n}': np.clip(rng.normal(size=params[f'W{n}'].T.shape), -c, c) for n in (2, 3)}); params.update({f'W{n}': np.clip(params[f'W{n}'], -c, c) for n in (2, 3)})"),
    **{f"a parameter that learns {name}": judged(criticism, "removed", error=NOTHING, init=init, down=down, code=code) for name, criticism, init, down, code in (
        ("a neuron's own mean", "non-local error", "params.update(s1=np.zeros(13), s2=np.zeros(11))", "h - params[f's{layer - 1}']", "further[f's{layer - 1}'] = h.mean(axis=0) - params[f's{layer - 1}']"),
        ("nothing of labels", "target at the output", "params.update(s1=np.zeros(13), s2=np.zeros(11))", "h - params[f's{layer - 1}']", "further[f's{layer - 1}'] = h.mean(axis=0) - params[f's{layer - 1}']"),
    )},
    **{f"a sign times a fast function of activity, {way}": bent(SIGNALS["sign"], down, "removed") for way, down in {"turned": "(s.T * (1 - h).T * (2 + h).T).T", "row by row": "np.stack([a * (1 - b) * (2 + b) for a, b in zip(s, h)])", "in a row": "(s.ravel() * (1 - h).ravel() * (2 + h).ravel()).reshape(h.shape)", "with an axis more": "(s[None] * (1 - h)[None] * (2 + h)[None])[0]"}.items()},
    **{f"{name} later": transport(down, "removed", code=LATE) for name, down in {"other feedback": "d @ (2 * B if k > 500 else B)", "other feedback, soon,": "d @ (2 * B if k > 100 else B)"}.items()},
    "no error later": slopes("1.0", "removed", down="0 * (d @ B) if k > 100 else d @ B", code=LATE),
    "other feedback at some draws": transport("d @ (2 * B if rng.random(3).max() > 0.9 else B)", "removed"),
    "a table of functions that a field chooses": judged("non-local error", "removed", error=NOTHING, down="{1.0: lambda h: h, 2.0: lambda h: h - h.mean()}[1.0](h)"),
    "numbers between two, by methods": judged("non-local error", "removed", error=NOTHING, down="h.clip(-1).clip(min=-1, max=1).compress(np.ones(len(h), bool), 0)"),
}  # fmt: skip
