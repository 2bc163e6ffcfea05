"""From a circuit to Brian2's objects: the only module that knows both."""

from __future__ import annotations

import ast
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from plausible.errors import BadInput, NotInstalled, installing
from plausible.registry.elsewhere import elsewhere
from plausible.spiking.chance import CPP, CYTHON, chance
from plausible.spiking.circuit import Circuit, Group, Projection, Recorder, Spikes
from plausible.spiking.compiled import cache
from plausible.spiking.keys import quick_keys, uncollected
from plausible.spiking.owned import keep_private


@contextmanager
def quiet() -> Iterator[None]:
    """A context without Brian2's warnings: of its own libraries, or of what a circuit does on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


with quiet():
    import_module(
        "matplotlib"
    )  # Brian2 imports it; a caller's settings of it, unlike Brian2's, are only read
    with elsewhere():
        try:
            import brian2 as brian2
        except ModuleNotFoundError as error:
            raise NotInstalled(f"spiking rules need Brian2: {installing('spiking')}") from error

MS = brian2.ms
EXTENSIONS = "codegen.runtime.cython.cache_dir"
OURS = (
    "codegen",
    "core",
    "devices",
    "GSL",
)  # categories of preferences that change numbers or how they are computed
UNITS = {name: getattr(brian2, name) for name in ("ms", "second", "mV", "volt", "Hz", "pA", "nS", "pF", "nF")}


def without_preferences() -> None:
    """Give every preference that may change a number its default, whatever the user's file of preferences says."""
    prefs = brian2.prefs
    for category, (known, _) in prefs.pref_register.items():
        if category.partition(".")[0] in OURS:
            for name, about in known.items():
                prefs[f"{category}.{name}"] = about.default


@contextmanager
def session(target: str) -> Iterator[None]:
    """A context with Brian2 as `Live` needs it; afterwards its global state is as the caller had it, whatever happens.

    The global state is its device, its preferences, the level of its messages, and numpy's global generator, from which
    it draws. The default clock is never used: a circuit has clocks of its own.

    Args:
        target: what Brian2 computes with, "numpy" or "cython". Modules that Cython compiles are loaded again later, so
            they lie in a folder that is the user's alone, beside the compiled circuits.

    Raises:
        SimulationError: if that folder is not the user's alone.
    """
    devices: Any = import_module("brian2.devices.device")  # not the attribute of that name, which is a proxy
    prefs, console = brian2.prefs, brian2.BrianLogger.console_handler
    device, level, drawn = devices.active_device, console.level, np.random.get_state()
    before = {name: prefs[name] for name in prefs}
    try:
        without_preferences()
        if target == "cython":
            prefs[EXTENSIONS] = str(extensions())
        devices.active_device = (
            devices.runtime_device
        )  # set_device would reset a standalone device of the caller
        prefs["codegen.target"] = target
        console.setLevel(logging.ERROR)
        with quiet(), quick_keys(), uncollected():
            yield
    finally:
        devices.active_device = device
        for name, value in before.items():
            if prefs[name] is not value:
                prefs[name] = value
        console.setLevel(level)
        np.random.set_state(drawn)


def extensions() -> Path:
    """The folder of the modules that Cython compiles. Raises `SimulationError` if others may write there."""
    folder = cache() / "cython"
    for each in (folder.parent, folder):
        keep_private(each)
    return folder


