"""Which modules of the suite a key does not follow, and why; and where a word stands for a value."""

from __future__ import annotations

from plausible.study.keys.sources import Thing, package

NOT_FOLLOWED = {  # code that decides no number of a run that ends well
    "plausible": "its names lead elsewhere, and are followed there",
    "plausible.registry": "leads from a name to what it stands for, which is a root itself",
    "plausible.errors": "says what is refused",
    "plausible.printing": "says what is done",
    "plausible.writing": "says where files go",
    "plausible.study.refused": "refuses a run, or lets it through as it is",
    "plausible.tasks.scored": "refuses a task, or lets it through as it is",
    "plausible.tasks.overlap": "refuses a task, or lets it through as it is",
    "plausible.tasks.task:check_recipe": "refuses a task, or lets it through as it is",
    "plausible.study.checkpoint": "lets a run go on to the same numbers",
    "plausible.study.taken_up": "lets a run go on to the same numbers",
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
