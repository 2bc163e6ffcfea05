"""The network of [diehl2015] as equations: spikes of pixels, excitatory neurons that compete, inhibitory ones between.

A *slot* is 350 ms of an image and 150 ms of rest. At the start of a slot the one before is judged: after `least` spikes
or more the next image comes, else the same one with larger rates. There weights are normalised, and thresholds decay.
"""

from __future__ import annotations

from types import MappingProxyType

from plausible.errors import require, unknown
from plausible.spiking.circuit import Circuit, Group, Projection, Recorder, Regular, Table

STEP = 0.5  # ms
SHOWN, SLOT = 700, 1000  # steps
GAINS = 100  # steps between two updates of the rates
ROWS = 1000  # images that a program holds at a time
# In Euler's step of 0.5 ms a conductance of 200 takes v to the reversal potential, one of 400 as far beyond, and a
# larger one ever farther: after 24 neurons have spiked in one step, all may spike without end.
MOST_INHIBITION = 190
INPUTS = 784  # of the published network; fewer inputs have the same conductance in all

CONSTANTS = {
    "rate": "31.875*Hz",  # of a pixel of 1, times the gain
    "tau_pre": "20*ms",
    "x_tar": "0.4",
    "mu": "0.2",
    "beta": "1.0",
}
# The changes of a synapse at an arriving spike and at a spike of its neuron. `x` is the trace of arriving spikes, 1 at
# the last of them; `post1` and `post2` are traces of the neuron, 1 at its last spike, as they were before this one.
VARIANTS = MappingProxyType(
    {
        "triplet": ("- depression*post1_post", "+ potentiation*x*post2_post"),
        "pair": ("- depression*post1_post", "+ potentiation*x"),
        "power-law": ("", "+ potentiation*(x - x_tar)*(1 - w)**mu"),
        "exponential": ("", "+ potentiation*(x*exp(-beta*w) - x_tar*exp(-beta*(1 - w)))"),
        "pre-and-post": ("- depression*post1_post*w**mu", "+ potentiation*(x - x_tar)*(1 - w)**mu"),
    }
)

CONTROL = Group(
    "control",
    1,
    """
    seed : integer        # of the input spikes
    first : integer       # step at which this run begins
    learn : 1             # 1 while weights and thresholds change, else 0
    images : integer      # in the table
    image : integer       # that is shown
    gain : 1
    total : 1             # excitatory spikes of this slot
arrived : integer     # spikes of inputs
inhibited : integer   # spikes of inhibitory neurons
least : 1             # of them, for an image to pass
most : 1              # gain, at which an image passes whatever it raises
depression : 1           # rates of depression and of potentiation
potentiation : 1
growth : volt     # what a spike adds to the threshold
tau_theta : second    # with which the threshold decays
    """,
)
INHIBITORY = """
    dv/dt = ((-60*mV - v) + ge*(0*mV - v))/(10*ms) : volt (unless refractory)
    dge/dt = -ge/(1*ms) : 1
    """


def linked(*names: str) -> tuple[tuple[str, str], ...]:
    """Links to variables of the group `control`."""
    return tuple((name, f"control.{name}") for name in names)


def inputs(n_in: int) -> Group:
    """Pixels that spike at random: at most one spike a step, with the probability p."""
    return Group(
        "inputs",
        n_in,
        """
        p : 1
        seed : integer (linked)
        first : integer (linked)
        image : integer (linked)
        images : integer (linked)
        gain : 1 (linked)
        """,
        threshold="p > 0 and chance(seed, first + timestep(t, dt), i) < p",
        links=linked("seed", "first", "image", "images", "gain"),
    )


def excitatory(neurons: int, block: float) -> Group:
    """Conductances with reversal potentials, an adaptive threshold, and the traces of STDP."""
    blocked = f" and t - lastspike >= {block!r}*ms" if block > 5 else ""
    return Group(
        "exc",
        neurons,
        f"""
        dv/dt = ((-65*mV - v) + ge*(0*mV - v) + inhibition*(-100*mV - v))/(100*ms) : volt (unless refractory)
        inhibition = clip(gi, 0, {MOST_INHIBITION}) : 1
        dge/dt = -ge/(1*ms) : 1
        dgi/dt = -gi/(2*ms) : 1
        dpost1/dt = -post1/(20*ms) : 1
        dpost2/dt = -post2/(40*ms) : 1
        theta : volt
        count : integer
        sum_w : 1
        learn : 1 (linked)
        growth : volt (linked)
        tau_theta : second (linked)
        """,
        threshold=f"v > theta - 72*mV{blocked}",
        reset="v = -65*mV; theta += learn*growth; post1 = 1; post2 = 1; count += 1",
        refractory="5*ms",
        events=(("normalise", f"timestep(t, dt) % {SLOT} == 0 and learn > 0"),),
        links=linked("learn", "growth", "tau_theta"),
    )


