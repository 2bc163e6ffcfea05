"""Promises, and a finding for each: kept, broken, not applicable, or not judged since something was raised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from plausible.core import at_work
from plausible.errors import BadInput
from plausible.registry.failure import failure, frames

Promise: TypeAlias = Callable[[str], None]
"""A function of a spec, such as `fa`. Its docstring says what is promised. It raises `Broken` with what is wrong."""
Verdict: TypeAlias = Literal["kept", "broken", "not applicable", "not judged"]
OURS = (str(Path(__file__).parent), str(Path(__file__).parents[1] / "train.py"))  # whose frames judge


class Broken(Exception):
    """A promise that is not kept, in words."""


class NotApplicable(Exception):
    """A promise that cannot be asked of this subject, with the reason."""


class NotJudged(Exception):
    """A promise that nothing can be said about, since another one is broken, with the reason."""


class Finding(NamedTuple):
    """One promise, and what became of it."""

    promise: str
    verdict: Verdict = "kept"
    words: str = ""  # why it is not kept

    @property
    def problem(self) -> str:
        """What is wrong with a promise that is broken; nothing otherwise."""
        return self.words if self.verdict == "broken" else ""


SIGNS: dict[Verdict, str] = {"kept": "yes", "broken": "no ", "not applicable": "n/a", "not judged": " ? "}


def in_words(finding: Finding) -> list[str]:
    """A finding as it is printed: a line, and below it why the promise is not kept."""
    head = "" if finding.verdict == "broken" else f"{finding.verdict}: "
    said = [f"{SIGNS[finding.verdict]} {finding.promise}"]
    return [*said, f"    {head}{finding.words}"] if finding.words else said


def summed_up(findings: Iterable[Finding]) -> str:
    """How many promises are broken, or could not be judged; "" if none is."""
    verdicts = Counter(finding.verdict for finding in findings)
    unjudged = f", {verdicts['not judged']} not judged" if verdicts["not judged"] else ""
    return f"{verdicts['broken']} of {verdicts.total()} promises broken{unjudged}" if bad(verdicts) else ""


def bad(verdicts: Counter[Verdict]) -> bool:
    """Whether a promise is broken, or could not be judged."""
    return bool(verdicts["broken"] or verdicts["not judged"])


def working(promise: Promise) -> Promise:
    """A promise under which the rule is at work all the time, so that it can load no data for a later one."""

    @wraps(promise)
    def asked(text: str) -> None:
        with at_work(text):
            promise(text)

    return asked


def holds(true: bool, otherwise: str) -> None:
    """Raise `Broken`, with what is said otherwise, unless something is true."""
    if not true:
        raise Broken(otherwise)


def applies(true: bool, otherwise: str) -> None:
    """Raise `NotApplicable`, with what is said otherwise, unless something is true."""
    if not true:
        raise NotApplicable(otherwise)


def said(promise: Promise) -> str:
    """What is promised, in one sentence."""
    return " ".join((promise.__doc__ or "").split())


def problem(promise: Promise, text: str) -> str:
    """What is wrong with one promise, in one line; nothing if it is kept, or not applicable."""
    (finding,) = judged([promise], text)
    return finding.problem


def judged(
    promises: Iterable[Promise],
    text: str,
    write: Callable[[str], str] = lambda traceback: "",
    interrupted: type[BaseException] | tuple[()] = KeyboardInterrupt,
) -> Iterator[Finding]:
    """A finding for each promise.

    A promise is not judged where the subject raises what it has raised before at the same place, or from there.

    Args:
        promises: what is asked.
        text: the spec of the subject.
        write: puts a traceback somewhere, and returns where.
        interrupted: what is raised to us and not by the subject; nothing, where nobody else can interrupt.
    """
    raised: set[str] = set()  # of what kind, and where
    for promise in promises:
        try:
            promise(text)
        except NotApplicable as why:
            yield Finding(said(promise), "not applicable", str(why))
        except NotJudged as why:
            yield Finding(said(promise), "not judged", str(why))
        except (Broken, BadInput) as error:
            yield Finding(said(promise), "broken", str(error))
        except interrupted:
            raise
        except (
            BaseException
        ) as error:  # sys.exit() in a rule must not end the check, with the code of success at that
            words, place, traceback = told(error)
            if place in raised:
                yield Finding(said(promise), "not judged", "it raises the same as above")
                continue
            raised.add(place)
            file = write(traceback)
            yield Finding(said(promise), "broken", words + f"; its traceback is in {file}" * bool(file))
        else:
            yield Finding(said(promise))


def told(error: BaseException) -> tuple[str, str, str]:
    """An exception in words, what is the same of it wherever it comes from, and its traceback."""
    reason, traceback = failure(error)
    line, _, place = reason.rpartition(" (")
    kind = type(error).__name__
    if not isinstance(error, Exception):
        return f"it ends the program, which it has no right to: {reason}", f"{kind} {place}", traceback
    if frames(error)[-1].filename.startswith(
        OURS
    ):  # where this happens is no place in the subject's own code
        return f"calling it, or using what it returns, raises {line}", line, traceback
    return f"it raises {reason}", f"{kind} {place}", traceback
