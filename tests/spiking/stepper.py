"""The network of Diehl & Cook, step by step in plain numpy: an independent statement of the equations, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from plausible.spiking.chance import chance

DT = 0.5  # ms


@dataclass
class Stepper:
    """A small network in float64. Every spike of every input is drawn by `chance`, so it is known beforehand."""

    w: Any  # (n_in, n)
    theta: Any  # (n,), volts
    delay: Any  # (n_in, n), steps
    drive: float = 1.0
    norm: float = 78.0
    eta_pre: float = 1e-4
    eta_post: float = 1e-2
    theta_plus: float = 0.05e-3
    least: int = 5
    most: float = 32.0
    slots: int = 0
    arrived: int = 0  # spikes of inputs, and of inhibitory neurons
    inhibited: int = 0
    counts: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        n_in, n = self.w.shape
        self.v, self.ge, self.gi = np.full(n, -0.105), np.zeros(n), np.zeros(n)
        self.post1, self.post2, self.held = np.zeros(n), np.zeros(n), np.zeros(n, int)
        self.vi, self.gei, self.heldi = np.full(n, -0.1), np.zeros(n), np.zeros(n, int)
        self.arrival = np.full((n_in, n), -(10**8))
        self.coming: dict[int, list[tuple[int, int]]] = {}

    def show(self, images: Any, seed: int) -> None:
        """Every image, until it passes."""
        for image in images:
            gain, total = 2.0, -1
            while total < self.least and (total < 0 or gain < self.most):
                gain += total >= 0
                counts = self.slot(image * gain * 31.875 * DT * 1e-3, seed)
                total = counts.sum()
            self.counts.append(counts)

    def slot(self, p: Any, seed: int) -> Any:
        """350 ms of spikes with the probability `p` a step, and 150 ms of rest; returns the spikes of each neuron."""
        n_in, n = self.w.shape
        counts = np.zeros(n, int)
        self.theta = self.theta * (1 - 500 / 1e7)
        for step in range(1000):
            now = 1000 * self.slots + step
            awake, awake_i = self.held <= now, self.heldi <= now
            push = self.ge * (0 - self.v) + np.minimum(self.gi, 190) * (-0.1 - self.v)
            v = self.v + DT / 100 * ((-0.065 - self.v) + push)
            vi = self.vi + DT / 10 * ((-0.06 - self.vi) + self.gei * (0 - self.vi))
            self.v, self.vi = np.where(awake, v, self.v), np.where(awake_i, vi, self.vi)
            self.ge, self.gi, self.gei = (
                self.ge * (1 - DT / 1),
                self.gi * (1 - DT / 2),
                self.gei * (1 - DT / 1),
            )
            self.post1, self.post2 = self.post1 * (1 - DT / 20), self.post2 * (1 - DT / 40)
            fired = np.flatnonzero((self.v > self.theta - 0.072) & awake)
            fired_i = np.flatnonzero((self.vi > -0.04) & awake_i)
            if step == 0:
                self.w = self.w * self.norm / self.w.sum(axis=0)
            if step < 700:
                for i in np.flatnonzero((p > 0) & (chance(seed, now, np.arange(n_in)) < p)):
                    self.arrived += 1
                    for j in range(n):
                        self.coming.setdefault(now + self.delay[i, j], []).append((i, j))
            for i, j in self.coming.pop(now, []):
                self.ge[j] += self.drive * self.w[i, j]
                self.arrival[i, j] = now
                self.w[i, j] = max(self.w[i, j] - self.eta_pre * self.post1[j], 0)
            self.inhibited += len(fired_i)
            for i in fired_i:
                self.gi += 17.0 * (np.arange(n) != i)
            for j in fired:
                self.gei[j] += 10.4
                x = np.exp((self.arrival[:, j] - now) * DT / 20)
                self.w[:, j] = np.minimum(self.w[:, j] + self.eta_post * x * self.post2[j], 1)
            self.v[fired], self.held[fired] = -0.065, now + 10
            self.post1[fired] = self.post2[fired] = 1
            self.theta[fired] += self.theta_plus
            counts[fired] += 1
            self.vi[fired_i], self.heldi[fired_i] = -0.045, now + 4
        self.slots += 1
        return counts
