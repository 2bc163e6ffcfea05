# ruff: noqa: E501
"""Rules that cheat in known ways, and honest ones that look alike: what each computes, and what an audit has to say.

Each is one template with an expression in it: how an error `d`, (batch, n_l), comes down from a layer with the forward
weights `W`, (n_{l-1}, n_l), and random feedback `B`, (n_l, n_{l-1}), to the layer below, whose activity is `h`.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

TEMPLATE = '''
from dataclasses import dataclass

import numpy as np

from plausible.core import Step
from plausible.networks.inits import Uniform
from plausible.rules.layered import Feedforward

KEPT = {{}}


@dataclass(frozen=True)
class Planted(Feedforward):
    """A planted rule."""

    def init(self, n_in, n_out, rng):
        params = self.network.start(n_in, n_out, rng)
        {init}
        return params | self.network.feedback(Uniform(), params, rng), {state}

    def update(self, params, state, shown, rng):
        network, f, x, y = self.network, self.network.activation, shown.x, shown.y
        passed = {passed}
        error = {error}
        signals, further, after = [error], {{}}, {{}}
        for layer in range(network.depth, 1, -1):
            W, B, b, d = params[f"W{{layer}}"], params[f"B{{layer}}"], params[f"b{{layer}}"], signals[0]
            h, below = passed.activities[layer - 1], passed.activities[layer - 2]
            z = below @ params[f"W{{layer - 1}}"] + params[f"b{{layer - 1}}"]
            {code}
            signals.insert(0, ({down}) * {slope})
        return Step(network.updates(passed, signals, y) | further, after or None{more})
'''
SEQUENCES = '''
from dataclasses import dataclass

import numpy as np

from plausible.rules.recurrent import Recurrent


@dataclass(frozen=True)
class Planted(Recurrent):
    """A planted rule for sequences: error is (time, batch, n_out), h the activity of each step."""

    def init(self, n_in, n_out, rng):
        params = self.network.start(n_in, n_out, rng)
        return params | {{"B2": rng.normal(size=params["W2"].T.shape)}}, None

    def signal(self, params, passed, error):
        h, before, B = passed.after, passed.before, params["B2"]
        return {signal}
'''
DEFAULTS = {
    "passed": "network.forward(params, x)",
    "error": "network.output.error(passed.activities[-1], y)",
    "down": "d @ B",
    "slope": "1.0",
    "code": "pass",
    "init": "pass",
    "state": "None",
    "more": "",
}


class Planted(NamedTuple):
    """A planted rule: its expressions, and the verdicts on one criticism that are right."""

    criticism: str
    right: tuple[str, ...]
    parts: dict[str, str]


def transport(down: str, *right: str, **parts: str) -> Planted:
    """A rule that is judged by weight transport."""
    return Planted("weight transport", right or ("present",), {"down": down, **parts})


def slopes(slope: str, *right: str, **parts: str) -> Planted:
    """A rule that is judged by exact derivatives."""
    return Planted("exact derivatives", right, {"slope": slope, **parts})


def stored(signal: str, *right: str) -> Planted:
    """A rule for sequences that is judged by storage in time."""
    return Planted("storage in time", right, {"signal": signal})


def local(down: str, *right: str) -> Planted:
    """A rule without a target whose synapses are judged by whether what they read is local."""
    return Planted("non-local error", right, {"down": down})


def judged(criticism: str, *right: str, **parts: str) -> Planted:
    """A rule that is judged by another criticism."""
    return Planted(criticism, right, parts)


SEEN = ("present", "untraceable")  # of what takes numbers out of arrays
ROWS = "np.array([[float(W[i, j]) for j in range(W.shape[1])] for i in range(W.shape[0])])"
PERMUTED = "order = np.random.default_rng(3).permutation(W.shape[1])"

CHEATS = {
    "the transpose": transport("d @ W.T"),
    "einsum": transport("np.einsum('bj,ij->bi', d, W)"),
    "einsum with dots": transport("np.einsum('...j,ij->...i', d, W)"),
    "einsum over three": transport("np.einsum('bj,ij,i->bi', d, W, np.ones(W.shape[0]))"),
    "tensordot": transport("np.tensordot(d, W, axes=([1], [1]))"),
    "inner": transport("np.inner(d, W)"),
    "dot": transport("d.dot(W.T)"),
    "the other order": transport("(W @ d.T).T"),
    "a reshape": transport("d @ W.reshape(-1).reshape(W.shape).T"),
    "a flat index": transport("d @ np.take(W.ravel(), np.arange(W.size).reshape(W.shape)).T"),
    "swapped axes": transport("d @ np.swapaxes(W, 0, 1)"),
    "moved axes": transport("d @ np.moveaxis(W, 0, 1)"),
    "broadcasting": transport("(d[:, None, :] * W[None]).sum(axis=-1)"),
    "a loop over synapses": transport("sum(d[:, j : j + 1] * W[:, j] for j in range(W.shape[1]))"),
    "a loop over units": transport("np.stack([(d * W[i]).sum(axis=1) for i in range(W.shape[0])], axis=1)"),
    "a permutation": transport("d[:, order] @ W[:, order].T", code=PERMUTED),
    "a pseudo-inverse": transport("d @ np.linalg.pinv(W)"),
    "least squares": transport("np.linalg.lstsq(W.T, d.T, rcond=None)[0].T"),
    "singular vectors": transport("d @ (u * s @ v).T", code="u, s, v = np.linalg.svd(W, full_matrices=False)"),
    "a norm": transport("d @ B * np.linalg.norm(W)"),
    "a mean": transport("d @ B * W.mean()"),
    "complex numbers": transport("(d @ (W + 0j).T).real"),
    "a stack": transport("d @ np.concatenate([W, b[None]])[: W.shape[0]].T"),
    "a split": transport("sum(p @ w.T for p, w in zip(np.split(d, [2], axis=1), np.split(W, [2], axis=1)))"),
    "where": transport("d @ np.where(W > 0, W, W).T"),
    "an output array": transport("d @ copy.T", code="copy = np.empty_like(W); np.multiply(W, 1.0, out=copy)"),
    "a copy by index": transport("d @ copy.T", code="copy = np.zeros_like(W); copy[...] = W"),
    "a copy by view": transport("d @ copy.T", code="copy = np.zeros_like(W); rows = copy[:]; rows += W"),
    "copyto": transport("d @ copy.T", code="copy = np.zeros_like(W); np.copyto(copy, W)"),
    "running sums": transport("d @ np.diff(np.cumsum(W, axis=1), axis=1, prepend=0).T"),
    "a part of the feedback": transport("d @ (B + 0.01 * W.T)"),
    "an array of numpy's": transport("d @ np.asarray(W).T", *SEEN),
    "float()": transport(f"d @ {ROWS}.T", *SEEN),
    "tolist()": transport("d @ np.array(W.tolist()).T", *SEEN),
    "item()": transport("d @ np.array([[w.item() for w in row] for row in W]).T", *SEEN),
    "a copy from last time": transport(
        "d @ before", *SEEN, code="before = KEPT.get(layer, B); KEPT[layer] = W.T.copy()"
    ),
    "a plain copy from last time": transport(
        "d @ before", *SEEN, code="before = KEPT.get(layer, np.asarray(B)); KEPT[layer] = np.asarray(W).T.copy()"
    ),
    "weights kept by init": transport("d @ KEPT['params'][f'W{layer}'].T", *SEEN, init="KEPT['params'] = params"),
    "weights kept by init, among honest leaks": transport(
        "d @ KEPT['params'][f'W{layer}'].T * float(abs(h).max())", *SEEN, init="KEPT['params'] = params"
    ),
    "half of the weights kept by init": transport(
        "d @ (KEPT['params'][f'W{layer}'] / 2).T * float(abs(h).max())", *SEEN, init="KEPT['params'] = params"
    ),
    "signs by decisions": transport(
        "d @ np.array([[1.0 if w > 0 else -1.0 for w in row] for row in W]).T", "partly", "untraceable"
    ),
    "bytes": transport("d @ np.frombuffer(W.tobytes()).reshape(W.shape).T", *SEEN),
    "a view of numpy's": transport("d @ W.view(np.ndarray).T", *SEEN),
    "a function of one row": transport("d @ np.apply_along_axis(lambda row: row, 1, W).T", *SEEN),
    "a vectorised function": transport("d @ np.vectorize(float)(W).T", *SEEN),
    "an outer product": transport("np.outer(d, W).reshape(*d.shape, *W.shape)[:, range(d.shape[1]), :, range(d.shape[1])].sum(axis=0)", *SEEN),
    "powers": transport("d @ np.exp(np.log(abs(W)) * 1.0).T * 1.0"),
    "a maximum": transport("d @ np.maximum(W, -9.0).T"),
    "sorted twice": transport("d @ np.take_along_axis(np.sort(W, axis=1), np.argsort(np.argsort(W, axis=1), axis=1), axis=1).T"),
    "a transpose kept in the state": transport(
        "d @ before", code="before = (state or {}).get(layer, B); after[layer] = 1.0 * W.T"
    ),
    "signs": transport("d @ np.sign(W).T", "partly"),
    "signs by division": transport("d @ (W / abs(W)).T", "partly"),
    "signs by comparison": transport("d @ np.where(W > 0, 1.0, -1.0).T", "partly"),
    "signs with magnitudes": transport("d @ np.copysign(abs(B), W.T)", "partly"),
    "feedback that is drawn to the weights": transport(
        "d @ B", "partly", code="further[f'B{layer}'] = 0.1 * (W.T - B)"
    ),
    "a slope by hand": slopes("(1 - h * h)", "present", "partly"),
    "a slope by another formula": slopes("np.cosh(z) ** -2.0", "present", "partly"),
    "a difference quotient": slopes("((f.value(z + 1e-4) - f.value(z)) / 1e-4)", "present", "partly"),
    "a difference of two sides": slopes("(f.value(z + 1e-3) - f.value(z - 1e-3))", "present", "partly"),
    "a slope by name": slopes("f.slope(h)", "present", "partly"),
    "labels by the mean of the batch": judged(
        "target at the output", "partly", "present", error="(y.mean(axis=0) - y) @ np.eye(y.shape[1])"
    ),
    "labels by normalisation": judged(
        "target at the output", "partly", "present", error="passed.activities[-1] * (y / y.sum(axis=0, keepdims=True).clip(1))"
    ),
    "labels by the order of examples": judged("target at the output", "partly", "present", error="np.roll(y, 1, axis=0)"),
    "labels by a choice of rows": judged(
        "target at the output", "partly", "present", error="passed.activities[-1] - np.eye(y.shape[1])[np.argmax(y, axis=1)]"
    ),
    "a second pass": judged(
        "separate phases", "present", passed="network.forward(params, x + network.forward(params, x).activities[-1] @ KEPT.setdefault('F', np.ones((y.shape[1], x.shape[1]))))"
    ),
    "a memory": judged("extra state", "present", code="after[layer] = d.sum(axis=0)"),
    "a memory view": transport("d @ np.array(memoryview(W)).T", *SEEN),
    "an address": transport("d @ np.ndarray(W.shape, W.dtype, buffer=memoryview(W)).T", *SEEN),
    "formatted numbers": transport("d @ np.array([[float(f'{w:.17g}') for w in row] for row in W]).T", *SEEN),
    "numbers in hexadecimals": transport("d @ np.array([[float.fromhex(float(w).hex()) for w in row] for row in W]).T", *SEEN),
    "a file": transport("d @ np.load(file).T", *SEEN, code="file = __import__('io').BytesIO(); np.save(file, W); file.seek(0)"),
    "a text file": transport("d @ np.loadtxt(file, ndmin=2).T", *SEEN, code="file = __import__('io').StringIO(); np.savetxt(file, W, fmt='%.18e'); file.seek(0)"),
    "pickled": transport("d @ __import__('pickle').loads(__import__('pickle').dumps(W)).T", *SEEN),
    "JSON": transport("d @ np.array(__import__('json').loads(__import__('json').dumps(W.tolist()))).T", *SEEN),
    "an array of Python's": transport("d @ np.array(__import__('array').array('d', W.ravel())).reshape(W.shape).T", *SEEN),
    "an array of objects": transport("d @ np.array([[w for w in row] for row in W], dtype=object).astype(float).T", *SEEN),
    "strides": transport("d @ np.lib.stride_tricks.as_strided(W, W.shape, W.strides).T", *SEEN),
    "an imaginary part": transport("d @ (B.T + 1j * W).imag.T"),
    "a thread": transport("d @ box[0]", code="box, threading = [], __import__('threading'); thread = threading.Thread(target=lambda: box.append(W.T * 1.0)); thread.start(); thread.join()"),
    "bisection by decisions": transport(
        "d @ np.array([[bisected(w) for w in row] for row in W]).T", *SEEN,
        init="globals().__setitem__('bisected', lambda w: __import__('functools').reduce(lambda ends, _: (ends[0], sum(ends) / 2) if w < sum(ends) / 2 else (sum(ends) / 2, ends[1]), range(14), (-2.0, 2.0))[0])",
    ),
    "a mask of the large weights": transport("d @ (B * (abs(W.T) > 0.2))", "partly", "present"),
    "an identity matrix sent up": transport("d @ (np.eye(W.shape[0]) @ W).T"),
    "an identity matrix sent up, row by row": transport("np.stack([(d * (np.eye(W.shape[0])[i] @ W)).sum(axis=1) for i in range(W.shape[0])], axis=1)"),
    "differences of responses": transport("d @ ((h[:1] + 1e-3 * np.eye(W.shape[0])) @ W - h[:1] @ W).T * 1e3"),
    "a mean of the batch is read": local("h - h.mean(axis=0)", "partly"),
    "another example is read": local("np.roll(h, 1, axis=0)", "partly"),
    "the largest of the batch": local("h / abs(h).max()", "partly"),
    "examples that are ranked": local("np.argsort(np.argsort(h, axis=0), axis=0) * h", "partly"),
    "a norm of the layer": local("h / np.linalg.norm(h, axis=1, keepdims=True)", "partly"),
    "a softmax over the layer": local("np.exp(h) / np.exp(h).sum(axis=1, keepdims=True)", "partly"),
    "a winner of the layer": local("h * (h == h.max(axis=1, keepdims=True))", "partly"),
    "a label of another example": judged("target at the output", "partly", "present", down="d @ B", error="passed.activities[-1] * (1 + y.sum(axis=0))"),
    "a later error": stored("np.concatenate([error[1:], 0 * error[:1]]) @ B", "present"),
    "all later errors": stored("np.cumsum(error[::-1], axis=0)[::-1] @ B", "present"),
    "a later activity": stored("np.concatenate([h[1:], h[-1:]])", "present"),
    "a mean over time": stored("error @ B - h.mean(axis=0)", "present"),
}  # fmt: skip

HONEST = {
    "random feedback": transport("d @ B", "removed"),
    "einsum of feedback": transport("np.einsum('bj,ji->bi', d, B)", "removed"),
    "einsum of feedback with dots": transport("np.einsum('...j,ji->...i', d, B)", "removed"),
    "tensordot of feedback": transport("np.tensordot(d, B, axes=1)", "removed"),
    "inner with feedback": transport("np.inner(d, B.T)", "removed"),
    "feedback in the other order": transport("(B.T @ d.T).T", "removed"),
    "feedback in another shape": transport("d @ B.reshape(-1).reshape(B.shape)", "removed"),
    "feedback by a flat index": transport("d @ np.take(B.ravel(), np.arange(B.size).reshape(B.shape))", "removed"),
    "feedback by broadcasting": transport("(d[:, :, None] * B[None]).sum(axis=1)", "removed"),
    "feedback in a loop": transport("sum(d[:, j : j + 1] * B[j] for j in range(B.shape[0]))", "removed"),
    "a permutation of feedback": transport("d[:, order] @ B[order]", "removed", code=PERMUTED),
    "a pseudo-inverse of feedback": transport("d @ np.linalg.pinv(B).T", "removed"),
    "a norm of feedback": transport("d @ B / np.linalg.norm(B)", "removed"),
    "complex feedback": transport("(d @ (B + 0j)).real", "removed"),
    "feedback in a stack": transport("d @ np.concatenate([B, h])[: B.shape[0]]", "removed"),
    "feedback in an output array": transport(
        "d @ copy", "removed", code="copy = np.empty_like(B); np.multiply(B, 1.0, out=copy)"
    ),
    "feedback by index": transport("d @ copy", "removed", code="copy = np.zeros_like(B); copy[...] = B"),
    "signs of feedback": transport("d @ np.sign(B)", "removed"),
    "feedback from last time": transport(
        "d @ before", "removed", code="before = KEPT.get(layer, B); KEPT[layer] = B.copy()"
    ),
    "feedback kept in the state": transport(
        "d @ before", "removed", code="before = (state or {}).get(layer, B); after[layer] = 1.0 * B"
    ),
    "a target of numpy's": transport("d @ B", "removed", error="passed.activities[-1] - np.asarray(y)"),
    "float() of an activity": transport("d @ B * float(abs(h).max())", "removed"),
    "feedback kept by init": transport("d @ KEPT[layer]", "removed", "untraceable", init="KEPT.update({layer: params[f'W{layer}'].T.copy() * 0 + rng.normal(size=params[f'W{layer}'].T.shape) for layer in (2, 3)})"),
    "a list of activities": transport("d @ B + 0 * np.stack(h.tolist()).mean()", "removed"),
    "a minimum": transport("d @ np.minimum(B, 9.0)", "removed"),
    "a forward product by einsum": transport("d @ B + 0 * np.einsum('bi,ij->bj', h, W) @ B", "removed"),
    "a forward product in another shape": transport("d @ B + 0 * (h @ W.reshape(-1).reshape(W.shape)) @ B", "removed"),
    "a forward product in a loop": transport(
        "d @ B + 0 * sum(h[:, i : i + 1] * W[i] for i in range(W.shape[0])) @ B", "removed"
    ),
    "a response to noise": transport(
        "d @ B", "removed",
        code="noise = rng.normal(size=(4, W.shape[0])); further[f'B{layer}'] = 0.1 * ((noise @ W).T @ noise - B)",
    ),
    "feedback that learns as the weights do": transport("d @ B", "removed", code="further[f'B{layer}'] = -(d.T @ h) / len(d)"),
    "feedback that decays": transport("d @ B", "removed", code="further[f'B{layer}'] = -0.1 * B"),
    "constants": transport("d @ B * np.linspace(1, 2, B.shape[1])", "removed"),
    "a draw": transport("d @ B * rng.normal(size=B.shape[1])", "removed"),
    "weights that decay": transport("d @ B", "removed", code="further[f'W{layer}'] = -0.1 * W"),
    "no slope": slopes("1.0", "removed"),
    "an activity": slopes("h", "removed"),
    "a square": slopes("(h * h)", "removed"),
    "a value of the activation": slopes("f.value(z + 0.5)", "removed"),
    "one plus an activity": slopes("(1 + h)", "removed"),
    "a difference of two examples": slopes("(h - h[:1])", "removed"),
    "no label": judged("target at the output", "removed", error="passed.activities[-1]"),
    "a mean of the batch": judged(
        "target at the output", "removed", error="passed.activities[-1] - passed.activities[-1].mean(axis=0)"
    ),
    "the order of examples": judged("target at the output", "removed", error="np.roll(passed.activities[-1], 1, axis=0)"),
    "no memory beside feedback": judged("extra state", "present", down="d @ B"),
    "feedback in a file": transport("d @ np.load(file)", "removed", code="file = __import__('io').BytesIO(); np.save(file, B); file.seek(0)"),
    "feedback pickled": transport("d @ __import__('pickle').loads(__import__('pickle').dumps(B))", "removed"),
    "feedback in an array of Python's": transport("d @ np.array(__import__('array').array('d', B.ravel())).reshape(B.shape)", "removed"),
    "feedback by strides": transport("d @ np.lib.stride_tricks.as_strided(B, B.shape, B.strides)", "removed"),
    "an imaginary part of feedback": transport("d @ (h[0] * 0 + 1j * B).imag", "removed"),
    "feedback from a thread": transport("d @ box[0]", "removed", code="box, threading = [], __import__('threading'); thread = threading.Thread(target=lambda: box.append(B * 1.0)); thread.start(); thread.join()"),
    "a random mask of feedback": transport("d @ (B * (abs(B) > 0.2))", "removed"),
    "an identity matrix sent down": transport("d @ (np.eye(B.shape[0]) @ B)", "removed"),
    "a response to noise, and nothing of it": transport("d @ B", "removed", code="further[f'B{layer}'] = -0.1 * B + 0 * ((rng.normal(size=(4, W.shape[0])) @ W).T @ rng.normal(size=(4, W.shape[0])))"),
    "an activity alone": local("h", "removed"),
    "an activity squared": local("h * h", "removed"),
    "activity above a threshold": local("h * (h > 0.1)", "removed"),
    "a norm of a unit's weights": local("h / np.linalg.norm(W.T, axis=0)", "removed"),
    "each example's own error": stored("error @ B", "removed"),
    "the activity of the step": stored("h", "removed"),
    "the activity of the step before": stored("before", "removed"),
    "a product of both": stored("error @ B * h * before", "removed"),
}  # fmt: skip


def written(planted: Planted, folder: Path) -> str:
    """The name of a planted rule, whose file is written into a folder."""
    parts = {**DEFAULTS, **planted.parts}
    file = folder / "planted.py"
    template = SEQUENCES if "signal" in planted.parts else TEMPLATE
    file.write_text(template.format(**parts), encoding="utf-8")
    return f"{file}:Planted"
