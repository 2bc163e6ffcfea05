"""Where weights begin: distributions that initial weights are drawn from."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.random import Generator

from plausible.core import Array
from plausible.errors import BadInput, plain_fields, require, require_number, unknown


class Init(ABC):
    """A distribution of weights of shape (fan_in, fan_out)."""

    @abstractmethod
    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        """A float64 sample, (fan_in, fan_out)."""

    def __call__(self, rng: Generator, shape: tuple[int, int], dtype: np.dtype[Any]) -> Array:
        """A sample in `dtype`; the same numbers are drawn whatever the dtype."""
        weights: Array = self.draw(rng, *shape).astype(dtype)
        return weights


@dataclass(frozen=True)
class Zero(Init):
    """All weights zero."""

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        return np.zeros((fan_in, fan_out))


@dataclass(frozen=True)
class Uniform(Init):
    """Uniform on ±limit; ±1/√fan_in if no limit is given.

    >>> import numpy as np
    >>> from plausible.networks.inits import Uniform
    >>> weights = Uniform()(np.random.default_rng(0), (100, 20), np.dtype("float32"))
    >>> weights.shape, weights.dtype.name, bool(abs(weights).max() <= 0.1)
    ((100, 20), 'float32', True)
    """

    limit: float | None = None

    def __post_init__(self) -> None:
        plain_fields(self)
        if self.limit is not None:
            require_number("the limit of a uniform distribution", self.limit)

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        limit = fan_in**-0.5 if self.limit is None else self.limit
        return rng.uniform(-limit, limit, (fan_in, fan_out))


@dataclass(frozen=True)
class Gaussian(Init):
    """Normal with standard deviation `scale`; 1/√fan_in if none is given."""

    scale: float | None = None

    def __post_init__(self) -> None:
        plain_fields(self)
        if self.scale is not None:
            require_number("the scale of a normal distribution", self.scale)

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        return rng.normal(0, fan_in**-0.5 if self.scale is None else self.scale, (fan_in, fan_out))


@dataclass(frozen=True)
class Glorot(Init):
    """Variance 2/(fan_in + fan_out), uniform or normal [glorot2010]."""

    shape: Literal["uniform", "normal"] = "uniform"

    def __post_init__(self) -> None:
        plain_fields(self)
        require(
            self.shape in ("uniform", "normal"),
            "the shape of Glorot's distribution",
            self.shape,
            "uniform or normal",
        )

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        scale = (2 / (fan_in + fan_out)) ** 0.5
        if self.shape == "normal":
            return rng.normal(0, scale, (fan_in, fan_out))
        return rng.uniform(-(3**0.5) * scale, 3**0.5 * scale, (fan_in, fan_out))


@dataclass(frozen=True)
class He(Init):
    """Normal with variance 2/fan_in [he2015]."""

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        return rng.normal(0, (2 / fan_in) ** 0.5, (fan_in, fan_out))


@dataclass(frozen=True)
class HeUniform(Init):
    """Uniform with variance 2/fan_in [he2015], on ±√(6/fan_in)."""

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        limit = (6 / fan_in) ** 0.5
        return rng.uniform(-limit, limit, (fan_in, fan_out))


@dataclass(frozen=True)
class Orthogonal(Init):
    """`gain` times a matrix with orthonormal rows or columns, drawn uniformly: of squares, no direction is favoured.

    >>> import numpy as np
    >>> from plausible.networks.inits import Orthogonal
    >>> w = Orthogonal().draw(np.random.default_rng(0), 6, 4)
    >>> w.shape, np.allclose(w.T @ w, np.eye(4))
    ((6, 4), True)
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        plain_fields(self)
        require_number("the gain of an orthogonal matrix", self.gain)

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        q, r = np.linalg.qr(rng.standard_normal((max(fan_in, fan_out), min(fan_in, fan_out))))
        q *= np.sign(np.diag(r))  # else the distribution depends on the signs that the algorithm prefers
        return self.gain * (q if fan_in >= fan_out else q.T)


INITS: dict[str, Callable[..., Init]] = {
    "orthogonal": Orthogonal,
    "zero": Zero,
    "uniform": Uniform,
    "gaussian": Gaussian,
    "glorot": Glorot,
    "he": He,
    "he-uniform": HeUniform,
}


def distribution(text: str) -> Init:
    """The distribution that `text` names: `zero`, `uniform`, `uniform(0.5)`, `gaussian(0.1)`, `glorot(normal)`, `he`,
    `he-uniform`, `half-glorot`, `orthogonal`.

    Raises:
        BadInput: for an unknown name or an argument that it cannot use.

    >>> from plausible.networks.inits import distribution
    >>> distribution("uniform(0.5)"), distribution("glorot(normal)"), distribution("he")
    (Uniform(limit=0.5), Glorot(shape='normal'), He())
    """
    read = re.fullmatch(r"([^()]*)(?:\(([^()]+)\))?", text.strip())
    if read is None:
        raise BadInput(f"distribution {text!r} cannot be read: expected a name, or one such as gaussian(0.1)")
    name, argument = read[1].strip(), (read[2] or "").strip()
    if name not in INITS:
        raise unknown("distribution", name, INITS)
    require(
        not re.search("[0-9]_[0-9]", argument), "the number in a distribution", text, "one in digits alone"
    )
    try:
        value: Any = float(argument)
    except ValueError:
        value = argument
    try:
        return INITS[name](value) if argument else INITS[name]()
    except TypeError:
        raise BadInput(f"distribution {text!r} takes no argument: expected {name}") from None


@dataclass(frozen=True)
class HalfGlorot(Init):
    """Normal with variance 1 / (fan_in + fan_out), half of Glorot's [akrout2019]."""

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        return rng.normal(0, (fan_in + fan_out) ** -0.5, (fan_in, fan_out))
