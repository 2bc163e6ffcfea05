# ruff: noqa: E501
"""Planted rules whose slopes, copies and decisions lie deeper: bent signals, few units, disorder, one unit for all.

In `TOLD` the label is an input, so that the activity of all layers follows the target.
"""

from __future__ import annotations

from tests.plausibility.planted import Planted, local, slopes, transport

TOLD = "network.forward(params, x + y @ np.resize([0.3, -0.2, 0.5], (y.shape[1], x.shape[1])))"
GRID = "globals()['GRID'] = np.linspace(-9, 9, 9001)"
OFF = "np.interp(z, GRID, 1 - np.tanh(GRID) ** 2)"
NUDGED = "n = f.value(z + 0.5 * np.tanh(d @ B)); further[f'W{layer}'] = -(n.T @ (n @ W)) / len(n)"
FOUND, OPEN = ("present", "partly"), ("present", "partly", "untraceable")
T = "params[f'W{n}'].T"
NOISE = f"0.2 * {T}.std() * rng.normal(size={T}.shape)"
RANDOM = f"rng.uniform(-1, 1, {T}.shape) * abs({T}).max()"


def bent(signal: str, factor: str, *right: str, **parts: str) -> Planted:
    """A bent signal `s` times a factor, where the activity of the layer follows the target."""
    code = f"s = {signal}; {parts.pop('code', 'pass')}"
    return slopes("1.0", *right, **{"passed": TOLD, "down": factor, "code": code, **parts})


def few(units: str, one: str, other: str, *right: str) -> Planted:
    """Two factors of some units of a layer."""
    return slopes(
        "1.0",
        *right,
        down=f"(d @ B) * np.where(FEW, {one}, 1) * np.where(FEW, {other}, 1)",
        code=f"FEW = np.isin(np.arange(h.shape[1]), {units})",
    )


def ordered(kept: str, read: str, *right: str, more: str = "{}") -> Planted:
    """Feedback of `init` that lies in the state in another order, and is read in its own."""
    state = f"({{f'T{{n}}': ({kept}) for n in (2, 3)}} | {more})"
    return transport(f"d @ ({read})", *right, state=state, code="after.update(state); t = state[f'T{layer}']")


def deciding(down: str, *right: str) -> Planted:
    """A rule whose Python decides, judged by what is local."""
    return local(down, *right)


SIGNALS = {
    "tanh": "np.tanh(d @ B)",
    "sign": "np.sign(d @ B)",
    "clipped signal": "np.clip(d @ B, -0.05, 0.05)",
}
TWO = {"in two products": "s * (1 - h) * (1 + h)", "by what it lacks": "s - h * h * s", "off a table": f"s * {OFF}",
       "of exponentials": "4 * s * np.exp(-2 * z) * (1 + np.exp(-2 * z)) ** -2.0"}  # fmt: skip
ORDERS = {  # how feedback in the state is put into another order, and how it is read
    "backwards": ("({0}).ravel()[::-1].copy()", "t[::-1].reshape(B.shape)"),
    "with its rows backwards": ("({0})[::-1].copy()", "t[::-1]"),
    "rolled": ("np.roll({0}, (2, 3), (0, 1))", "np.roll(t, (-2, -3), (0, 1))"),
    "by a fixed permutation": ("({0}).ravel()[np.random.default_rng(3).permutation({1}.size)]", "t[np.argsort(np.random.default_rng(3).permutation(B.size))].reshape(B.shape)"),
}  # fmt: skip
FACTORS = {
    "2 + h": "(2 + h)",
    "h": "h",
    "a fraction": "1 / (1 + h * h)",
    "an exponential": "np.exp(h)",
    "a wave": "(1.5 + np.sin(3 * h))",
}