def plastic(variant: str, inputs: int) -> Projection:
    """The synapses that learn, in the order of a step: they are normalised, spikes arrive, the neuron spikes."""
    pre, post = VARIANTS[variant]
    x = "x = exp((arrival - first - timestep(t, dt))*dt/tau_pre); " if "x" in post else ""
    depression = f"; w = clip(w {pre.replace('- ', '- learn*')}, 0, 1)" if pre else ""
    potentiation = f"w = clip(w + learn*({post.removeprefix('+ ')}), 0, 1)"
    return Projection(
        "plastic",
        "inputs",
        "exc",
        """
        w : 1
        arrival : integer     # step of the last arriving spike
        learn : 1 (linked)
        first : integer (linked)
        depression : 1 (linked)
        potentiation : 1 (linked)
        """,
        on_pre=(("pre", f"ge_post += {INPUTS / inputs!r}*w; arrival = first + timestep(t, dt){depression}"),),
        on_post=(
            ("post", x + potentiation),
            ("sum", "sum_w_post += w"),
            ("scale", f"w *= {78 / INPUTS * inputs!r}/sum_w_post"),
        ),
        events=(("sum", "normalise"), ("scale", "normalise")),
        orders=(("sum", -4), ("scale", -3)),
        links=linked("learn", "first", "depression", "potentiation"),
    )


def circuit(
    n_in: int,
    neurons: int,
    variant: str = "triplet",
    *,
    precision: str = "float32",
    block: float = 5.0,
    rows: int = ROWS,
    **constants: str,
) -> Circuit:
    """The network for `n_in` pixels and so many excitatory neurons.

    Args:
        n_in: inputs, with values from 0 to 1.
        neurons: excitatory neurons, and inhibitory ones.
        variant: of STDP, one of `VARIANTS`.
        precision: of all variables.
        block: ms after a spike in which a neuron cannot spike; the potential is held for 5 ms.
        rows: images that are held at a time.
        constants: values in the place of those of `CONSTANTS`, under the same names.
    """
    if variant not in VARIANTS:
        raise unknown("variant of STDP", variant, VARIANTS)
    require(
        not constants.keys() - CONSTANTS.keys(),
        "a constant",
        sorted(constants),
        f"some of {', '.join(CONSTANTS)}",
    )
    judge = "passed = int(total >= least or gain >= most); image += passed"
    show = f"pixels(image*ms, i)*gain*rate*dt*int(timestep(t, dt) % {SLOT} < {SHOWN})*int(image < images)"
    return Circuit(
        STEP,
        (CONTROL, inputs(n_in), excitatory(neurons, block),
         Group("inh", neurons, INHIBITORY, "v > -40*mV", "v = -45*mV", "2*ms")),
        (plastic(variant, n_in),
         Projection("excite", "exc", "inh", on_pre="ge_post += 10.4", connect="i == j"),
         Projection("inhibit", "inh", "exc", on_pre="gi_post += 17", connect="i != j"),
         Projection("tally", "exc", "control", on_pre="total_post += 1"),
         Projection("arrivals", "inputs", "control", on_pre="arrived_post += 1"),
         Projection("inhibitions", "inh", "control", on_pre="inhibited_post += 1")),
        (Regular("control", f"{judge}; gain = 2*passed + (gain + 1)*(1 - passed); total = 0", SLOT, 0),
         Regular("exc", f"count = 0; sum_w = 0; theta = theta*(1 - learn*{SLOT}*dt/tau_theta)", SLOT, 1),
         Regular("inputs", f"p = {show}", GAINS, 2)),
        (Recorder("counts", "exc", ("count",), SLOT), Recorder("shown", "control", ("image",), SLOT)),
        (Table("pixels", rows, n_in),),
        constants=tuple({**CONSTANTS, **constants}.items()),
        precision=precision,
    )  # fmt: skip
