"""A rule of one's own, in a cell or a script: the decorator that makes it one, and the check of what it promises."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, dataclass_transform

from plausible.api.words import METHODS
from plausible.contract.check import CONTRACTS, kind_of
from plausible.contract.check import check as judge
from plausible.contract.promises import Finding, in_words, summed_up
from plausible.errors import BadInput, first_line
from plausible.networks.activations import Activation
from plausible.networks.outputs import Output
from plausible.plausibility.promise import findings_on_claims
from plausible.printing import html
from plausible.printing.table import in_lines
from plausible.registry.names import name_of
from plausible.registry.signatures import refuse_coroutines
from plausible.registry.written import written

if TYPE_CHECKING:
    import pandas as pd

Class = TypeVar("Class", bound=type)


@dataclass_transform(frozen_default=True)
def rule(cls: Class) -> Class:
    """Make a class a rule: a frozen dataclass with `init`, `update` and `respond`, its own or inherited ones.

    What derives from `pl.rules.Layered` has all three once it has `signals`. The rule is named by its class wherever a
    rule is named, as an instance or as a class. A rule of a notebook or a script is computed in its process, by
    `workers=0`; worker processes can import those of a file, FILE.py:Name.

    Args:
        cls: fields with annotations are hyperparameters; no field holds an array.

    Raises:
        BadInput: in one line, if a method is missing, is `async def`, or the fields make no frozen dataclass.

    >>> import plausible as pl
    >>> @pl.rule
    ... class Scaled(pl.rules.Layered):
    ...     "Backpropagation through weights times a number."
    ...
    ...     gain: float = 0.5
    ...
    ...     def signals(self, params, passed, error):
    ...         layers = range(2, self.network.depth + 1)
    ...         back = {f"B{layer}": self.gain * params[f"W{layer}"].T for layer in layers}
    ...         return [*pl.rules.backward(passed, error, back)]
    >>> Scaled(pl.MLP((8,)), gain=2.0).gain
    2.0
    """
    if not isinstance(cls, type):
        raise BadInput(f"{cls!r} is no class: expected @plausible.rule above a class")
    name = cls.__name__
    missing = [method for method in METHODS if not callable(getattr(cls, method, None))]
    missing += sorted(getattr(cls, "__abstractmethods__", ()))
    if missing:
        expected = "expected it to define them, or to derive from pl.rules.Layered, which needs signals alone"
        raise BadInput(f"rule {name} has no {' and no '.join(missing)}: {expected}")
    refuse_coroutines(f"rule {name}", cls)
    if "__dataclass_params__" in vars(cls):
        if not vars(cls)["__dataclass_params__"].frozen:
            expected = "expected none but @plausible.rule, or frozen=True"
            raise BadInput(
                f"rule {name} has a decorator by which it is a dataclass that can be changed: {expected}"
            )
        return cls
    try:
        dataclass(frozen=True)(cls)  # which changes the class itself
    except (TypeError, ValueError) as error:
        raise BadInput(f"the fields of rule {name} make no frozen dataclass: {first_line(error)}") from error
    return cls


@dataclass(frozen=True, repr=False)
class Checked:
    """What became of every promise. It shows itself as the lines that `plausible check` prints.

    >>> import plausible as pl
    >>> checked = pl.check(pl.networks.activation("relu"))
    >>> checked.kind, checked.kept, sorted(checked.frame.verdict.unique())
    ('activation', True, ['kept'])
    """

    subject: str
    kind: str
    findings: tuple[Finding, ...]

    @property
    def kept(self) -> bool:
        """Whether no promise is broken, and all were judged that can be asked of it."""
        return not summed_up(self.findings)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row for each promise: promise, verdict ("kept", "broken", "not applicable", "not judged"), and words."""
        import pandas as pd

        return pd.DataFrame(self.findings, columns=[*Finding._fields])

    @property
    def lines(self) -> Sequence[str]:
        """What the command prints: each promise, below it what is wrong with it, and at the end how many are broken."""
        told = [line for finding in self.findings for line in in_words(finding)]
        return [*told, *filter(None, [summed_up(self.findings)])]

    def __repr__(self) -> str:
        return in_lines([f"{self.kind} {self.subject}", *self.lines])

    def _repr_html_(self) -> str:
        return f"<b>{html.text(f'{self.kind} {self.subject}')}</b><pre>{html.text(chr(10).join(self.lines))}</pre>"


def check(subject: object, kind: str | None = None) -> Checked:
    """Which promises a rule keeps, or whatever else has a contract, in words, and what is wrong with it.

    Promises are judged in this process, so that a debugger stops where they break. A rule that hangs does so here too:
    `plausible check` judges in processes aside, with a limit of time.

    Args:
        subject: a word such as "fa" or "adam[rate=0.01]", an instance or a class: a rule, an optimiser, a network, an
            activation, an output, an init, a schedule, a criterion or a probe; of a task its word. A rule is judged on
            a small network of the kind that it learns.
        kind: such as "rule", where the word does not tell.

    Raises:
        BadInput: if there is no such thing, or of more than one kind.

    >>> import plausible as pl
    >>> checked = pl.check(pl.optimise.SGD(0.1))
    >>> checked.kept, checked.lines[0]
    (True, 'yes It is a frozen dataclass that holds hyperparameters, and no arrays.')
    """
    text, told = named(subject)
    kind = kind or told or kind_of(text)
    findings = tuple(judge(text, kind))
    return Checked(text, kind, (*findings, *findings_on_claims(text, kind, findings)))


def named(subject: object) -> tuple[str, str | None]:
    """The text of what is to be checked, and its kind where that is known. Raises `BadInput` if it has no name."""
    if isinstance(subject, str):
        return subject, None
    if isinstance(subject, Activation | Output):
        return written(subject), "activation" if isinstance(subject, Activation) else "output"
    cls = subject if isinstance(subject, type) else type(subject)
    if not dataclasses.is_dataclass(cls) or inspect.isabstract(cls):
        shown = cls.__name__ if isinstance(subject, type) else f"of kind {cls.__name__}"
        raise BadInput(
            f"what is to be checked is {shown}: expected a word, or a frozen dataclass such as a rule"
        )
    name = name_of(cls)
    registered, _, short = name.partition(":")
    known = registered if registered in CONTRACTS else None
    if isinstance(subject, type):
        return short if known else name, known
    return written(subject, without=("network",)), known
