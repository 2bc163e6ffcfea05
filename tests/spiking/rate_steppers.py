"""Rules of layers that answer by rates, step by step in plain numpy: independent statements, for tests.

Each function shows examples to a network, whose weights `w` it changes, and returns the spikes of each layer,
(examples, neurons). In a step equations move by Euler's rule, neurons spike, spikes arrive, neurons' own changes
follow, then resets.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from plausible.spiking.chance import chance

Arrays = dict[str, Any]


def layered(w: Arrays) -> list[Any]:
    """The weights that lead up, from the inputs on."""
    return [w[f"W{i}"] for i in range(1, len(w) + 1) if f"W{i}" in w]


def totals(spikes: list[list[Any]]) -> list[Any]:
    """Spikes of layers, (examples, neurons), of those of each step, (examples, steps)."""
    return [np.array(layer) for layer in zip(*spikes, strict=True)]


def event_driven(rule: Any, w: Arrays, trains: Any, y: Any, learn: float = 1.0) -> list[Any]:
    """[neftci2017]: an arriving spike reads the dendrite's potential; error neurons compare spikes with the target."""
    up, found = layered(w), []
    for train, target in zip(trains, y, strict=True):
        sizes = [each.shape[1] for each in up]
        v, current, u, box, held, count = ([np.zeros(n) for n in sizes] for _ in range(6))
        owed, spare = np.zeros(sizes[-1]), np.zeros(sizes[-1])
        for now, spikes in enumerate(train):
            fired = [spikes]
            for i in range(len(up)):
                awake = held[i] <= now
                v[i] = v[i] + awake * (current[i] - v[i]) / 10
                box[i] = 1.0 * (current[i] > rule.low) * (current[i] < rule.high)
                current[i], u[i] = current[i] * 3 / 4, u[i] * 4 / 5
                fired.append((v[i] > 1) & awake)
            owed = owed + learn * target * rule.aim / 2000 - owed * (owed < 0)
            spare = spare - learn * target * rule.aim / 2000 - spare * (spare < 0)
            short, over = owed >= 1, spare >= 1
            for i, weights in enumerate(up):
                current[i] += fired[i] @ weights
                weights += learn * rule.rate * np.outer(fired[i], u[i] * box[i])
            owed, spare = owed - learn * fired[-1] / 2, spare + learn * fired[-1] / 2
            error = short * 1.0 - over
            for i in range(len(up) - 1):
                u[i] += error @ w[f"B{i + 1}"]
            u[-1] += error
            owed, spare = owed - short, spare - over
            for i, each in enumerate(fired[1:]):
                v[i][each], held[i][each] = 0, now + 4
                count[i] += each
        found.append(count)
    return totals(found)


def urbanczik_senn(rule: Any, w: Arrays, trains: Any, y: Any, seed: int, learn: float = 1.0) -> list[Any]:
    """[urbanczik2014]: weights follow how much more often the soma spikes than its dendrite predicts."""
    up, found, first = layered(w), [], 0
    for train, target in zip(trains, y, strict=True):
        sizes = [each.shape[1] for each in up]
        potential, current, gap, slope, apical, count = ([np.zeros(n) for n in sizes] for _ in range(6))
        s, psp = ([np.zeros(n) for n in (len(up[0]), *sizes)] for _ in range(2))
        for now, spikes in enumerate(train):
            fired, dendrite = [spikes], None
            for i in range(len(up)):
                gap[i], slope[i] = differs(rule, potential[i], apical[i], target, i == len(up) - 1, learn)
                potential[i], current[i] = potential[i] * 0.9 + current[i], current[i] * 2 / 3
                apical[i] = apical[i] * 0.9
                phi, alone = rates(rule, potential[i], apical[i], target, i == len(up) - 1, learn)
                where = first + now, np.arange(sizes[i])
                fired.append(chance(seed + 2 * (i + 1), *where) < phi)
                dendrite = chance(seed + 2 * (i + 1) + 1, *where) < alone
            for i in range(len(s)):
                psp[i], s[i] = psp[i] * 0.9 + s[i], s[i] * 2 / 3
            for i, weights in enumerate(up):
                current[i] += fired[i] @ weights
                if now % 5 == 4:
                    weights += learn * rule.rate * np.outer(psp[i], gap[i] * slope[i])
            for i in range(len(up) - 1):
                apical[i] += (fired[-1] * 1.0 - dendrite) @ w[f"B{i + 1}"]
            for i, each in enumerate(fired):
                s[i] += each
            for i, each in enumerate(fired[1:]):
                count[i] += each
        first += len(train)
        found.append(count)
    return totals(found)


def rates(rule: Any, potential: Any, apical: Any, target: Any, output: bool, learn: float) -> tuple[Any, Any]:
    """The rates per ms of a soma, and of one that is left to its dendrite."""
    alone = 2 / 2.1 * potential
    up, down = learn * rule.pull * target, learn * rule.pull * (1 - target)
    drawn = (2 * potential + up * 14 / 3 - down / 3) / (2.1 + up + down) if output else 0
    u = drawn if output else alone + learn * rule.nudge * apical
    return tuple(0.15 / (1 + 0.5 * np.exp(5 * (1 - each))) for each in (u, alone))


