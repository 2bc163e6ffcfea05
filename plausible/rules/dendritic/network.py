"""A cortical microcircuit in time: neurons with an apical dendrite, and interneurons that predict what it hears."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Params, View
from plausible.errors import Unsettled, require_number
from plausible.networks.mlp import MLP, into
from plausible.networks.products import times


@dataclass(frozen=True)
class Microcircuit:
    """Conductances and the equations of motion [sacramento2018]; time in ms.

        pyramidal:     u̇_l = -g_lk u_l + g_b (d_l - u_l) + g_a (a_l - u_l) + ξ,   l < L;   no apical dendrite at the top
        interneuron:   v̇_l = -g_lk v_l + g_d (r_l I_l + c_l - v_l) + g_som (u_{l+1} - v_l)
        basal:   d_l = r_{l-1} W_l + b_l            apical:   a_l = r_{l+1} B_{l+1} + q_l P_l
        target:  the top also feels -g_som ∂loss/∂z_L, which with a linear output is g_som (y - u_L)

    with somatic, basal and apical potentials u_l, d_l, a_l (batch, n_l), and v_l (batch, n_{l+1}) of the interneurons
    of layer l, one for each neuron above; rates r_l = φ(u_l), q_l = φ(v_l), φ the network's activation, but r_L = u_L
    and q_{L-1} = v_{L-1}; white noise ξ; W_l, I_{l-1} (n_{l-1}, n_l), B_{l+1}, P_l (n_{l+1}, n_l), b_l, c_{l-1} (n_l,).
    """

    network: MLP
    leak: float = 0.1
    basal: float = 1.0
    apical: float = 0.8
    dendritic: float = 1.0
    somatic: float = 0.8
    noise: float = 0.0
    step: float = 0.1

    def __post_init__(self) -> None:
        for name in ("leak", "basal", "apical", "dendritic", "somatic", "noise"):
            require_number(name, getattr(self, name))
        fastest = 2 / (self.leak + self.basal + self.apical + self.dendritic + self.somatic)
        require_number("the step of time", self.step, 0, fastest, open_low=True)

    def start(self, n_in: int, n_out: int, rng: Generator, predicting: bool) -> Params:
        """Forward weights, feedback B, and those of interneurons, I and P: drawn, or such that they are `predicting`.

        Where they predict, apical potentials are 0 without a target.
        """
        network = self.network
        params = network.start(n_in, n_out, rng)
        params |= network.feedback(network.init, params, rng)
        for layer in range(1, network.depth):
            forward, feedback = params[f"W{layer + 1}"], params[f"B{layer + 1}"]
            if predicting:
                gain = self.attenuation(layer + 1) * (self.leak + self.dendritic) / self.dendritic
                params[f"I{layer}"], params[f"P{layer}"] = gain * forward, -feedback
            else:
                gain = 0.0
                params[f"I{layer}"] = network.draw(network.init, rng, (len(forward), len(forward.T)))
                params[f"P{layer}"] = network.draw(network.init, rng, (len(feedback), len(feedback.T)))
            if network.bias:
                params[f"c{layer}"] = gain * params[f"b{layer + 1}"]
        return params

    def attenuation(self, layer: int) -> float:
        """The fraction of a layer's basal potentials that reaches its somata while apical potentials are 0."""
        apical = self.apical if layer < self.network.depth else 0.0
        return self.basal / (self.leak + self.basal + apical)

    def rates(self, potentials: Any) -> list[Array]:
        """r_1 ... r_L of neurons, or q_1 ... q_{L-1} of interneurons: the last layer's are its potentials."""
        return [*(self.network.activation.value(u) for u in potentials[:-1]), potentials[-1]]

    def rest(self, params: View, x: Array) -> tuple[list[Array], list[Array]]:
        """Potentials of neurons and of interneurons at rest, with apical potentials of 0 and without a target."""
        u: list[Array] = []
        for layer in range(1, self.network.depth + 1):
            below = self.network.activation.value(u[-1]) if u else x
            u.append(self.attenuation(layer) * into(self.network, params, layer, below))
        share, r = self.dendritic / (self.leak + self.dendritic), self.rates(u)
        return u, [share * self.expected(params, n, r[n - 1]) for n in range(1, self.network.depth)]

    def dendrites(
        self, params: View, x: Array, u: Any, v: Any
    ) -> tuple[list[Array], list[Array], list[Array]]:
        """Basal potentials of all layers, apical ones of the hidden layers, and the dendrites of interneurons."""
        r, inter = [x, *self.rates(u)], self.rates(v) if v else []
        basal = [into(self.network, params, n, below) for n, below in enumerate(r[:-1], 1)]
        apical: list[Array]
        hidden = range(1, self.network.depth)
        apical = [times(r[n + 1], params[f"B{n + 1}"]) + times(inter[n - 1], params[f"P{n}"]) for n in hidden]
        return basal, apical, [self.expected(params, n, r[n]) for n in hidden]

    def expected(self, params: View, layer: int, r: Array) -> Array:
        """The dendritic potential of a layer's interneurons, r_l I_l + c_l."""
        z = times(r, params[f"I{layer}"])
        if self.network.bias:
            z += params[f"c{layer}"]
        return z

    def advance(self, u: Any, v: Any, dendrites: Any, y: Array | None, rng: Generator) -> None:
        """One step of time: the potentials `u` and `v` change in place."""
        basal, apical, inter = dendrites
        for n, (layer, drive) in enumerate(zip(u, basal, strict=True)):
            flow = self.basal * drive - (self.leak + self.basal) * layer
            if n < len(apical):
                flow += self.apical * (apical[n] - layer)
            elif y is not None:
                flow -= self.somatic * self.network.output.error(self.network.output.value(layer), y)
            if n < len(v):
                inward = self.dendritic * (inter[n] - v[n]) + self.somatic * (u[n + 1] - v[n])
                v[n] += self.step * (inward - self.leak * v[n])
            layer += self.step * flow
            if self.noise:
                drawn = beside(rng.standard_normal(layer.shape).astype(layer.dtype), layer)
                layer += self.noise * self.step**0.5 * drawn

    def check(self, u: Any) -> None:
        """Raise `Unsettled` if potentials ran away."""
        if not np.isfinite(u[0]).all():
            raise Unsettled("potentials are not finite: lower the step of time, or the learning rates")


def resting(network: MLP, params: View, x: Array) -> list[Array]:
    """Potentials z_1 ... z_L of the forward pass, where apical dendrites are silent."""
    z = [into(network, params, 1, x)]
    for layer in range(2, network.depth + 1):
        z.append(into(network, params, layer, network.activation.value(z[-1])))
    return z