PLAIN = {
    "plain numbers": "rng.normal(size=h.shape)",
    "numbers of units": "np.linspace(1, 2, h.shape[1])",
    "numbers of examples": "np.linspace(1, 2, len(h))[:, None]",
    "numbers of both": "(np.linspace(1, 2, len(h))[:, None] * np.linspace(1, 3, h.shape[1]))",
    "the layer's own number": "0.3",
}
DEEPER_CHEATS = {
    **{f"a {bend} times a slope times {name}": bent(SIGNALS[bend], f"s * (1 - h) * {factor} * (1 + h)", *FOUND) for bend in ("tanh", "sign") for name, factor in FACTORS.items()},
    "a clipped signal times a slope times 2 + h": bent(SIGNALS["clipped signal"], "s * (1 - h) * (2 + h) * (1 + h)", *FOUND),
    **{f"a sign times a slope that {name} multiply": bent(SIGNALS["sign"], f"s * ((1 - h) * {plain} * (1 + h))", *FOUND) for name, plain in PLAIN.items()},
    **{f"a {bend} times a slope {way}": bent(signal, factor, *FOUND, init=GRID) for bend, signal in SIGNALS.items() for way, factor in TWO.items()},
    "a tanh times a slope, example by example": bent("np.tanh(d @ B)", "np.stack([s[n] * (1 - h[n]) * (1 + h[n]) for n in range(len(s))])", *FOUND),
    "a tanh times a slope, unit by unit": bent("np.tanh(d @ B)", "np.stack([s[:, i] * (1 - h[:, i]) * (1 + h[:, i]) for i in range(h.shape[1])], 1)", *OPEN),
    **{f"a tanh times a slope, {how}": bent("np.tanh(d @ B)", "out", *FOUND, code=f"out = np.zeros_like(s); [out.__setitem__({at}, s[{at}] * (1 - h[{at}]) * (1 + h[{at}])) for {each}]") for how, at, each in (("row by row in place", "n", "n in range(len(s))"), ("column by column in place", "(slice(None), i)", "i in range(s.shape[1])"))},
    "a slope of the presentation before": slopes("1.0", *FOUND, down="(d @ B) * (1 - before) * (1 + before)", code="before = (state or {}).get(layer, h); after[layer] = h * 1.0"),
    "a slope of what is nudged": slopes("1.0", *FOUND, down="np.tanh(d @ B) * (1 - n) * (1 + n)", code=NUDGED),
    "a slope of what is not nudged": slopes("1.0", *FOUND, down="np.tanh(d @ B) * (1 - h) * (1 + h)", code=NUDGED),
    **{f"a slope times {name}": slopes("1.0", *FOUND, down=f"(d @ B) * (1 - h) * {factor} * (1 + h)") for name, factor in FACTORS.items()},
    "a slope off a table times 2 + h": slopes("1.0", *FOUND, down=f"(d @ B) * {OFF} * (2 + h)", init=GRID),
    "a slope of a bent signal times 2 + h": slopes("1.0", *OPEN, down="np.tanh(d @ B) * (1 - h) * (1 + h) * (2 + h)"),
    "a bent signal times a slope times 2 + h": bent("(d @ B) / (1 + abs(d @ B))", "s * (1 - h) * (2 + h) * (1 + h)", *FOUND),
    "signs of what a noisy transpose sends, backwards": transport("np.sign(d @ state[f'T{layer}'][::-1])", *FOUND, state=f"({{f'T{{n}}': ({T} + {NOISE})[::-1].copy() for n in (2, 3)}})", code="after.update(state)"),
    "a slope of the step before, in a sequence": Planted("exact derivatives", FOUND, {"signal": "error @ B * (1 - before) * (1 + before)"}),
    "a slope times 2 + h, in a sequence": Planted("exact derivatives", FOUND, {"signal": "error @ B * (1 - h) * (2 + h) * (1 + h)"}),
    **{f"a slope of {name}": few(units, "1 - h", "1 + h", *FOUND) for name, units in {"one unit": "[2]", "another unit": "[7]", "two units": "[1, 4]", "three units": "[0, 5, 9]"}.items()},
    "a slope of one unit, by Python": slopes("1.0", *FOUND, down="np.stack([np.stack([u * (1 - h[n, 3]) * (1 + h[n, 3]) if i == 3 else u for i, u in enumerate(row)]) for n, row in enumerate(d @ B)])"),
    **{f"a noisy transpose, {name}": ordered(kept.format(f"{T} + {NOISE}", T), read, *OPEN) for name, (kept, read) in ORDERS.items()},
    "a noisy transpose, by a permutation that is drawn": ordered(f"({T} + {NOISE}).ravel()[np.random.default_rng({T}.size).permutation({T}.size)]", "t[np.argsort(state[f'P{layer}'])].reshape(B.shape)", *OPEN, more=f"{{f'P{{n}}': np.random.default_rng({T}.size).permutation({T}.size) for n in (2, 3)}}"),
    "a noisy transpose, cubed": ordered(f"({T} + {NOISE}) ** 3", "np.cbrt(t)", *OPEN),
    "a noisy transpose among others": ordered(f"np.stack([({T} + {NOISE}), {RANDOM}], 2)[:, ::-1]", "t[:, ::-1, 0]", *OPEN),
    **{
        f"a decision by {name}": local(f"np.stack([v if {told} else -v for v in h])", *OPEN)
        for name, told in {
            "one unit": "v[0] > 0", "a large activity of one unit": "v[1] > 0.9", "a small activity of one unit": "abs(v[3]) < 0.15",
            "the last unit": "not v[-1] > 0.5", "two units": "v[2] > 0 and v[4] < 0", "a unit of another example": "h[0, 2] > 0", "a count": "sum(bool(u > 0) for u in v) > 6",
            "the integer of a unit": "int(3 * v[2]) == 0", "a rounded unit": "round(float(v[5])) == 0",
        }.items()
    },
}  # fmt: skip

