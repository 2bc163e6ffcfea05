"""Central differences: the derivative of anything, by two calls for every number. What gradients are held against."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from plausible.core import Params, View
from plausible.errors import require, require_number

STEP = 1e-5  # errors of STEP² in truncation and 1e-16 / STEP in rounding, both near 1e-11


def central_differences(f: Callable[[View], float], params: View, step: float = STEP) -> Params:
    """The derivatives of `f(params)` with respect to every number in `params`.

        ∂f/∂w ≈ (f(w + step) - f(w - step)) / (2 step),   with an error of step² f'''(w) / 6

    Args:
        f: any scalar function of the parameters, such as the loss over a batch.
        params: float64 arrays by name; f is called with copies, one number of which is moved.
        step: how far; in the unit of the parameters.

    Raises:
        BadInput: for arrays that are not float64, in which the difference would drown, or a step that is not positive.

    >>> import numpy as np
    >>> from plausible.probes.differences import central_differences
    >>> slopes = central_differences(lambda params: (params["w"] ** 2).sum(), {"w": np.array([1.0, 3.0])})
    >>> slopes["w"].round(6)
    array([2., 6.])
    """
    require_number("the step", step, open_low=True)
    for name, array in params.items():
        require(array.dtype == np.float64, f"the dtype of {name!r}", array.dtype.name, "float64")
    moved = {name: array.copy() for name, array in params.items()}
    slopes = {name: np.empty_like(array) for name, array in params.items()}
    for name, array in moved.items():
        for index in np.ndindex(array.shape):
            middle = array[index]
            array[index] = middle + step
            above = f(moved)
            array[index] = middle - step
            below = f(moved)
            array[index] = middle
            slopes[name][index] = (above - below) / (2 * step)
    return slopes
