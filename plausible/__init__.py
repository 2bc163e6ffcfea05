"""Biologically plausible learning compared with backpropagation.

The vocabulary is in `plausible.core`, the trainer in `plausible.train`; everything else is named by what it holds.
"""

import sys

TYPE_CHECKING = (
    False  # here, as this file imports nothing: the command heeds interrupts before it imports anything
)
if TYPE_CHECKING:
    from plausible.api.comparing import Compared, compare
    from plausible.api.results import figures, results, tables
    from plausible.core import Optimiser, Outer, Presentation, Rule, Step, Tick, randomness
    from plausible.errors import BadInput
    from plausible.networks.mlp import MLP
    from plausible.train import train

__all__ = [
    "MLP",
    "BadInput",
    "Compared",
    "Optimiser",
    "Outer",
    "Presentation",
    "Rule",
    "Step",
    "Tick",
    "compare",
    "figures",
    "randomness",
    "results",
    "tables",
    "train",
]

WHERE = {
    "MLP": "networks.mlp",
    "BadInput": "errors",
    "train": "train",
    "compare": "api.comparing",
    "results": "api.results",
    "tables": "api.results",
    "figures": "api.results",
    "Compared": "api.comparing",
}  # the others are in `core`


def __getattr__(name: str) -> object:
    """A public name, which is looked up when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(__import__(f"{__name__}.{WHERE.get(name, 'core')}", fromlist=[name]), name)
    globals()[name] = found
    return found


class Package(type(sys)):  # type: ignore[misc]  # the type of modules
    """This package, in which `train` is the function, though the module that it is in has the same name."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, getattr(value, name) if name == "train" else value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = Package