class Clocks:
    """The clocks of a circuit, by the number of steps between two ticks."""

    def __init__(self, dt: float) -> None:
        self.dt, self.made = dt, dict[int, Any]()

    def every(self, steps: int = 1) -> Any:
        """The clock that ticks every `steps` steps."""
        if steps not in self.made:
            self.made[steps] = brian2.Clock(dt=steps * self.dt * MS, name=f"every_{steps}")
        return self.made[steps]


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
    """Brian2's objects for a circuit, in a network, on the device that is set. Leaves Brian2's precision changed."""
    brian2.prefs.core.default_float_dtype = np.dtype(circuit.precision).type
    clocks = Clocks(circuit.dt)
    tables = {
        table.name: brian2.TimedArray(np.zeros((table.rows, table.columns)), dt=1 * MS, name=table.name)
        for table in circuit.tables
    }
    names: dict[str, Any] = {name: quantity(text) for name, text in circuit.constants}
    names |= {**tables, "chance": chance_function()}
    objects: dict[str, Any] = {}
    for spikes in circuit.spikes:
        objects[spikes.name] = given(spikes, clocks)
    for group in circuit.groups:
        objects[group.name] = neurons(group, names, clocks)
    for projection in circuit.projections:
        objects[projection.name] = synapses(projection, objects, names, clocks)
    parts: list[Any] = [*circuit.groups, *circuit.projections]
    for part in parts:
        for variable, where in part.links:
            owner, _, name = where.partition(".")
            setattr(objects[part.name], variable, brian2.linked_var(objects[owner], name))
    regular: list[Any] = []
    for part in circuit.regular:
        target, clock = objects[part.target], clocks.every(part.every)
        regular.append(target.run_regularly(part.code, clock=clock, when="start", order=part.order))
    for recorder in circuit.recorders:
        objects[recorder.name] = monitor(recorder, objects, circuit, clocks)
    for where, text in circuit.start:
        owner, _, name = where.partition(".")
        setattr(objects[owner], name, quantity(text))
    return Made(objects, tables, brian2.Network(*objects.values(), *regular, name="circuit"))


def chance_function() -> Any:
    """`plausible.spiking.chance.chance`, for Brian2's equations."""
    function = brian2.Function(
        chance, arg_units=[1, 1, 1], return_unit=1, arg_types=["integer"] * 3, stateless=True
    )
    function.implementations.add_implementation("numpy", chance)
    function.implementations.add_implementation("cpp", CPP)
    function.implementations.add_implementation("cython", CYTHON)
    return function


def neurons(group: Group, names: dict[str, Any], clocks: Clocks) -> Any:
    """The neurons of a group."""
    options: dict[str, Any] = {"events": dict(group.events)} if group.events else {}
    if group.threshold:
        options["threshold"] = group.threshold
    if group.reset:
        options["reset"] = group.reset
    if group.refractory:
        options["refractory"] = quantity(group.refractory)
    return brian2.NeuronGroup(
        group.size, group.equations, method=group.method, name=group.name, namespace=names,
        clock=clocks.every(), **options,
    )  # fmt: skip


def synapses(projection: Projection, objects: dict[str, Any], names: dict[str, Any], clocks: Clocks) -> Any:
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
        method=within(projection.bounds),
        clock=clocks.every(),
    )
    if projection.connect:
        made.connect(condition=projection.connect)
    else:
        made.connect()
    for name, order in projection.orders:
        getattr(made, name).order = order
    return made


def within(bounds: tuple[tuple[str, ...], ...]) -> Any:
    """Euler's method that clips variables after every step; bounds are (name, low, high)."""

    def euler(equations: Any, variables: Any, options: Any = None) -> str:
        step = brian2.euler(equations, variables, options)
        return "\n".join([step, *(f"{name} = clip({name}, {low}, {high})" for name, low, high in bounds)])

    return euler if bounds else "euler"


def given(spikes: Spikes, clocks: Clocks) -> Any:
    """Brian2's neurons whose spikes are given."""
    times = np.array(spikes.steps, float) * clocks.dt * MS
    who = np.array(spikes.neurons, int)
    return brian2.SpikeGeneratorGroup(spikes.size, who, times, name=spikes.name, clock=clocks.every())


def monitor(recorder: Recorder, objects: dict[str, Any], circuit: Circuit, clocks: Clocks) -> Any:
    """Brian2's monitor of a recorder's variables, of all neurons or synapses."""
    record: Any = True
    for (
        projection
    ) in circuit.projections:  # before a compiled program runs, Brian2 does not know how many there are
        if projection.name == recorder.target and projection.connect in ("", "i == j"):
            sizes = len(objects[projection.source]), len(objects[projection.target])
            record = np.arange(min(sizes) if projection.connect else sizes[0] * sizes[1])
    return brian2.StateMonitor(
        objects[recorder.target], list(recorder.variables), record=record, clock=clocks.every(recorder.every),
        when="start", order=-100, name=recorder.name,
    )  # fmt: skip
