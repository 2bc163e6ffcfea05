"""Random numbers that depend on nothing but where they are used: a seed, a step, a neuron.

A network that draws them has the same spikes in one run and in many, compiled or not, whatever else it draws. Its seed
is a number that a run sets. The mixing is that of SplitMix64 [steele2014].
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

GOLDEN, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
SEEDS, STEPS = 0xD1B54A32D192ED03, 0x8CB92BA72F3D8DD7  # odd, far apart: one stream per seed, step and neuron

CPP = f"""
static inline double chance(const int64_t seed, const int64_t step, const int64_t neuron)
{{
    uint64_t z = (uint64_t)seed * {SEEDS:#x}ULL + (uint64_t)step * {STEPS:#x}ULL;
    z += ((uint64_t)neuron + 1) * {GOLDEN:#x}ULL;
    z = (z ^ (z >> 30)) * {FIRST:#x}ULL;
    z = (z ^ (z >> 27)) * {SECOND:#x}ULL;
    return (double)((z ^ (z >> 31)) >> 11) * (1.0 / 9007199254740992.0);
}}
"""

CYTHON = f"""
cdef double chance(long long seed, long long step, long long neuron):
    cdef unsigned long long z = <unsigned long long>seed * {SEEDS:#x}ULL + <unsigned long long>step * {STEPS:#x}ULL
    z = z + (<unsigned long long>neuron + 1) * {GOLDEN:#x}ULL
    z = (z ^ (z >> 30)) * {FIRST:#x}ULL
    z = (z ^ (z >> 27)) * {SECOND:#x}ULL
    return <double>((z ^ (z >> 31)) >> 11) * (1.0 / 9007199254740992.0)
"""


def chance(seed: Any, step: Any, neuron: Any) -> NDArray[np.float64]:
    """Numbers uniform on [0, 1), one for every seed, step and neuron, whole numbers that broadcast."""
    whole = [np.asarray(part).astype(np.int64).astype(np.uint64) for part in (seed, step, neuron)]
    with np.errstate(over="ignore"):
        z = whole[0] * np.uint64(SEEDS) + whole[1] * np.uint64(STEPS)
        z = z + (whole[2] + np.uint64(1)) * np.uint64(GOLDEN)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(FIRST)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(SECOND)
        drawn: NDArray[np.float64] = ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
    return drawn
