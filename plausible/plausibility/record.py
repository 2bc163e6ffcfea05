"""What is noted while a rule computes with marked arrays: plain numbers that they meet, and numbers that leave them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from plausible.core import Array
from plausible.plausibility.marks import SUMMED, UNTRACED, Marks, coordinate, met, weight_of

if TYPE_CHECKING:
    from plausible.plausibility.marked import Marked
    from plausible.plausibility.ratios import Ratios

HERE = str(Path(__file__).parent)
NUMPY = str(Path(np.__file__).parent)
SETTLING = str(Path(__file__).parents[1] / "settling")  # whose decisions end loops, as states are at rest
SUITE = str(
    Path(__file__).parents[1]
)  # whose code takes numbers out to report them, and to see states at rest
STRESS = str(Path(__file__).parent / "stress")  # which disturbs a rule, and decides nothing for it
FEW = 8  # elements, of which so many may be proportional by chance
WATCHED = 12  # slopes that are watched for at a time
DRIVES = 256  # drives that are noted: neurons that settle have more, and send them again
DIGITS = 4  # after the point: numbers of fewer are written in programs
SIMILAR = 0.01  # of the spread of a slope: a difference quotient is no nearer to it


RECOGNISED = object()  # in the place of numbers that have their marks


class Seen(NamedTuple):
    """A plain number or array that met a marked one: where in the code, and what it was."""

    place: str
    value: Any


class Sent(NamedTuple):
    """What was sent through a side of a weight: the numbers, (rows, side), and what they were made of.

    `probe` says that the rows are of no example, such as noise or the columns of an identity matrix; `disturbed` that
    the numbers of the weight were not its own, as where the rule drops synapses or adds noise to them. `version` tells
    such numbers from others, but for a factor, and `share` which part of its synapses is there, where the others are
    not.
    """

    side: str
    rows: Array
    tokens: frozenset[str]
    presentation: int
    probe: bool = False
    disturbed: bool = False
    version: int = 0
    share: float = 1.0


class Watched(NamedTuple):
    """The slope of a layer's activation, and where it is largest and smallest, and how large it is there."""

    layer: str
    slope: Array
    extremes: tuple[int, int]
    sizes: tuple[float, float]


class Drive(NamedTuple):
    """What the activation of a layer was computed of, (examples, units), and what that was made of."""

    layer: str
    drive: Array
    tokens: frozenset[str]
    presentation: int


