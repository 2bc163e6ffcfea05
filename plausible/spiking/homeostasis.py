"""Homeostasis, which holds the activity of neurons within bounds: by normalised or scaled weights.

The adaptive threshold of [diehl2015] is in its network, `plausible.spiking.diehl_cook.network`, as is its normalisation
of all weights of a neuron at once; `inhibitory_stdp` is a rule of synapses.
"""

from __future__ import annotations

from plausible.spiking.circuit import Projection, Regular


def normalised(projection: Projection, total: str, event: str = "normalise") -> Projection:
    """The same synapses, whose weights sum up to `total` at every neuron whenever the target has this event.

    The target needs a variable `sum_w`, set to 0 before each event.
    """
    post = (("post", projection.on_post),) if isinstance(projection.on_post, str) else projection.on_post
    ways = (("sum", "sum_w_post += w"), ("scale", f"w *= {total}/sum_w_post"))
    return Projection(
        projection.name, projection.source, projection.target, projection.equations, projection.on_pre,
        (*(part for part in post if part[1]), *ways), projection.connect,
        (*projection.events, ("sum", event), ("scale", event)),
        (*projection.orders, ("sum", -4), ("scale", -3)), projection.links,
    )  # fmt: skip


def scaled(projection: str, rate: str, target: str, every: int) -> Regular:
    """Synaptic scaling [turrigiano2008]: w grows by η w (ν₀ - ν) every `every` steps.

    ν is the target's mean rate, its variable `rate`; `rate` is η, a time; `target` is ν₀, as "5*Hz".
    """
    return Regular(projection, f"w *= 1 + {rate}*({target} - rate_post)", every)
