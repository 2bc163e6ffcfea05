"""From a circuit to Brian2's objects: the one place that knows both."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from plausible.errors import BadInput
from plausible.spiking.chance import CPP, CYTHON, chance
from plausible.spiking.circuit import Circuit, Group, Projection, Recorder, Spikes


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings of Brian2's meanwhile: they are about its own libraries, or about what is meant so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


with quiet():
    import brian2 as brian2

brian2.BrianLogger.log_level_error()
MS = brian2.ms
UNITS = {name: getattr(brian2, name) for name in ("ms", "second", "mV", "volt", "Hz", "pA", "nS", "pF", "nF")}


class Made(NamedTuple):
    """A circuit's objects by name, the network of them, and its tables."""

    objects: dict[str, Any]
    tables: dict[str, Any]
    network: Any


def quantity(text: str) -> Any:
    """A number with its unit, as "20*ms", or without one. Raises `BadInput` for anything else."""
    number, _, unit = (part.strip() for part in text.partition("*"))
    try:
        return ast.literal_eval(number) * (UNITS[unit] if unit else 1)
    except (SyntaxError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{text!r} is no quantity: expected a number and a unit, as in '20*ms', of {', '.join(UNITS)}"
        ) from error


def make(circuit: Circuit) -> Made:
    """Brian2's objects for a circuit, in a network; on whatever device is set."""
    brian2.prefs.core.default_float_dtype = np.dtype(circuit.precision).type
    brian2.defaultclock.dt = circuit.dt * MS
    tables = {
        table.name: brian2.TimedArray(np.zeros((table.rows, table.columns)), dt=1 * MS, name=table.name)
        for table in circuit.tables
    }
    names: dict[str, Any] = {name: quantity(text) for name, text in circuit.constants}
    names |= {**tables, "chance": chance_function()}
    objects: dict[str, Any] = {}
    for spikes in circuit.spikes:
        objects[spikes.name] = given(spikes, circuit.dt)
    for group in circuit.groups:
        objects[group.name] = neurons(group, names)
    for projection in circuit.projections:
        objects[projection.name] = synapses(projection, objects, names)
    parts: list[Any] = [*circuit.groups, *circuit.projections]
    for part in parts:
        for variable, where in part.links:
            owner, _, name = where.partition(".")
            setattr(objects[part.name], variable, brian2.linked_var(objects[owner], name))
    regular: list[Any] = []
    for part in circuit.regular:
        target, every = objects[part.target], part.every * circuit.dt * MS
        regular.append(target.run_regularly(part.code, dt=every, when="start", order=part.order))
    for recorder in circuit.recorders:
        objects[recorder.name] = monitor(recorder, objects, circuit)
    for where, text in circuit.start:
        owner, _, name = where.partition(".")
        setattr(objects[owner], name, quantity(text))
    return Made(objects, tables, brian2.Network(*objects.values(), *regular))


def chance_function() -> Any:
    """`plausible.spiking.chance.chance`, for Brian2's equations."""
    function = brian2.Function(
        chance, arg_units=[1, 1, 1], return_unit=1, arg_types=["integer"] * 3, stateless=True
    )
    function.implementations.add_implementation("numpy", chance)
    function.implementations.add_implementation("cpp", CPP)
    function.implementations.add_implementation("cython", CYTHON)
    return function


def neurons(group: Group, names: dict[str, Any]) -> Any:
    """The neurons of a group."""
    options: dict[str, Any] = {"events": dict(group.events)} if group.events else {}
    if group.threshold:
        options["threshold"] = group.threshold
    if group.reset:
        options["reset"] = group.reset
    if group.refractory:
        options["refractory"] = quantity(group.refractory)
    return brian2.NeuronGroup(
        group.size, group.equations, method=group.method, name=group.name, namespace=names, **options
    )


def synapses(projection: Projection, objects: dict[str, Any], names: dict[str, Any]) -> Any:
    """The synapses of a projection, connected."""
    source, target = objects[projection.source], objects[projection.target]
    pre, post = (
        dict([("pre", on)] if isinstance(on, str) else on) for on in (projection.on_pre, projection.on_post)
    )
    post = {
        "post" if name == "pre" and isinstance(projection.on_post, str) else name: code
        for name, code in post.items()
    }
    made = brian2.Synapses(
        source,
        target,
        projection.equations,
        on_pre={name: code for name, code in pre.items() if code} or None,
        on_post={name: code for name, code in post.items() if code} or None,
        on_event={
            **dict.fromkeys([name for name, code in (*pre.items(), *post.items()) if code], "spike"),
            **dict(projection.events),
        },
        name=projection.name,
        namespace=names,
        method="euler",
    )
    if projection.connect:
        made.connect(condition=projection.connect)
    else:
        made.connect()
    for name, order in projection.orders:
        getattr(made, name).order = order
    return made


def given(spikes: Spikes, dt: float) -> Any:
    """Neurons whose spikes are given."""
    times = np.array(spikes.steps, float) * dt * MS
    return brian2.SpikeGeneratorGroup(spikes.size, np.array(spikes.neurons, int), times, name=spikes.name)


def monitor(recorder: Recorder, objects: dict[str, Any], circuit: Circuit) -> Any:
    """What keeps a recorder's variables, of all neurons or synapses."""
    record: Any = True
    for (
        projection
    ) in circuit.projections:  # before a compiled program runs, Brian2 does not know how many there are
        if projection.name == recorder.target and projection.connect in ("", "i == j"):
            sizes = len(objects[projection.source]), len(objects[projection.target])
            record = np.arange(min(sizes) if projection.connect else sizes[0] * sizes[1])
    return brian2.StateMonitor(
        objects[recorder.target], list(recorder.variables), record=record, dt=recorder.every * circuit.dt * MS,
        when="start", order=-100, name=recorder.name,
    )  # fmt: skip
