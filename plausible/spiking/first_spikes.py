"""Neurons that spike once at most, at the step that says how well their inputs fit, and compete to be the first.

A neuron sums up the weights of the inputs that have spiked, without leak, and spikes when the sum reaches its threshold
[mozafari2018]. What learns is decided at the end of a slot, by events that all neurons have at its last step: they are
ranked, tell all what is known of them, judge themselves by that, and synapses change, in this order.
"""

from __future__ import annotations

from plausible.spiking.circuit import Group, Projection
from plausible.spiking.codes import Code

REST = 2  # steps after those of a code: one in which the last spikes act, and one in which neurons are judged
RANKED, TOLD, JUDGED, LEARNED, SCALED = -5, -4, -3, -2, -1  # the order of what happens at the last step
# Of neurons that spike at one step the one is the first whose sum, with the inputs of this step, is largest for its
# threshold.
RESET = "time = now; fired = 1; score = now - (v - theta)/v"


def slot(code: Code) -> int:
    """The steps of a slot for inputs of this code; a neuron without a spike has this as its time."""
    return code.steps + REST


def first_spiking(
    size: int, steps: int, threshold: str = "theta", more: str = "", ready: str = "", later: str = ""
) -> Group:
    """Neurons, called `out`, in slots of so many steps; `theta` is a variable of `control`.

    Their variables: the sum `v`, the step `time` of their spike, whether they `fired`, their `score`, the smaller the
    sooner, how many others have `beaten` them, and `target`, 1 for neurons of the right class. `ready` is another
    threshold, at which they have another event, `reached`, and by which they may be ranked (`readiness`). `later` is a
    condition: neurons of which it holds a step after they are judged have the event `learns` then.
    """
    reached = (("reached", f"ready == 0 and v >= {ready}"),) if ready else ()
    reached += (("learns", f"now == {steps} and {later}"),) if later else ()  # type: ignore[assignment]
    more += "\nready : 1\nrank : 1" if ready else ""
    return Group(
        "out", size,
        f"v : 1\ntime : 1\nfired : 1\nscore : 1\nbeaten : 1\ntarget : 1\n{more}",
        f"fired == 0 and v >= {threshold}", RESET.replace("theta", threshold),
        events=(("judged", f"now == {steps - 1}"), *reached),
    )  # fmt: skip


def readiness(threshold: str) -> Projection:
    """What neurons do at their other threshold, `threshold` with names that end in _post: they get a `rank`."""
    return Projection(
        "reach", "out", "out", on_post=(("post", f"ready_post = 1; rank_post = now - (v_post - {threshold})/v_post"),),
        connect="i == j", events=(("post", "reached"),),
    )  # fmt: skip


def begin(steps: int, target: str = "0") -> tuple[tuple[str, str], ...]:
    """What is done at the start of a slot; `target` is the label of a neuron, as "targets(example*ms, i)"."""
    neurons = f"v = 0; time = {steps}; fired = 0; score = {2 * steps}; beaten = 0; target = {target}"
    return (("out", neurons), ("inputs", f"when = {steps}"))


def ranking(members: int, by: str = "score") -> Projection:
    """Every neuron tells others of its group, of so many neurons, whether it was before them, by `score` or `rank`."""
    ahead = f"int({by}_pre < {by}_post or ({by}_pre == {by}_post and i < j))"
    return Projection(
        "rank", "out", "out", on_pre=(("pre", f"beaten_post += int(i//{members} == j//{members})*{ahead}"),),
        connect="i != j", events=(("pre", "judged"),), orders=(("pre", RANKED),),
    )  # fmt: skip


def plastic(change: str, total: str = "", event: str = "judged") -> Projection:
    """Synapses from all inputs to all neurons, with weights from 0 to 1, which change at an event of the neuron.

    `change` may read `causal`, 1 for inputs that spiked before the neuron did, else 0: all of them where it did not.
    With a `total` the weights of each neuron are then scaled to this sum, for which neurons need a variable `sum_w`.
    """
    learned = f"causal = int(when_pre < time_post); w = clip(w + learn*({change}), 0, 1)"
    scaled = f"w = clip(w*(1 + learn*({total}/(sum_w_post + 1e-9) - 1)), 0, 1)"
    more = (("scaled", scaled),) if total else ()
    return Projection(
        "plastic", "inputs", "out", "w : 1", (("pre", "v_post += w"),),
        (("learned", f"{learned}; sum_w_post += w" if total else learned), *more),
        events=(("learned", event), *((way, event) for way, _ in more)),
        orders=(("learned", LEARNED), *((way, SCALED) for way, _ in more)),
    )  # fmt: skip


ARRIVING, TRACES = "when = now", "when : 1"  # of the lines of input: the step of their spike


def telling(name: str, code: str) -> Projection:
    """What neurons that are judged tell all, by changes of a variable of `control`."""
    return Projection(
        name, "out", "control", on_pre=(("pre", code),), events=(("pre", "judged"),), orders=(("pre", TOLD),)
    )


def judging(code: str) -> Projection:
    """What neurons do to themselves when they are judged: `code` changes their variables, which end in _post."""
    return Projection(
        "judge", "out", "out", on_post=(("post", code),), connect="i == j",
        events=(("post", "judged"),), orders=(("post", JUDGED),),
    )  # fmt: skip
