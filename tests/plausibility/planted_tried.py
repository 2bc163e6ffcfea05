# ruff: noqa: E501
"""Planted rules of many kinds that were tried on the audit at last, each beside an honest one that looks alike."""

from __future__ import annotations

from typing import NamedTuple

from tests.plausibility.planted import Planted, judged, local, slopes, stored, transport

SEEN = ("present", "partly", "untraceable")
SLOPE = ("present", "partly")


class Pair(NamedTuple):
    """A cheat, and its honest twin that does the same with what it may use."""

    cheat: Planted
    honest: Planted


def carried(how: str, *right: str, code: str = "pass", init: str = "pass") -> Pair:
    """Weights, or feedback, that are carried by something; `{0}` stands for what is carried, (n_l, n_{l-1})."""

    def made(what: str, *verdicts: str) -> Planted:
        return transport(
            f"d @ ({how.format(what)})", *verdicts, code=code.format(what), init=init.format(what)
        )

    return Pair(made("W.T", *(right or SEEN)), made("B", "removed"))


def sloped(how: str, **parts: str) -> Pair:
    """A factor made of a function of z; `{0}` stands for tanh, or for a function whose slope is none of the layer's."""

    def made(what: str, *right: str) -> Planted:
        return slopes(
            "1.0",
            *right,
            down=f"(d @ B) * ({how.format(what)})",
            **{n: p.format(what) for n, p in parts.items()},
        )

    return Pair(made("np.tanh", *SLOPE), made("(lambda a: np.sin(3 * a))", "removed"))


def told(how: str, *right: str, error: str = "passed.activities[-1]", code: str = "pass") -> Pair:
    """A factor of the error made of `{0}`, labels or else answers."""

    def made(what: str, *verdicts: str) -> Planted:
        return judged(
            "target at the output",
            *verdicts,
            error=f"({error}) * ({how.format(what)})",
            code=code.format(what),
        )

    return Pair(made("y", *(right or ("partly", "present"))), made("passed.activities[-1]", "removed"))


def in_time(how: str, honest: str) -> Pair:
    """What is read of a sequence: of later steps, or of the step itself."""
    return Pair(stored(how, "present"), stored(honest, "removed"))


def sent(how: str) -> Pair:
    """What is sent up once more: `{0}` stands for another input, or for the same."""

    def made(what: str, right: str) -> Planted:
        return judged("separate phases", right, error="passed.activities[-1]", code=how.format(what))

    return Pair(made("(x + 1.0)", "present"), made("x", "removed"))


def beside(cheat: str, honest: str) -> Pair:
    """What is read of a layer or a batch by a rule without a target."""
    return Pair(local(cheat, "partly", "untraceable"), local(honest, "removed"))