class Record:
    """What is noted while marked arrays are computed with.

    Args:
        units: of each side of a weight, such as "W2:pre", the units that it joins.
        untraced: places at which plain numbers are known to depend on what is marked.
        silent: whether arrays carry no marks at all, so that only plain numbers are noted.
    """

    def __init__(
        self, units: Mapping[str, str], untraced: Iterable[str] = (), *, silent: bool = False
    ) -> None:
        self.units = dict(units)
        self.silent = silent
        self.known: dict[Any, Marks] = {}  # what became of coordinates that met before
        self.remembered: dict[
            Any, Marks
        ] = {}  # by their numbers, arrays that entered marked or were taken out
        self.presentation = 0
        self.weights: dict[str, Array] = {}  # as they are
        self.constants: dict[
            Any, int
        ] = {}  # by their numbers, sizes of plain matrices that marked arrays met
        self.moments: Counter[str] = Counter()  # sums over examples, by what is known of their factors
        self.loose: set[str] = set()  # sides of weights that were summed along, but in no product
        self.watched: list[Watched] = []  # slopes of activations that were computed, by layer
        self.untraced = frozenset(untraced)
        self.seen: list[Seen] = []
        self.leaks: dict[str, frozenset[str]] = {}  # by place, what was taken out there
        self.taken: dict[
            str, frozenset[str]
        ] = {}  # the same, but by code of the suite, and what numbers are over
        self.decided: dict[str, frozenset[str]] = {}  # by place, what Python decided something by there
        self.outcomes: dict[
            tuple[str, str], list[bool]
        ] = {}  # by place and unit, how decisions by it ended, in order
        self.sent: list[Sent] = []
        self.unknown: set[str] = set()  # functions whose effect on marks is not known
        self.drives: list[Drive] = []  # what activations were computed of
        self.ratios: Ratios | None = None  # what teaching signals are multiplied by, where that is asked for

    def met(self, several: Sequence[Marks]) -> Marks:
        """Where arrays of such marks meet element by element."""
        if not several:
            return Marks()
        same = tuple(several)
        if same in self.known:
            return self.known[same]
        tokens = several[0].tokens.union(*[marks.tokens for marks in several[1:]])
        said = self.said(tokens, several)
        key = (said, *(marks.coordinates for marks in several))
        if key not in self.known:
            self.known[key] = met([Marks(said, marks.coordinates) for marks in several], self.units)
        found = self.known[key]
        self.summed(found.tokens - tokens)
        self.known[same] = Marks(tokens | found.tokens, found.coordinates)
        return self.known[same]

    def summed(self, tokens: Iterable[str]) -> None:
        """Note the sides of weights that were summed along outside of a product, as in a loop."""
        self.loose |= {each for each in tokens if each.endswith((":pre", ":post"))}

    def said(self, tokens: frozenset[str], several: Sequence[Marks]) -> frozenset[str]:
        """The tokens of arrays that matter to the coordinates of their sum."""
        there = {each.source for marks in several for each in marks.coordinates}
        return tokens & (there | {SUMMED})

    def meet(self, value: Any) -> Marks:
        """Marks of a plain number or array that meets a marked one."""
        if value is None or isinstance(value, str | bytes | type | np.dtype) or callable(value):
            return Marks()
        where = place()
        known = self.remembered.get(numbers_of(value)) if self.remembered else None
        if known is not None:
            self.seen.append(Seen(where, RECOGNISED))
            return known
        self.seen.append(Seen(where, np.array(value) if isinstance(value, np.ndarray) else value))
        if self.ratios is not None:
            self.ratios.meet_plain(self.seen[-1].value)
        return Marks(frozenset({UNTRACED})) if where in self.untraced else Marks()

    def remember(self, held: Array, marks: Marks) -> None:
        """Recognise these numbers, or their transpose, where they come back without marks."""
        if self.silent or (key := numbers_of(held)) is None:
            return
        self.remembered.setdefault(key, marks)
        if held.ndim == 2:
            padded = [(c, (1,) * (2 - c.numbers.ndim) + c.numbers.shape) for c in marks.coordinates]
            turned = tuple(coordinate(c.source, c.numbers.reshape(shape).T) for c, shape in padded)
            self.remembered.setdefault(numbers_of(held.T), Marks(marks.tokens, turned))

    def drive(self, layer: str, z: Marked) -> None:
        """Note what the activation of a layer is computed of."""
        if len(self.drives) < DRIVES:
            self.drives.append(Drive(layer, z._held.copy(), z.tokens, self.presentation))

    def watch(self, layer: str, slope: Array, drive: Array) -> None:
        """Watch for arrays that are proportional to the slope of a layer's activation, however they are computed."""
        if self.ratios is not None:
            self.ratios.watch(layer, slope, drive)
        if slope.size > FEW and np.ptp(slope) > 0:
            extremes = int(slope.argmax()), int(slope.argmin())
            sizes = slope.item(extremes[0]), slope.item(extremes[1])
            self.watched = [Watched(layer, slope, extremes, sizes), *self.watched[: WATCHED - 1]]

    def recognised(self, found: Any) -> frozenset[str]:
        """The layers whose slope an array is proportional to."""
        if not isinstance(found, np.ndarray) or found.dtype.kind != "f":
            return frozenset()
        fits = [
            each for each in self.watched if each.slope.shape == found.shape and proportional(found, each)
        ]
        return frozenset(f"slope {each.layer}" for each in fits)

    def decide(self, outcome: bool, *several: Marked) -> None:
        """Note that Python decided something by arrays, and how."""
        if file_outside().startswith(SETTLING) or file_outside(but=STRESS).startswith(STRESS):
            return
        where = place()
        for marked in several:
            weights = {weight_of(each.source) for each in marked.coordinates} - {""}
            told = marked.tokens | {f"{weight.removeprefix('sign ')} itself" for weight in weights}
            self.decided[where] = self.decided.get(where, frozenset()) | told
            for unit in single(marked):
                self.outcomes.setdefault((where, unit), []).append(outcome)

    def leak(self, how: str, marked: Marked) -> None:
        """Note that numbers were taken out of an array."""
        where = f"{how} in {place()}"
        weights = {weight_of(each.source) for each in marked.coordinates} - {""}
        taken = marked.tokens | {f"{weight} itself" for weight in weights} | single(marked)
        self.leaks[where] = self.leaks.get(where, frozenset()) | taken
        if not file_outside().startswith(SUITE):
            units = {each.source for each in marked.coordinates if np.ptp(each.numbers)} - {"batch"}
            over = frozenset(f"over {each}" for each in units)
            self.taken[where] = self.taken.get(where, frozenset()) | taken | over
        self.remember(marked._held, marked.marks)


def single(marked: Marked) -> frozenset[str]:
    """The units of which an array is the number, where it is one of a single unit."""
    units = (
        [each for each in marked.coordinates if each.source.startswith("units ")] if marked.size == 1 else []
    )
    return frozenset(f"one of {each.source}: {each.numbers.flat[0]}" for each in units)


def numbers_of(value: Any) -> Any:
    """A value that tells these numbers from all others; None for numbers that two arrays may share by chance."""
    if isinstance(value, float | np.floating) or (isinstance(value, np.ndarray) and value.ndim == 0):
        number = float(value) if np.isrealobj(value) else 0.0
        return None if round(number, DIGITS) == number or number != number else number
    if not isinstance(value, np.ndarray) or value.size < FEW - 2 or value.dtype.kind not in "fc":
        return None
    return (value.shape, value.tobytes()) if (value != value.flat[0]).any() else None


def proportional(a: Array, watched: Watched) -> bool:
    """Whether an array of its shape is a slope but for a positive factor and a small part of the slope's spread."""
    _, b, (high, low), (most, least) = watched
    top, bottom = a.item(high), a.item(low)
    if not abs(top * least - bottom * most) <= SIMILAR * abs(top) * (most - least):
        return False
    factor = top / most
    return bool(factor > 0 and np.abs(a / factor - b).max() < SIMILAR * np.ptp(b))


def outside(but: str = NUMPY) -> Any:
    """The frame of the code outside of this room and of numpy that is being executed; None if there is none.

    A file that begins with `but` is none of this room's.
    """
    frame: Any = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith((HERE, NUMPY)) or (but != NUMPY and file.startswith(but)):
            break
        frame = frame.f_back
    return frame


def file_outside(but: str = NUMPY) -> str:
    """The file of that code."""
    frame = outside(but)
    return "" if frame is None else str(frame.f_code.co_filename)


def place() -> str:
    """The line of that code."""
    frame = outside()
    return "" if frame is None else f"{short(frame.f_code.co_filename)}:{frame.f_lineno}"


@cache
def short(file: str) -> str:
    """The name of a file without its folder."""
    return Path(file).name
