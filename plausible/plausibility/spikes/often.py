"""A simulation that is run often: its code is written once, and no run looks for garbage among all objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from textwrap import indent
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plausible.plausibility.spikes.needed import needed
from plausible.spiking.circuit import Circuit
from plausible.spiking.live import Live
from plausible.spiking.simulate import Values

INDEX = "_vectorisation_idx"  # what Brian2 numbers neurons with in all code

REMEMBERED = {"timestep", "chance"}  # functions that give the same each time

TOLD = "def run(slowly=slowly):\n    try:\n"
FAILED = "\n    except Exception:\n        slowly()\n        raise"  # what is written fails likewise, and says where


class Often(Live):
    """A `Live` whose second run and all later ones take the code of the first: the same numbers, in less time.

    Brian2 writes, checks and compiles all code of a network anew at each run, which takes longer than short runs of
    small circuits do. By numpy, code reads variables, tables and delays from arrays of the network; what stands in it
    itself, such as the circuit's constants and the numbers of neurons, is the same in all runs. So it is run as a
    function, whose names are found faster than those of a text that is executed, imports and all.
    """

    written = False  # whether there is code

    def __init__(self, circuit: Circuit) -> None:
        super().__init__(circuit, "numpy")  # what Cython compiles holds constants' values itself
        self.runs: list[tuple[Any, Callable[[], None]]] = []  # of parts, as functions
        self.awake: dict[frozenset[str], set[int]] = {}  # parts, by what is wanted of them

    def through(
        self, ends: Sequence[int], start: Values, wanted: Sequence[str]
    ) -> list[dict[str, NDArray[Any]]]:
        """See `Live.through`."""
        self.wake(wanted)
        with aside():
            return super().through(ends, start, wanted)

    def wake(self, wanted: Sequence[str]) -> None:
        """Let those parts run that move what is wanted, once it is known which these are, and no others."""
        key = frozenset(wanted)
        if self.written and key not in self.awake:
            arrays = [self.find(each) for each in wanted]
            parts = self.made.network.sorted_objects
            self.awake[key] = needed(parts, [f"{each.owner.name}_{each.name}" for each in arrays])
        for part, run in self.runs:
            part.run = run if id(part) in self.awake[key] else nothing

    @cached_property
    def made(self) -> Any:
        """See `Live.made`; before the first run starts, what was written for it is kept."""
        made = super().made
        write = made.network.before_run

        def before_run(namespace: Any) -> None:
            write(namespace)
            for part in () if self.written else made.network.sorted_objects:
                if hasattr(part, "create_code_objects"):
                    part.create_code_objects = keep
                if not part._code_objects:  # of which nothing but units is looked at
                    part.before_run = keep
                self.quicken(part)
            self.written = True

        made.network.before_run = before_run
        return made

    def quicken(self, part: Any) -> None:
        """Let a part of the network run its code as functions, in which tables are looked up by known steps."""
        from brian2 import BrianObject

        for code in part._code_objects:
            tables = {each for each in self.made.tables if callable(code.namespace.get(each))}
            code.namespace.update({each: looked_up(self.made.tables[each], code, each) for each in tables})
            for each in REMEMBERED & code.namespace.keys():
                code.namespace[each] = remembered(code.namespace[each])
            code.run = function_of(code, empty=type(part).__name__ == "Resetter")
        if type(part).run is BrianObject.run:
            run = all_of([code if code.nonconstant_values else code.run for code in part._code_objects])
            self.runs.append((part, run))
            part.run = run


def keep(namespace: Any) -> None:
    """What is done in the place of writing a part's code, or of checking it, once that has been done: nothing."""


def nothing() -> None:
    """What a part does that is not needed."""


def all_of(several: Sequence[Callable[[], Any]]) -> Callable[[], Any]:
    """What runs several functions, one after the other."""

    def run() -> None:
        for each in several:
            each()

    return several[0] if len(several) == 1 else run if several else nothing


def function_of(code: Any, empty: bool) -> Callable[[], Any]:
    """What runs a piece of code that was written, with the same names to read, as a function.

    With `empty` it does nothing where it would do it to no neuron.
    """
    lines = [line for line in code.code.run.splitlines() if line.strip()]
    imported = [line for line in lines if line.startswith(("import ", "from "))]
    rest = [line for line in lines if line not in imported]
    if all(line.strip().startswith(f"{INDEX} =") for line in rest if INDEX in line):  # nothing reads it
        rest = [line for line in rest if INDEX not in line or line[0] == " "]
    if empty:
        rest = [f"{line}\nif not len(_idx): return" if line.startswith("_idx = ") else line for line in rest]
    exec("\n".join(imported), code.namespace)
    made: dict[str, Any] = {"slowly": code.run}
    exec(TOLD + indent("\n".join([*rest, "pass"]), "        ") + FAILED, code.namespace, made)
    run: Callable[[], Any] = made["run"]
    return run


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of numbers, and of an array or one more, whose values are computed once."""
    known = dict[Any, Any]()

    def of(*given: Any) -> Any:
        *numbers, last = given
        key = (*numbers, last.tobytes(), last.dtype) if isinstance(last, np.ndarray) else given
        try:
            if key not in known:
                known[key] = function(*given)
        except TypeError:  # of several arrays
            return function(*given)
        found = known[key]
        return found.copy() if isinstance(found, np.ndarray) else found

    return of


def looked_up(table: Any, code: Any, name: str) -> Callable[[Any, Any], Any]:
    """What looks a table up in a piece of code: at a time that was asked for before in the row that is known."""
    from brian2 import TimedArray, second

    whole, rows = code.namespace[name], dict[Any, int]()
    numbers = TimedArray(np.arange(len(table.values), dtype=float), dt=table.dt * second)
    row = numbers.implementations[code.__class__].get_code(code.owner)

    def look(t: Any, i: Any) -> Any:
        if np.ndim(t):
            return whole(t, i)
        if t not in rows:
            rows[t] = int(row(t))
        return table.values[rows[t], i]

    return look


class Unasked:
    """What stands for `gc` where nothing is to be looked for."""

    @staticmethod
    def collect() -> None:
        """Do nothing."""


@contextmanager
def aside() -> Iterator[None]:
    """A context in which Brian2 does not look for garbage before each run; Python itself does so when it sees fit."""
    import_module("plausible.spiking.brian")  # quietly, as Brian2 warns of others
    network: Any = import_module("brian2.core.network")
    before = network.gc
    network.gc = Unasked
    try:
        yield
    finally:
        network.gc = before
