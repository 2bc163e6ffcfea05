# ruff: noqa: E501
"""Planted rules that use less known functions of numpy's: writes in place, and products by other names.

In `FILLED` what a layer sends up is disturbed so often that no direction of weights is free: marks alone can tell.
"""

from __future__ import annotations

from tests.plausibility.planted import judged, transport

FILLED = "[(h * n) @ W for n in np.random.default_rng(5).normal(size=(40, W.shape[0]))]; "
FLAT = "copy = np.zeros_like(W.ravel()); "
AGAIN = {"error": "passed.activities[-1]", "down": "d @ B"}
HALVES = (
    "half = x.shape[1] // 2; z1 = {0}[:, :half] @ params['W1'][:half] + {0}[:, half:] @ params['W1'][half:]"
)

NUMPY_CHEATS = {
    "put": transport("d @ copy.reshape(W.shape).T", code=FILLED + FLAT + "np.put(copy, np.arange(W.size), W)"),
    "place": transport("d @ copy.reshape(W.shape).T", code=FILLED + FLAT + "np.place(copy, np.ones(W.size, bool), W)"),
    "putmask": transport("d @ copy.reshape(W.shape).T", code=FILLED + FLAT + "np.putmask(copy, np.ones(W.size, bool), values=W)"),
    "put along an axis": transport("d @ copy.T", code=FILLED + "copy = np.zeros_like(W); np.put_along_axis(copy, np.argsort(np.argsort(W, axis=1), axis=1), np.sort(W, axis=1), 1)"),
    "a diagonal that is filled": transport("np.stack([np.stack([(np.diag(c) * d[n]).sum() for n in range(len(d))]) for c in copies], axis=1)", code=FILLED + "copies = [np.zeros_like(B, shape=(len(w),) * 2) for w in W]; [np.fill_diagonal(c, w) for c, w in zip(copies, W)]"),
    "a loop over units, filled": transport("np.stack([(d * W[i]).sum(axis=1) for i in range(W.shape[0])], axis=1)", code=FILLED),
    "a loop over units, divided": transport("np.stack([(d / (1 / W[i])).sum(axis=1) for i in range(W.shape[0])], axis=1)", code=FILLED),
    "vecdot": transport("np.vecdot(d[:, None, :], W[None])", code=FILLED),
    "vecdot along another axis": transport("np.vecdot(d[:, :, None], W.T[None], axis=1)", code=FILLED),
    "matvec": transport("np.matvec(W, d)", code=FILLED),
    "vecmat": transport("np.vecmat(d, W.T)", code=FILLED),
    "matmul along other axes": transport("np.matmul(d, W, axes=[(0, 1), (1, 0), (0, 1)])", code=FILLED),
    "einsum of numbers": transport("np.einsum(d, [0, 1], W, [2, 1], [0, 2])", code=FILLED),
    "sums of pieces": transport("np.add.reduceat(d[:, None, :] * W[None], [0], axis=2)[:, :, 0]", code=FILLED),
    "a second pass by vecdot": judged("separate phases", "present", code="z1 = np.tanh(np.vecdot((x + 1.0)[:, None, :], params['W1'].T[None])); further['W1'] = -x.T @ z1", **AGAIN),
    "a second pass by matvec": judged("separate phases", "present", code="z1 = np.tanh(np.matvec(params['W1'].T, x + 1.0)); further['W1'] = -x.T @ z1", **AGAIN),
    "a second pass in halves": judged("separate phases", "present", code=HALVES.format("(x + 1.0)") + "; further['W1'] = -x.T @ z1", **AGAIN),
    "an error by vecdot": judged("one-to-one units", "present", down="np.vecdot(d[:, None, :], B.T[None])"),
    "an error by matvec": judged("one-to-one units", "present", down="np.matvec(B.T, d)"),
}  # fmt: skip

NUMPY_HONEST = {
    "feedback by put": transport("d @ copy.reshape(W.shape).T", "removed", code=FILLED + FLAT + "np.put(copy, np.arange(W.size), B.T)"),
    "feedback in a loop over units": transport("np.stack([(d * B[:, i]).sum(axis=1) for i in range(B.shape[1])], axis=1)", "removed", code=FILLED),
    "a forward product in a loop over units": transport("d @ B + 0 * np.stack([(h * W[:, j]).sum(axis=1) for j in range(W.shape[1])], axis=1) @ B", "removed", code=FILLED),
    "a forward product in a loop, from its second term": transport("d @ B + 0 * (h[:, 1:2] * W[1] + sum(h[:, i : i + 1] * W[i] for i in range(2, W.shape[0])) + h[:, :1] * W[0]) @ B", "removed", code=FILLED),
    "feedback by place": transport("d @ copy.reshape(W.shape).T", "removed", code=FILLED + FLAT + "np.place(copy, np.ones(W.size, bool), B.T)"),
    "a forward copy by putmask": transport("d @ B + 0 * (h @ copy.reshape(W.shape)) @ B", "removed", code=FLAT + "np.putmask(copy, np.ones(W.size, bool), values=W)"),
    "a forward product by vecdot": transport("d @ B + 0 * np.vecdot(h[:, None, :], W.T[None]) @ B", "removed"),
    "a forward product by vecdot of linalg": transport("d @ B + 0 * np.linalg.vecdot(h[:, :, None], W[None], axis=1) @ B", "removed"),
    "a forward product by matvec": transport("d @ B + 0 * np.matvec(W.T, h) @ B", "removed"),
    "a forward product by vecmat": transport("d @ B + 0 * np.vecmat(h, W) @ B", "removed"),
    "a forward product along other axes": transport("d @ B + 0 * np.matmul(h, W, axes=[(0, 1), (0, 1), (1, 0)]).T @ B", "removed"),
    "a forward product by einsum of numbers": transport("d @ B + 0 * np.einsum(h, [0, 1], W, [1, 2], [0, 2]) @ B", "removed"),
    "a forward product by sums of pieces": transport("d @ B + 0 * np.add.reduceat(h[:, :, None] * W[None], [0], axis=1)[:, 0] @ B", "removed"),
    "the same pass by matvec": judged("separate phases", "removed", code="z1 = np.tanh(np.matvec(params['W1'].T, x)); further['W1'] = -x.T @ z1", **AGAIN),
    "the same pass in halves": judged("separate phases", "removed", code=HALVES.format("x") + "; further['W1'] = -x.T @ z1", **AGAIN),
}  # fmt: skip
