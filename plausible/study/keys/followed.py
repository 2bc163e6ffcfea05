"""Which modules of the suite a key does not follow, and why; and where a word stands for a value."""

from __future__ import annotations

import sys
from pathlib import Path

from plausible.registry import files, session
from plausible.study.keys.sources import Thing, package

NOT_FOLLOWED = {  # code that decides no number of a run that ends well
    "plausible": "its names lead elsewhere, and are followed there",
    "plausible.registry": "leads from a name to what it stands for, which is a root itself",
    "plausible.api": "leads from what a user gives to a run, whose parts are roots themselves",
    "plausible.errors": "says what is refused",
    "plausible.networks.words": "leads from a name to what it stands for, which is a root itself",
    "plausible.printing": "says what is done",
    "plausible.writing": "says where files go",
    "plausible.study.refusals": "refuses a run, or lets it through as it is",
    "plausible.tasks.scored": "refuses a task, or lets it through as it is",
    "plausible.tasks.overlap": "refuses a task, or lets it through as it is",
    "plausible.tasks.arrays": "makes a task of arrays, every number of which is in the key",
    "plausible.tasks.given": "makes numbers of what a user gives, every one of which is in the key",
    "plausible.tasks.labels": "makes numbers of labels, every one of which is in the key",
    "plausible.tasks.shown": "says what a task is",
    "plausible.tasks.task:check_recipe": "refuses a task, or lets it through as it is",
    "plausible.study.checkpoint": "lets a run go on to the same numbers",
    "plausible.study.archive": "lets a run go on to the same numbers",
    "plausible.study.learned": "keeps what a run has learned",
    "plausible.study.resumption": "lets a run go on to the same numbers",
}
LOOKUPS = {  # functions that lead from a word to a value in a table: where the word is known, that value alone counts
    ("plausible.networks.activations", "activation"): "ACTIVATIONS",
    ("plausible.networks.outputs", "output"): "OUTPUTS",
}

BY_NAME = "plausible.registry.registry"  # the module that makes rules, tasks and optimisers from words


def is_cut(thing: Thing) -> bool:
    """Whether a module decides no number."""
    if not isinstance(thing, str) or not thing.startswith("plausible"):
        return False
    return thing in NOT_FOLLOWED or any(
        thing.startswith(f"{name}.") for name in NOT_FOLLOWED if name != "plausible"
    )


def is_suite(thing: Thing) -> bool:
    """Whether a module is the suite's."""
    return package(thing) in ("plausible", "baselines")


def is_own(thing: Thing) -> bool:
    """Whether a module is a user's, from a file: a notebook's code is made up of definitions and values alone."""
    file = getattr(sys.modules[session.MAIN], "__file__", None)
    return not is_suite(thing) and (thing != session.MAIN or (file is not None and Path(file).is_file()))


def named(thing: Thing) -> str:
    """The name of a module; "" for a user's own file, which is executed anew when it changes."""
    return thing if isinstance(thing, str) and thing not in files.USER_FILES else ""


def initials(name: str) -> str:
    """The initials of a registered name of several words: `fa` for `feedback-alignment`."""
    return "".join(word[0] for word in name.split("-")) if "-" in name else name
