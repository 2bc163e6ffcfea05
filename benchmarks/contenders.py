"""Contenders by name. Each imports only what it needs, so that no process holds another one's thread pool."""

from __future__ import annotations

import os
from typing import Protocol

from benchmarks.setting import Setting

NOISE_OF = "noise of "  # before the name of a rule: the numbers alone that it draws


class Contender(Protocol):
    """Something that can be asked for a number of training steps."""

    def steps(self, n: int) -> None: ...


def contender(name: str, setting: Setting) -> Contender:
    """The contender called `name`, using the setting's number of threads."""
    if name.startswith("torch"):
        import torch

        from benchmarks.beside_torch import Torch, TorchRNN
        from benchmarks.settling_torch import TorchSettling

        if setting.threads != torch.get_num_threads():
            torch.set_num_threads(setting.threads)
        if name.startswith("torch settling"):
            return TorchSettling(setting, lean=name.endswith("lean"))
        return TorchRNN(setting) if name == "torch rnn" else Torch(setting, name)
    if name.startswith("jax"):
        # how many threads JAX uses is read when it is imported
        os.environ |= {"NPROC": str(setting.threads), "JAX_PLATFORMS": "cpu"}
        from benchmarks.beside_jax import Jax

        return Jax(setting, name)
    import scipy.linalg.blas  # noqa: F401  both BLAS copies are loaded when their threads are set
    from threadpoolctl import threadpool_limits

    if setting.threads != os.cpu_count():
        threadpool_limits(setting.threads)
    if name.startswith(("classifier", "sklearn")):
        from benchmarks.beside_sklearn import Estimator

        return Estimator(setting, name)
    if name in ("bare loop", "products"):
        from benchmarks.bare import Loop, Products

        return Loop(setting) if name == "bare loop" else Products(setting)
    if name.endswith("settling steps"):
        from benchmarks.settling import Settling, SettlingProducts

        made = SettlingProducts if name.startswith("products") else Settling
        return made(setting, int(name.split()[-3]))
    if name == "predictive coding":
        from benchmarks.settling import Training

        return Training(setting)
    from benchmarks.perturbation import Perturbation, is_part

    if is_part(name):
        return Perturbation(setting, name)
    from benchmarks.ours import Noise, Ours

    if name.startswith(NOISE_OF):
        return Noise(setting, name.removeprefix(NOISE_OF))
    return Ours(setting, name)
