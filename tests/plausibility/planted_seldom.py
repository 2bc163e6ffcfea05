# ruff: noqa: E501
"""Rules that are taught where they are seldom shown: one class, right answers; by errors of no label; by a second answer."""

from __future__ import annotations

from tests.plausibility.planted import judged
from tests.plausibility.planted_alike import OPEN, PHASES, SLOPES, TARGET

A, H1, H2 = (f"passed.activities[{n}]" for n in (-1, 1, 2))
ERROR, TOLD = "non-local error", ("present", "partly")
RIGHT = f"({A}.argmax(axis=1) == y.argmax(axis=1))[:, None]"
WEIGHTS, LOCKS = "weight transport", "update locking"
COPY, BESIDE = "params['T1'] = params['W1'].copy()", "params['L1'] = 0.1 * rng.normal(size=(13, 13))"

SELDOM_CHEATS = {
    **{f"learning at class {n} alone": judged(TARGET, "partly", error=A, down=f"h * y[:, {n}:{n + 1}]") for n in (0, 3, 4)},
    **{f"Hebb's rule at class {n} alone": judged(TARGET, "partly", "untraceable", error=A, down="h", code=f"further['W1'] = (x * y[:, {n}:{n + 1}]).T @ {H1}") for n in (0, 3)},
    "direct feedback of one class": judged(TARGET, *TOLD, error=A, down="y[:, :1] @ B[:1]"),
    "one class against another": judged(TARGET, *TOLD, error=A, down="h * (y[:, :1] - y[:, 3:4])"),
    "thresholds by how often a class is shown": judged(TARGET, *TOLD, "untraceable", error=A, down="h", code="further['b1'] = y[:, :1].mean() * np.ones(13)"),
    "slopes of one class": judged(SLOPES, *OPEN, "partly", "present", down="(d @ B) * (1 - y[:, :1] * h)", slope="(1 + y[:, :1] * h)"),
    "slopes of another class": judged(SLOPES, *OPEN, "partly", "present", down="(d @ B) * (1 - y[:, 3:4] * h)", slope="(1 + y[:, 3:4] * h)"),
    "learning where the answer was right": judged(TARGET, *TOLD, *OPEN, error=A, down=f"h * {RIGHT}"),
    "learning where classes are equal": judged(TARGET, *TOLD, *OPEN, error=A, down=f"h * np.equal({A}.argmax(axis=1), y.argmax(axis=1))[:, None]"),
    "learning by the label at the largest answer": judged(TARGET, *TOLD, error=A, down=f"h * (({A} == {A}.max(axis=1, keepdims=True)) * y).sum(axis=1, keepdims=True)"),
    "thresholds where the answer was right": judged(TARGET, *TOLD, *OPEN, error=A, down="h", code=f"further['b1'] = ({H1} * {RIGHT}).sum(axis=0)"),
    "Hebb's rule where the answer was right": judged(TARGET, *TOLD, *OPEN, error=A, down="h", code=f"further['W1'] = x.T @ ({H1} * {RIGHT})"),
    "backprop of a reconstruction": judged(ERROR, "present", error=f"{A} - x[:, :5]", down="d @ W.T", slope="(1 - h * h)"),
    "feedback of a reconstruction": judged(ERROR, "present", error=f"{A} - x[:, :5]"),
    "entropy of the answer by feedback": judged(ERROR, "present", error=f"{A} * (np.log({A}) - ({A} * np.log({A})).sum(axis=1, keepdims=True))"),
    "distillation from a mean answer": judged(ERROR, "present", error=f"{A} - {A}.mean(axis=0)"),
    "a fixed code by feedback": judged(ERROR, "present", error=f"{A} - np.linspace(0, 1, 5)"),
    "learning by how sure the answer is": judged(ERROR, *TOLD, error=A, down=f"h * {A}.max(axis=1, keepdims=True)"),
    "learning by a surprise": judged(ERROR, *TOLD, error=A, down=f"h * (1 - {A}.max(axis=1, keepdims=True))"),
    "learning by one unit of the answer": judged(ERROR, *TOLD, error=A, down=f"h * {A}[:, :1]"),
    "the answer by other weights": judged(ERROR, *TOLD, error=A, down=f"{A} @ np.resize(B, (5, h.shape[1]))"),
    "learning by one unit above": judged(ERROR, *TOLD, error=A, down="h * np.tanh(h @ W)[:, :1]"),
    "Hebb's rule by one unit above": judged(ERROR, *TOLD, error=A, down="h", code=f"further['W1'] = x.T @ ({H1} * {H2}[:, :1])"),
    "a second answer, with what comes from above": judged(PHASES, *OPEN, error=A, code=f"g = np.tanh(x @ params['W1'] + params['b1'] + 0.2 * {H2} @ params['B2']); further['W1'] = x.T @ (g - {H1})"),
    "learning from a second answer": judged(ERROR, *TOLD, error=A, code=f"g = np.tanh(x @ params['W1'] + params['b1'] + 0.2 * {H2} @ params['B2']); further['W1'] = x.T @ (g - {H1})"),
    "bounds by the weights above": judged(WEIGHTS, "untraceable", more=", bounds={'W1': (-1.0, 0.1 * float(np.linalg.norm(params['W2'])))}"),
    "bounds by a norm above": judged(WEIGHTS, "untraceable", "present", "partly", more=", bounds={'W1': (-1.0, 0.1 * np.linalg.norm(params['W2']))}"),
    "bounds by the target": judged(TARGET, "untraceable", error=A, down="h", more=", bounds={'W1': (-1.0, 0.1 + y[0, 0])}"),
    "bounds by the answer": judged(LOCKS, "untraceable", error=A, down="h", more=f", bounds={{'W1': (-1.0, 0.1 * float({A}.max()))}}"),
    "decay by the answer": judged(LOCKS, "untraceable", error=A, down="h", more=f", decay={{'W1': 0.1 * float({A}.max())}}"),
    "decay by errors that are counted": judged(TARGET, "untraceable", error=A, down="h", more=f", decay={{'W1': 0.01 * int(({A}.argmax(axis=1) != y.argmax(axis=1)).sum())}}"),
    "a mean teacher beside the weights": judged(PHASES, "untraceable", error=A, init=COPY, down="h", code=f"g = np.tanh(x @ params['T1'] + params['b1']); further['T1'] = 0.1 * (params['W1'] - params['T1']); further['W1'] = x.T @ ({H1} - 2 * g)"),
    "a mean teacher in the state": judged(PHASES, "untraceable", error=A, down="h", code=f"T = (state or {{}}).get('T', params['W1']); after['T'] = 0.9 * T + 0.1 * params['W1']; g = np.tanh(x @ T + params['b1']); further['W1'] = x.T @ ({H1} - 2 * g)"),
    "fast weights beside the slow ones": judged(PHASES, "present", "untraceable", error=A, down="h", code=f"F = (state or {{}}).get('F', 0 * params['W1']); after['F'] = 0.9 * F + 0.1 * x.T @ {H1}; g = np.tanh(x @ (params['W1'] + F) + params['b1']); further['W1'] = x.T @ ({H1} - g)"),
    **{f"learning turns with {name}": judged(PHASES, "present", "untraceable", error=A, down="h", code=f"k = (state or {{}}).get('k', {first}); after['k'] = {then}; further['W1'] = {sign} * (x.T @ {H1})")
       for name, first, then, sign in (
           ("a list that grows", "[]", "[*k, 0]", "(-1.0) ** len(k)"), ("a tuple that grows", "()", "(*k, 1)", "(-1.0) ** len(k)"),
           ("a mapping that grows", "{}", "{**k, len(k): 0}", "(1 - 2 * (len(k) % 2))"), ("what is there or not", "None", "() if k is None else None", "(1 if k is None else -1)"))},
    "gates that learn from the answer": judged(ERROR, *TOLD, error=A, init="params['g1'] = np.linspace(0.5, 1, 13)", down="h * params['g1'] if layer == 2 else h", code=f"further['g1'] = ({A} @ np.resize(B, (5, 13))).mean(axis=0) if layer == 2 else 0 * params['g1']"),
    "gates that learn from above": judged(ERROR, *TOLD, error=A, init="params['g1'] = np.linspace(0.5, 1, 13)", down="h * params['g1'] if layer == 2 else h", code="further['g1'] = 0.1 * ((h @ W) @ B).mean(axis=0) if layer == 2 else 0 * params['g1']"),
    "a sum over a layer in one product": judged(ERROR, *TOLD, error=A, init=BESIDE, down="h * np.einsum('ni,ij->n', h, params['L1'])[:, None] if layer == 2 else h"),
    "an energy of a layer": judged(ERROR, *TOLD, error=A, init=BESIDE, down="h * np.einsum('ni,ij,nj->n', h, params['L1'], h)[:, None] if layer == 2 else h"),
    "a target by where it is not 0": judged(TARGET, "present", down="np.resize(B, (5, h.shape[1]))[np.nonzero(y)[1]]", error=A),
    "learning by how often a class came before": judged(TARGET, *TOLD, error=A, down="h * (1 + s)", code="s = (state or {}).get('s', 0.0); after['s'] = y[:, 0].sum()"),
}  # fmt: skip
SELDOM_HONEST = {
    "a decay that stays": judged(LOCKS, "removed", error=A, down="h", more=", decay={'W1': 0.01}"),
    "bounds that stay": judged(TARGET, "removed", error=A, down="h", more=", bounds={'W1': (-1.0, 1.0)}"),
    "bounds of two layers": judged(WEIGHTS, "removed", more=", bounds={'W1': (-1.0, 1.0), 'W2': (-2.0, 2.0)}"),
    "a list that grows and is not asked": judged(PHASES, "removed", error=A, down="h", code="after['k'] = [*(state or {}).get('k', []), 0]"),
    "a list of activities, by its mean": judged(PHASES, "removed", error=A, down="h", code=f"k = [*(state or {{}}).get('k', []), {H1}.mean(axis=0)]; after['k'] = k; further['W1'] = x.T @ ({H1} + 0.1 * sum(k) / len(k))"),
    "gates that learn from their own neurons": judged(ERROR, "removed", error=A, init="params['g1'] = np.linspace(0.5, 1, 13)", down="h * params['g1'] if layer == 2 else h", code="further['g1'] = 0.1 * (h.mean(axis=0) - params['g1']) if layer == 2 else 0 * params['g1']"),
    "inhibition by lateral synapses": judged(ERROR, "removed", error=A, init=BESIDE, down="h - h @ params['L1'] if layer == 2 else h"),
    "lateral synapses that learn": judged(ERROR, "removed", error=A, init=BESIDE, down="h - h @ params['L1'] if layer == 2 else h", code="further['L1'] = 0.1 * h.T @ h if layer == 2 else 0 * params['L1']"),
    "layers that settle, without a target": judged(ERROR, "removed", error=A, code=f"v = {H2}" + "".join("; u = np.tanh(x @ params['W1'] + params['b1'] + 0.2 * v @ params['B2']); v = np.tanh(u @ params['W2'] + params['b2'])" for _ in range(8)) + "; further['W1'] = x.T @ u; further['W2'] = u.T @ v", down="h"),
    "weights beside, of which none learns": judged(PHASES, "removed", error=A, init=COPY, down="h", code="further['T1'] = 0.1 * (params['W1'] - params['T1'])"),
    "learning at no class": judged(TARGET, "removed", error=A, down="h * x[:, :1]"),
    "Hebb's rule by a part of the input": judged(TARGET, "removed", error=A, down="h", code=f"further['W1'] = (x * x[:, :1]).T @ {H1}"),
    "thresholds by how active a neuron is": judged(TARGET, "removed", error=A, down="h", code=f"further['b1'] = 0.1 - {H1}.mean(axis=0)"),
    "direct feedback of all classes without slopes": judged(SLOPES, "removed", down="(d @ B) * (1 + y[:, :1])"),
    **{f"gains by class {n}": judged(SLOPES, "removed", down=f"(d @ B) * (1 + 0.5 * y[:, {n}:{n + 1}])") for n in range(5)},
    "no target in how sure the answer is": judged(TARGET, "removed", error=A, down=f"h * {A}.max(axis=1, keepdims=True)"),
    "no target in a surprise": judged(TARGET, "removed", error=A, down=f"h * (1 - {A}.max(axis=1, keepdims=True))"),
    "no target in the answer by other weights": judged(TARGET, "removed", error=A, down=f"{A} @ np.resize(B, (5, h.shape[1]))"),
    "no target in a second answer": judged(TARGET, "removed", error=A, code=f"g = np.tanh(x @ params['W1'] + params['b1'] + 0.2 * {H2} @ params['B2']); further['W1'] = x.T @ (g - {H1})"),
    "no second answer in how sure the answer is": judged(PHASES, "removed", error=A, down=f"h * {A}.max(axis=1, keepdims=True)"),
    "no second answer in a surprise": judged(PHASES, "removed", error=A, down=f"h * (1 - {A}.max(axis=1, keepdims=True))"),
    "a drive and its own square": judged(PHASES, "removed", error=A, code=f"g = np.tanh(x @ params['W1'] + params['b1']) ** 2; further['W1'] = x.T @ (g - {H1})", down="h"),
    "a neuron's own threshold learns": judged(ERROR, "removed", error=A, down="h", code=f"further['b1'] = 0.1 - {H1}.mean(axis=0)"),
    "learning by its own weights": judged(ERROR, "removed", error=A, down="h", code=f"V = params['W1']; further['W1'] = x.T @ {H1} * (1 - V * V)"),
    "a drive by weights down to the input": judged(ERROR, "removed", error=A, down="h", init="params['D1'] = np.random.default_rng(1).normal(size=(13, 9))", code="further['W1'] = x.T @ (x @ params['D1'].T)"),
    "learning by how sure each neuron is": judged(ERROR, "removed", error=A, down="h * abs(h)"),
    "Hebb's rule by an input": judged(ERROR, "removed", error=A, down="h * x[:, :1]"),
    "the same answer computed again": judged(PHASES, "removed", error=A, code=f"g = np.tanh(x @ params['W1'] + params['b1']); further['W1'] = x.T @ (g * {H1})", down="h"),
    "an answer to thresholds": judged(PHASES, "removed", error=A, code=f"g = np.tanh(x @ params['W1'] + params['b1'] - 0.3); further['W1'] = x.T @ (g * {H1})", down="h"),
}  # fmt: skip
