"""Biologically plausible learning compared with backpropagation: `import plausible as pl`.

Names are imported when they are first asked for, so that this import takes no time, and completion and help import
nothing.

    task, Task                              what is learned: a word such as "digits", or arrays, by Task.from_arrays
    MLP, RNN, networks                      what learns
    rules, rule                             how it learns: all rules, and the decorator of a rule of your own
    audit, Audits                           which criticisms of backpropagation a rule answers, measured
    check, Checked                          the promises that a rule keeps, or anything else, in words
    SGD, Adam, RMSprop, optimise            what changes the weights; all optimisers and schedules
    Grouped, Clipped, Decay                 optimisers around others: rates per layer, clipping, weight decay
    probes                                  what is measured while a rule learns
    fit, ticks, Fitted, load                one rule on one task, at once or tick by tick; what it learned, in a file
    compare, Compared                       several rules on one task, with tables and figures
    PlausibleClassifier                     a rule as a classifier of scikit-learn
    PlausibleRegressor                      and as a regressor
    results, tables, figures                what is in a folder of results, as frames and figures
    beside, seed_by_seed                    what such a table shows: paired differences from backprop, and their seeds
    across, profiles                        every rule over all tasks of a table, and how many runs reach which score
    studies, listed                         studies by name, to be run, tuned and reported; what has a name
    why, removable, unused                  what changed since a run was stored, and what is of no use in a store
    verify                                  whether committed tables hold what the code of today computes
    Rule, Optimiser, Probe, Network         what each of these promises
    Presentation, Step, Outer, Tick         what a rule is given and proposes, and what a loop sees of it
    Pass, Measurement, Array, Params, View  what a forward pass keeps, what a probe reads, weights by name
    train, begin, randomness, Randomness    the trainer, and the random numbers of a run, for loops of your own
    BadInput                                the error of what cannot be used, in one line
"""

import sys

TYPE_CHECKING = (
    False  # here, as this file imports nothing: the command heeds interrupts before it imports anything
)
WHERE = {  # the public names, each with its module below this package; "" for a package itself
    "Audits": "api.auditing",
    "audit": "api.auditing",
    "Fitted": "api.fitted",
    "fit": "api.fitting",
    "ticks": "api.fitting",
    "load": "api.saving",
    "Compared": "api.comparing",
    "compare": "api.comparing",
    "PlausibleClassifier": "api.estimators",
    "PlausibleRegressor": "api.estimators",
    "Checked": "api.own",
    "check": "api.own",
    "rule": "api.own",
    "figures": "api.results",
    "removable": "api.results",
    "results": "api.results",
    "tables": "api.results",
    "unused": "api.results",
    "verify": "api.results",
    "why": "api.results",
    "across": "api.statistics",
    "beside": "api.statistics",
    "profiles": "api.statistics",
    "seed_by_seed": "api.statistics",
    "listed": "api.studies",
    "studies": "api.studies",
    "task": "api.words",
    "Array": "core",
    "Measurement": "core",
    "Optimiser": "core",
    "Outer": "core",
    "Params": "core",
    "Presentation": "core",
    "Randomness": "core",
    "Rule": "core",
    "Step": "core",
    "Tick": "core",
    "View": "core",
    "randomness": "core",
    "BadInput": "errors",
    "networks": "",
    "MLP": "networks.mlp",
    "Pass": "networks.mlp",
    "Network": "networks.network",
    "RNN": "networks.rnn",
    "optimise": "",
    "Adam": "optimise.adam",
    "RMSprop": "optimise.rmsprop",
    "SGD": "optimise.sgd",
    "Clipped": "optimise.wrappers",
    "Decay": "optimise.wrappers",
    "Grouped": "optimise.wrappers",
    "probes": "",
    "Probe": "probes.probe",
    "rules": "",
    "Task": "tasks.task",
    "begin": "train",
    "train": "train",
}
BESIDE = {"Task": "registry.recipes"}  # what is imported with a name: checks of what only names can tell
__all__ = [*WHERE]