def differs(*state: Any) -> tuple[Any, Any]:
    """How much more often the soma spikes, and the slope of the logarithm of the dendrite's rate."""
    phi, alone = rates(*state)
    return phi - alone, 5 / (1 + 2 * np.exp(-5 * (1 - 2 / 2.1 * state[1])))


def kinase(rule: Any, w: Arrays, trains: Any, y: Any, learn: float = 1.0) -> list[Any]:
    """[oreilly2026]: calcium of the outcome, less that of the prediction, at the end of 200 ms."""
    up, found = layered(w), []
    down = [w[f"R{i}"] for i in range(1, len(up))]
    (p, d), (p_in, d_in) = constants(), constants()
    for train, target in zip(trains, y, strict=True):
        sizes = [each.shape[1] for each in up]
        v, current, held, count = ([np.zeros(n) for n in sizes] for _ in range(4))
        calcium = [np.zeros((3, n)) for n in (len(up[0]), *sizes)]
        for now, spikes in enumerate(train):
            fired = [spikes]
            for i in range(len(up)):
                drive = learn * rule.clamp * (2 * target - 1) * (now >= 150) if i == len(up) - 1 else 0
                awake = held[i] <= now
                v[i], current[i] = v[i] + awake * (current[i] + drive - v[i]) / 10, current[i] * 4 / 5
                fired.append((v[i] > 1) & awake)
            calcium = [np.stack([m * 4 / 5, q + (m - q) / 40, r + (q - r) / 40]) for m, q, r in calcium]
            for i, weights in enumerate(up):
                current[i] += fired[i] @ weights
            for i, weights in enumerate(down):
                current[i] += fired[i + 2] @ weights
            if now == 199:
                for i in range(len(up)):
                    (_, q, r), (_, q2, r2) = calcium[i], calcium[i + 1]
                    lost, gone = (p, d) if i else (p_in, d_in)
                    change = np.outer(q, q2) / (lost * p) - np.outer(r, r2) / (gone * d)
                    up[i] += learn * rule.rate * change
                    if i:
                        down[i - 1] += learn * rule.rate * change.T
            for i, each in enumerate(fired):
                calcium[i][0] += 1.6 * each
            for i, each in enumerate(fired[1:]):
                v[i][each], held[i][each] = 0, now + 3
                count[i] += each
        found.append(count)
    return totals(found)


def constants() -> tuple[float, float]:
    """CaP and CaD that the rate 1/8 leaves by 200 ms: a repeated impulse, with its own powers of a matrix."""
    step = np.array([[0.8, 0, 0], [1 / 40, 1 - 1 / 40, 0], [0, 1 / 40, 1 - 1 / 40]])
    state = sum(np.linalg.matrix_power(step, k) @ np.array([0.2, 0, 0]) for k in range(1, 200))
    return state[1], state[2]


def rewarded(
    rule: Any, w: Arrays, trains: Any, y: Any, learn: float = 1.0, expected: float = 0.0
) -> list[Any]:
    """R-STDP and MSTDPET: pairs of spikes, and what the population's spikes earn."""
    weights, found, n_out = w["W1"], [], y.shape[1]
    for train, target in zip(trains, y, strict=True):
        n_in, n = weights.shape
        v, current, held, count, after = (np.zeros(n) for _ in range(5))
        before, z, change = np.zeros(n_in), np.zeros((n_in, n)), np.zeros((n_in, n))
        prize, earned, total, waiting = target[np.arange(n) % n_out], 0.0, 0, 0.0
        for now, spikes in enumerate(train):
            awake = held <= now
            v, current = v + awake * (current - v) / 10, current * 4 / 5
            after, before = after * 19 / 20, before * 19 / 20
            fired = (v > 1) & awake
            pairs = np.outer(before, fired) - rule.depression * np.outer(spikes, after)
            if hasattr(rule, "tau_z"):
                change, z = change + waiting * z, z * (1 - 1 / rule.tau_z) + pairs / rule.tau_z
            else:
                z = z + pairs
            waiting = float((fired * prize).sum())
            earned, total = earned + waiting, total + int(fired.sum())
            current = current + spikes @ weights - rule.inhibition * (fired.sum() - fired)
            after, before, count = after + fired, before + spikes, count + fired
            v[fired], held[fired] = 0, now + 3
        mean = earned / (total + 1e-9)
        change = change if hasattr(rule, "tau_z") else (mean - expected) * z
        unit = 2 * rule.gain / n_in
        weights[:] = np.clip(weights + learn * rule.rate * unit * change, 0, rule.high * unit)
        weights *= 1 + learn * rule.keep * (rule.gain / (weights.sum(axis=0) + 1e-9) - 1)
        expected += learn * (total > 0) * (mean - expected) / 100
        found.append([count])
    return totals(found)


def population_spikes(rule: Any, weights: Any, train: Any) -> Any:
    """The spikes of the population of R-STDP by step, (steps, neurons), while weights stand still."""
    n = weights.shape[1]
    v, current, held, found = np.zeros(n), np.zeros(n), np.zeros(n), []
    for now, spikes in enumerate(train):
        awake = held <= now
        v, current = v + awake * (current - v) / 10, current * 4 / 5
        fired = (v > 1) & awake
        current = current + spikes @ weights - rule.inhibition * (fired.sum() - fired)
        v[fired], held[fired] = 0, now + 3
        found.append(fired * 1.0)
    return np.array(found)
