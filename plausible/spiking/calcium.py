"""Traces of calcium in a neuron, and the kinase rule [oreilly2026] on trains of spikes or rates, in numpy."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

SLOT = 200  # ms of a theta cycle
GAIN, TAU_M, TAU_P, TAU_D = 8.0, 5.0, 40.0, 40.0  # of a spike; ms


def cascade(spikes: ArrayLike, rest: ArrayLike = 0.0, tau_m: float = TAU_M) -> NDArray[np.float64]:
    """CaM, CaP and CaD after every ms, (3, ms, ...), of spikes (ms, ...), 1 or 0 each, or of rates per ms.

        CaM += (g s - CaM) / τ_M,   CaP += (CaM - CaP) / τ_P,   CaD += (CaP - CaD) / τ_D

    in this order, in steps of 1 ms. Before them spikes came at the constant rate `rest`, per ms.
    """
    return np.stack([np.stack(each) for each in zip(*moved(spikes, rest, tau_m), strict=True)])


def moved(spikes: ArrayLike, rest: ArrayLike, tau_m: float) -> Iterator[tuple[NDArray[np.float64], ...]]:
    """CaM, CaP and CaD after each ms."""
    trains = np.asarray(spikes)
    m = p = d = GAIN * np.broadcast_to(np.asarray(rest, float), trains.shape[1:])
    for s in trains:
        m = m + (GAIN * s - m) / tau_m
        p = p + (m - p) / TAU_P
        d = d + (p - d) / TAU_D
        yield m, p, d


def contrast(
    before: ArrayLike, after: ArrayLike, rest: tuple[ArrayLike, ArrayLike] = (0.0, 0.0), tau_m: float = TAU_M
) -> NDArray[np.float64]:
    """ΔW of a synapse: CaP CaP - CaD CaD of the neurons before and after it, at the end of their spikes, (ms, ...).

    >>> import numpy as np
    >>> from plausible.spiking.calcium import contrast
    >>> constant, step = np.full(200, 0.1), np.repeat([0.1, 0.12], [150, 50])
    >>> float(contrast(constant, step, (0.1, 0.1)).round(6))
    0.045678
    >>> bool(abs(contrast(constant, constant, (0.1, 0.1))) < 1e-13)
    True
    """
    (_, p, d), (_, p_after, d_after) = (
        deque(moved(train, start, tau_m), maxlen=1)[0]
        for train, start in zip((before, after), rest, strict=True)
    )
    changed: NDArray[np.float64] = np.asarray(p * p_after - d * d_after)
    return changed


def left(slot: int = SLOT) -> tuple[float, float]:
    """CaP and CaD of the rate 1/g at the end of a slot in which they start from 0, where each steps with those before.

    In a simulation a spike acts from the next step on, and each trace moves by the values that there were.
    """
    m = p = d = 0.0
    for _ in range(slot):
        m, p, d = m * (1 - 1 / TAU_M), p + (m - p) / TAU_P, d + (p - d) / TAU_D
        m += 1 / TAU_M
    return p, d