if TYPE_CHECKING:  # for type checkers and language servers, and for keys, which follow names through it
    from plausible import networks as networks
    from plausible import optimise as optimise
    from plausible import probes as probes
    from plausible import rules as rules
    from plausible.api.auditing import Audits as Audits
    from plausible.api.auditing import audit as audit
    from plausible.api.comparing import Compared as Compared
    from plausible.api.comparing import compare as compare
    from plausible.api.estimators import PlausibleClassifier as PlausibleClassifier
    from plausible.api.estimators import PlausibleRegressor as PlausibleRegressor
    from plausible.api.fitted import Fitted as Fitted
    from plausible.api.fitting import fit as fit
    from plausible.api.fitting import ticks as ticks
    from plausible.api.own import Checked as Checked
    from plausible.api.own import check as check
    from plausible.api.own import rule as rule
    from plausible.api.results import figures as figures
    from plausible.api.results import removable as removable
    from plausible.api.results import results as results
    from plausible.api.results import tables as tables
    from plausible.api.results import unused as unused
    from plausible.api.results import verify as verify
    from plausible.api.results import why as why
    from plausible.api.saving import load as load
    from plausible.api.statistics import across as across
    from plausible.api.statistics import beside as beside
    from plausible.api.statistics import profiles as profiles
    from plausible.api.statistics import seed_by_seed as seed_by_seed
    from plausible.api.studies import listed as listed
    from plausible.api.studies import studies as studies
    from plausible.api.words import task as task
    from plausible.core import Array as Array
    from plausible.core import Measurement as Measurement
    from plausible.core import Optimiser as Optimiser
    from plausible.core import Outer as Outer
    from plausible.core import Params as Params
    from plausible.core import Presentation as Presentation
    from plausible.core import Randomness as Randomness
    from plausible.core import Rule as Rule
    from plausible.core import Step as Step
    from plausible.core import Tick as Tick
    from plausible.core import View as View
    from plausible.core import randomness as randomness
    from plausible.errors import BadInput as BadInput
    from plausible.networks.mlp import MLP as MLP
    from plausible.networks.mlp import Pass as Pass
    from plausible.networks.network import Network as Network
    from plausible.networks.rnn import RNN as RNN
    from plausible.optimise.adam import Adam as Adam
    from plausible.optimise.rmsprop import RMSprop as RMSprop
    from plausible.optimise.sgd import SGD as SGD
    from plausible.optimise.wrappers import Clipped as Clipped
    from plausible.optimise.wrappers import Decay as Decay
    from plausible.optimise.wrappers import Grouped as Grouped
    from plausible.probes.probe import Probe as Probe
    from plausible.tasks.task import Task as Task
    from plausible.train import begin as begin
    from plausible.train import train as train


def reached(package: str, where: dict[str, str], name: str) -> object:
    """A public name of a package, of the module that `where` says; else what is registered with a class of this name.

    Raises:
        AttributeError: if there is neither.
    """
    place = where.get(name) or registered(package, name)
    if place is None:
        raise AttributeError(
            f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package]
        )
    __import__(place)
    found: object = getattr(sys.modules[place], name)
    vars(sys.modules[package])[name] = found
    return found


GROUPS = {
    "plausible.optimise": "plausible.optimisers"
}  # of entry points, where it is not called as the package


def registered(package: str, name: str) -> "str | None":
    """The module of what is registered for a package and has a class of this name, as a rule that was added is."""
    if name.startswith("_"):
        return None
    from importlib.metadata import entry_points

    points = entry_points(group=GROUPS.get(package, package))
    return next((point.module for point in points if point.attr == name), None)


def asked_by_help() -> bool:
    """Whether `help(plausible)` asks, for every name, of which kind it is: the names stand in what it says anyway."""
    frame = sys._getframe(1)
    for _ in range(5):  # the property, getattr, and two functions of inspect
        if frame.f_back is None:
            return False
        frame = frame.f_back
        if frame.f_globals.get("__name__") == "pydoc":
            return True
    return False


class Public(property):
    """A public name of this package, imported when it is first asked for; completion does not look into properties."""

    def __init__(self, name: str, module: str) -> None:
        self.name, self.place = name, f"{__name__}.{module or name}"
        self.is_package = not module
        super().__init__(self.get, self.put, self.drop)

    def get(self, package: object) -> object:
        """What the name stands for."""
        held = vars(package)
        if self.name not in held:
            if asked_by_help():
                raise AttributeError(self.name)
            __import__(self.place)
            if self.name in BESIDE:
                __import__(f"{__name__}.{BESIDE[self.name]}")
            module = sys.modules[self.place]
            self.put(package, module if self.is_package else getattr(module, self.name))
        return held[self.name]

    def put(self, package: object, value: object) -> None:
        """Give the name another value; but not that of a module which has a name of its own in it, as `train` has."""
        module = isinstance(value, type(sys)) and not self.is_package
        vars(package)[self.name] = getattr(value, self.name, value) if module else value

    def drop(self, package: object) -> None:
        """Forget the value: it is looked up again."""
        vars(package).pop(self.name, None)


class Package(type(sys)):  # type: ignore[misc]  # the type of modules
    """This package: its public names are `WHERE`, and `dir` gives no others."""

    def __dir__(self) -> list[str]:
        return sorted(__all__)


for _name, _module in WHERE.items():
    setattr(Package, _name, Public(_name, _module))
sys.modules[__name__].__class__ = Package