DEEPER_HONEST = {
    **{f"a {bend} times an activity times {name}": bent(SIGNALS[bend], f"s * (2 - h) * {factor} * (1 + h)", "removed") for bend in ("tanh", "sign") for name, factor in FACTORS.items()},
    **{f"a sign times {name} times an activity": bent(SIGNALS["sign"], f"s * ((2 - h) * {plain} * (1 + h))", "removed") for name, plain in PLAIN.items()},
    **{f"a {bend} times an activity {way}": bent(signal, factor, "removed") for bend, signal in SIGNALS.items() for way, factor in {"in two products": "s * (1 - h) * (2 + h)", "by what it adds": "s + h * h * s", "alone": "s"}.items()},
    "a bent signal times activities times 2 + h": bent("(d @ B) / (1 + abs(d @ B))", "s * (3 - h) * (2 + h) * (1 + h)", "removed"),
    "signs of what noisy feedback sends, backwards": transport("np.sign(d @ state[f'T{layer}'][::-1])", "removed", state=f"({{f'T{{n}}': ({RANDOM})[::-1].copy() for n in (2, 3)}})", code="after.update(state)"),
    "activity of the step before, in a sequence": Planted("exact derivatives", ("removed",), {"signal": "error @ B * (1 - before) * (2 + before)"}),
    "an activity off a table": bent("np.tanh(d @ B)", "s * np.interp(z, GRID, np.tanh(GRID))", "removed", init=GRID),
    "activity of the presentation before": slopes("1.0", "removed", down="(d @ B) * (1 - before) * (2 + before)", code="before = (state or {}).get(layer, h); after[layer] = h * 1.0"),
    "what is nudged": slopes("1.0", "removed", down="np.tanh(d @ B) * (1 - n) * (2 + n)", code=NUDGED),
    **{f"a function of activity times {name}": slopes("1.0", "removed", down=f"(d @ B) * (2 - h) * {factor} * (1 + h)") for name, factor in FACTORS.items()},
    **{f"an activity of {name}": few(units, "1 - h", "2 + h", "removed") for name, units in {"one unit": "[2]", "another unit": "[7]", "two units": "[1, 4]", "three units": "[0, 5, 9]"}.items()},
    **{f"noisy feedback, {name}": ordered(kept.format(RANDOM, T), read, "removed") for name, (kept, read) in ORDERS.items()},
    "noisy feedback, cubed": ordered(f"({RANDOM}) ** 3", "np.cbrt(t)", "removed"),
    **{
        f"a decision by each unit: {name}": local(f"np.stack([np.stack([u if {told} else -u for u in v]) for v in h])", "removed")
        for name, told in {"its sign": "u > 0", "a large activity": "u > 0.9", "a small activity": "abs(u) < 0.15", "two": "u > 0 and not u < 0.3"}.items()
    },
}  # fmt: skip
