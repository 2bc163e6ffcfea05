"""
A spiking rule in Brian2
========================

Rules of synapses are equations with units. Here one is written, simulated by Brian2, and held against a closed form.
"""

# %%
# Spike-timing-dependent plasticity whose depression grows with the weight, so that weights have a rest of their own.
# An arriving spike leaves a trace ``x``, a spike of the target a trace ``y``; both decay.
import numpy as np
from plausible.spiking.plasticity import Plasticity, traces
from plausible.spiking.windows import pair_window, simulated_changes

weighty = Plasticity(
    source="song2000",
    equations=traces(("x", "tau"), ("y", "tau")),
    on_pre="x += 1; w -= minus * (w + 1) * y",
    on_post="y += 1; w += plus * x",
    constants=(("plus", "0.01"), ("minus", "0.012"), ("tau", "20*ms")),
)

# %%
# One pair of spikes for each of 32 synapses, the target's from 80 ms before to 80 ms after. Each has a fresh weight of
# 0. The simulation is Brian2's, in steps of 1 ms.
delays = np.array([delay for delay in range(-80, 81, 5) if delay])
found = simulated_changes(weighty, [[100]] * 32, [[100 + delay] for delay in delays.tolist()], 200)

# %%
# At a weight of 0 the rule is that of pairs, whose window is known in closed form: they agree to rounding errors.
expected = pair_window(delays, 0.01, 0.012, 20, 20)
print("largest difference:", abs(found - expected).max())
assert abs(found - expected).max() < 1e-12

# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
axes.plot(delays, expected, label="closed form")
axes.plot(delays, found, "o", ms=4, label="Brian2")
axes.axhline(0, lw=0.5, color="grey")
axes.set(xlabel="spike of the target after that of the source, ms", ylabel="change of the weight")
axes.set_title("Potentiation after, depression before")
_ = axes.legend()

# %%
# Many pairs: under independent spikes weights drift towards a rest, where gain and loss are equal. Two spikes in one
# step are potentiation alone, as arriving spikes come first here; so with traces that keep the share q = exp(-1/20) in
# a step, gain is A₊ / (1 - q), loss is A₋ (w + 1) q / (1 - q), and w rests at A₊ / (A₋ q) - 1.
rng = np.random.default_rng(0)
steps, synapses = 20_000, 100
before, after = (
    [np.flatnonzero(rng.random(steps) < 0.04).tolist() for _ in range(synapses)] for _ in range(2)
)
ended = simulated_changes(weighty, before, after, steps)
error = ended.std(ddof=1) / synapses**0.5
print(
    f"after {steps // 1000} s: {ended.mean():.3f} ± {error:.3f}, at rest {0.01 / 0.012 / np.exp(-1 / 20) - 1:.3f}"
)

# %%
# The audit reads the equations, shifts spikes, and says which objections the rule removes.
import plausible as pl

pl.audit(weighty).frame.query("verdict == 'removed'")[["criticism", "evidence"]]

# %%
# :doc:`Circuits, and rules that classify images </spiking>`.