PAIRS = {
    "a function's default": carried("(lambda a={0}: a)()"),
    "a generator": carried("np.stack(list(row for row in {0}))"),
    "a context variable": carried("VAR.get()", code="globals().setdefault('VAR', __import__('contextvars').ContextVar('v')).set({0} * 1.0)"),
    "a cache by shape": carried("KEPT.setdefault(B.shape, {0} * 1.0)"),
    "a cache of plain numbers by shape": carried("KEPT.setdefault(B.shape, np.array({0}.tolist()))"),
    "an object's attribute": carried("vars(KEPT.setdefault('o', type('O', (), {{}})()))[layer]", code="setattr(KEPT.setdefault('o', type('O', (), {{}})()), 'a', 0); vars(KEPT['o'])[layer] = {0} * 1.0"),
    "a module": carried("getattr(np, '_kept')", code="setattr(np, '_kept', {0} * 1.0)"),
    "a deep copy": carried("__import__('copy').deepcopy({0})"),
    "a mapped file": carried("m", code="file = __import__('tempfile').TemporaryFile(); m = np.memmap(file, dtype=float, mode='w+', shape=B.shape); file.close(); m[:] = {0}"),
    "a buffer": carried("np.frombuffer(bytearray({0}.tobytes()), float).reshape(B.shape)"),
    "packed numbers": carried("np.array(__import__('struct').unpack(f'{{B.size}}d', __import__('struct').pack(f'{{B.size}}d', *[float(v) for v in {0}.ravel()]))).reshape(B.shape)"),
    "BLAS": carried("np.eye(B.shape[0]) @ __import__('scipy.linalg').linalg.blas.dgemm(1.0, np.eye(B.shape[0]), {0})"),
    "a sparse matrix": carried("__import__('scipy.sparse').sparse.csr_matrix({0}).toarray()"),
    "a masked array": carried("np.ma.array({0}, mask=False).filled(0)"),
    "a record array": carried("np.rec.fromarrays([{0}.ravel()], names='w').w.reshape(B.shape)"),
    "a table of pandas": carried("__import__('pandas').DataFrame({0}.tolist()).to_numpy().astype(float)"),
    "fractions": carried("np.array([[float(__import__('fractions').Fraction(float(v))) for v in row] for row in {0}])"),
    "a sorted list": carried("np.stack([v for _, v in sorted(((k, v) for k, v in enumerate({0})), key=lambda p: p[0])])"),
    "an inverse of an inverse": carried("np.linalg.pinv(np.linalg.pinv({0}))"),
    "a decomposition": carried("q @ r", code="q, r = np.linalg.qr({0})"),
    "a Fourier transform": carried("np.fft.ifft(np.fft.fft({0}, axis=1), axis=1).real"),
    "logarithms": carried("np.sign({0}) * np.exp(np.log(abs({0})))"),
    "an object array": carried("np.array([v for v in {0}.ravel()] + [None], dtype=object)[:-1].astype(float).reshape(B.shape)"),
    "a string": carried("np.fromstring(' '.join(repr(float(v)) for v in {0}.ravel()), sep=' ').reshape(B.shape)"),
    "a complex step": sloped("{0}(z + 1e-20j).imag * 1e20"),
    "a five-point difference": sloped("(8 * ({0}(z + 1e-3) - {0}(z - 1e-3)) - {0}(z + 2e-3) + {0}(z - 2e-3)) / 12e-3"),
    "a convolution of a table": sloped("np.interp(z, GRID, TABLE)", init="globals().update(GRID=(g := np.linspace(-9, 9, 9001)), TABLE=np.convolve({0}(g), [0.5, 0, -0.5], 'same') / (g[1] - g[0]))"),
    "a polynomial": sloped("__import__('functools').reduce(lambda a, c: a * z + c, FITTED, 0.0)", init="globals().update(FITTED=np.polyder(np.polyfit(g := np.linspace(-3, 3, 601), {0}(g), 19)))"),
    "a sum of a series": sloped("sum(c * z ** n for n, c in enumerate(SERIES))", init="globals().update(SERIES=np.polynomial.polynomial.polyder(np.polynomial.polynomial.polyfit(g := np.linspace(-3, 3, 601), {0}(g), 19)))"),
    "an average of slopes": sloped("({0}(z + 1e-2) - {0}(z - 1e-2)) / 2e-2"),
    "a median of labels": told("1 + np.median({0}, axis=0)"),
    "a spread of labels": told("1 + {0}.std(axis=0)"),
    "a product of labels": told("1 + ({0} @ {0}.T).sum(axis=1, keepdims=True)"),
    "a count of labels": told("1 + np.count_nonzero({0} > 0.5, axis=0)"),
    "the order of labels": told("1 + np.argsort({0}.argmax(axis=1))[:, None]"),
    "labels that are compared": told("1 + (({0}[:, None] * {0}[None]).sum(axis=2) > 0.5).sum(axis=1, keepdims=True)"),
    "the largest label": told("1 + {0}.argmax(axis=1)[:, None]"),
    "a running sum of labels": told("1 + np.cumsum({0}, axis=0)"),
    "the step after": in_time("np.roll(h, -1, axis=0)", "np.roll(h, -1, axis=2) * 0 + h"),
    "the sequence backwards": in_time("h[::-1]", "h[::-1][::-1]"),
    "the largest of all steps": in_time("h.max(axis=0) + 0 * h", "h.max(axis=2, keepdims=True) * 0 + h"),
    "steps in order": in_time("np.sort(h, axis=0)", "np.sort(h, axis=0) * 0 + h"),
    "what is to come": in_time("h.sum(axis=0) - np.cumsum(h, axis=0)", "np.cumsum(h, axis=0) * 0 + h"),
    "a smooth of steps": in_time("(h + np.concatenate([h[1:], h[-1:]])) / 2", "(h + before) / 2"),
    "another pass by a product": sent("further['W1'] = -x.T @ np.tanh({0} @ params['W1'])"),
    "another pass by einsum": sent("further['W1'] = -x.T @ np.tanh(np.einsum('bi,ij->bj', {0}, params['W1']))"),
    "another pass by the transpose": sent("further['W1'] = -x.T @ np.tanh((params['W1'].T @ {0}.T).T)"),
    "another pass of the network": sent("further['W1'] = -x.T @ network.forward(params, {0}).activities[1]"),
    "a place in the batch": beside("h * (1 + np.argsort(h[:, 0]))[:, None]", "h * (1 + np.arange(len(h)))[:, None]"),
    "a distance to another": beside("h - h[np.argmin(((h[:, None] - h[None]) ** 2).sum(axis=2) + 9 * np.eye(len(h)), axis=1)]", "h - h[np.arange(len(h))] / 2"),
    "a histogram": beside("h * np.histogram(h, bins=4, range=(-1, 1))[0][0]", "h * np.histogram(np.linspace(-1, 1, 9), bins=4, range=(-1, 1))[0][0]"),
    "a rank in the layer": beside("np.argsort(np.argsort(h, axis=1), axis=1) * h", "(np.arange(h.shape[1]) + 1) * h"),
    "a median of the layer": beside("h - np.median(h, axis=1, keepdims=True)", "h - np.median(np.arange(5.0))"),
    "a share of the layer": beside("h / abs(h).sum(axis=1, keepdims=True)", "h / (1 + abs(h))"),
    "a correlation of units": beside("h @ np.corrcoef(h.T)", "h * np.corrcoef(np.arange(3.0), np.arange(3.0))[0, 1]"),
}  # fmt: skip

INDEXED = sloped(
    "np.take(TABLE, np.clip(np.searchsorted(GRID, z), 0, 90000))",
    init="globals().update(GRID=(g := np.linspace(-9, 9, 90001)), TABLE=np.gradient({0}(g), g))",
)
TRIED_CHEATS = {name: pair.cheat for name, pair in PAIRS.items()} | {
    "a table that is looked up": INDEXED.cheat
}
TRIED_HONEST = {f"{name}, honestly": pair.honest for name, pair in PAIRS.items()}
