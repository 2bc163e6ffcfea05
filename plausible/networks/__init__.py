"""Networks that rules learn: their layers, activations, outputs with losses, and initial weights.

>>> import plausible as pl
>>> pl.networks.activation("relu"), pl.networks.Uniform(0.1)
(relu, Uniform(limit=0.1))
"""

from typing import TYPE_CHECKING

from plausible import reached

WHERE = {  # public names, each with its module; they are imported when they are first asked for
    "Activation": "plausible.networks.activations",
    "activation": "plausible.networks.activations",
    "Blocks": "plausible.networks.blocks",
    "Gaussian": "plausible.networks.inits",
    "Glorot": "plausible.networks.inits",
    "HalfGlorot": "plausible.networks.inits",
    "He": "plausible.networks.inits",
    "HeUniform": "plausible.networks.inits",
    "Init": "plausible.networks.inits",
    "Orthogonal": "plausible.networks.inits",
    "Uniform": "plausible.networks.inits",
    "Zero": "plausible.networks.inits",
    "distribution": "plausible.networks.inits",
    "MLP": "plausible.networks.mlp",
    "Pass": "plausible.networks.mlp",
    "Network": "plausible.networks.network",
    "Divisive": "plausible.networks.normalised",
    "Output": "plausible.networks.outputs",
    "output": "plausible.networks.outputs",
    "RNN": "plausible.networks.rnn",
    "Trajectory": "plausible.networks.rnn",
}
__all__ = [*WHERE]

if TYPE_CHECKING:
    from plausible.networks.activations import Activation as Activation
    from plausible.networks.activations import activation as activation
    from plausible.networks.blocks import Blocks as Blocks
    from plausible.networks.inits import Gaussian as Gaussian
    from plausible.networks.inits import Glorot as Glorot
    from plausible.networks.inits import HalfGlorot as HalfGlorot
    from plausible.networks.inits import He as He
    from plausible.networks.inits import HeUniform as HeUniform
    from plausible.networks.inits import Init as Init
    from plausible.networks.inits import Orthogonal as Orthogonal
    from plausible.networks.inits import Uniform as Uniform
    from plausible.networks.inits import Zero as Zero
    from plausible.networks.inits import distribution as distribution
    from plausible.networks.mlp import MLP as MLP
    from plausible.networks.mlp import Pass as Pass
    from plausible.networks.network import Network as Network
    from plausible.networks.normalised import Divisive as Divisive
    from plausible.networks.outputs import Output as Output
    from plausible.networks.outputs import output as output
    from plausible.networks.rnn import RNN as RNN
    from plausible.networks.rnn import Trajectory as Trajectory
else:

    def __getattr__(name: str) -> object:
        """A public name."""
        return reached(__name__, WHERE, name)

    def __dir__() -> list[str]:
        """The public names."""
        return sorted(__all__)
