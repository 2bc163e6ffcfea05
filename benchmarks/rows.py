"""What is measured, as data, and the rows of the table that come of it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from benchmarks.agreement import agreement
from benchmarks.alternate import Patience, Round, rounds
from benchmarks.contenders import NOISE_OF
from benchmarks.setting import Setting

LARGE, MIDDLE, SMALL = (784, 800, 800, 10), (784, 500, 500, 10), (64, 128, 10)
ROWS = (28, 128, 10)  # MNIST row by row
BATCHES, THREADS = (32, 64, 128), (1, 2)


class Comparison(NamedTuple):
    """Two contenders, and how much time ours may take of the other's; no bound where it is only of interest."""

    name: str  # for --only
    ours: str
    beside: str
    setting: Setting
    bound: float | None
    same: bool = True  # whether both must end with the same weights
    apart: bool = True  # whether each has a process of its own


# Ours over our backprop. Feedback weights of their own have to come through the cache; rules that look at each example
# twice or more, or at K components a unit, have no bound.
RULES: dict[str, float | None] = {
    "shallow": None,
    "feedback alignment": 1.15,
    "direct feedback alignment": 1.0,
    "sparse direct feedback": 1.0,
    "low rank direct feedback": 1.0,
    "sign direct feedback alignment": 1.0,
    "direct random target projection": 1.0,
    "indirect feedback alignment": 1.15,
    "uniform sign feedback": 1.3,
    "batchwise random sign feedback": 1.3,
    "fixed random sign feedback": 1.3,
    "kolen pollack": 1.3,
    "weight mirror": None,
    "symmetric alignment": None,
    "activation alignment": None,
    "information alignment": None,
    "pepita": None,
    "forward forward": None,
    "global error vector broadcasting": None,
}
# Rules of local errors, targets, control, dendrites and the newest kin of predictive coding, over our backprop: the
# time of a step may exceed by `OVER` the ratio of their multiply-adds.
LOCAL = (
    *("layerwise classifiers", "greedy classifiers", "fixed classifiers", "local similarity", "predsim"),
    *("kernelised bottleneck", "classwise competition", "self contrastive"),
    *("difference target propagation", "simplified difference target propagation"),
    *("fixed weight difference target propagation", "direct difference target propagation"),
    *("difference reconstruction", "local difference reconstruction", "counter current learning"),
    *("steady feedback control", "deep feedback control", "least control"),
    *("burst ccn", "burstprop", "segregated dendrites"),
    *("activation relaxation", "error predictive coding", "augmented predictive coding"),
    *("product feedback alignment", "error broadcast decorrelation", "adjoint dual propagation"),
)
NOISY = (  # of these, rules that draw noise: how much of a step that is has a row of its own
    *("difference target propagation", "simplified difference target propagation"),
    *("direct difference target propagation", "difference reconstruction", "local difference reconstruction"),
    *("steady feedback control", "deep feedback control"),
)
OVER = 1.2
# Rules that perturb, whose step may take `OVER_PASSES` times two forward passes, and what noise each draws.
OVER_PASSES = 1.15
UNITS, WEIGHTS = "normal noise of units", "normal noise of weights"
PERTURBATION = {
    "node perturbation": UNITS,
    "activity perturbation": UNITS,
    "weight perturbation": WEIGHTS,
    "forward gradient": UNITS,
    "exploratory hebb": f"{UNITS} and {UNITS}",
}
UNSIGNED = ("exploratory hebb",)  # which draws no signs
PASSES, COPIED = "two passes", "two passes by a copy of weights"
LARGE_SETTINGS = [Setting(LARGE, batch, threads) for threads, batch in product(THREADS, BATCHES)]
COMPARISONS = (
    Comparison("abstraction", "backprop", "bare loop", Setting(LARGE, 64), 1.05, apart=False),
    Comparison("abstraction", "backprop", "bare loop", Setting(SMALL, 32), 1.20, apart=False),
    Comparison("products", "backprop", "products", Setting(LARGE, 64), 1.15, same=False, apart=False),
    *(Comparison("rnn", "bptt", "torch rnn", Setting(ROWS, 64, threads, 28), 1.0) for threads in THREADS),
    Comparison("torch", "backprop", "torch", Setting(SMALL, 32), 0.35),
    *(Comparison("torch", "backprop", "torch", setting, 1.0) for setting in LARGE_SETTINGS),
    *(
        Comparison("jax", "backprop", beside, Setting(sizes, batch), bound)
        for sizes, batch in ((SMALL, 32), (LARGE, 64))
        for beside, bound in (("jax", 0.9), ("jax resident", None))
    ),
    Comparison("jax", "products", "jax", Setting(LARGE, 64), None, same=False),
    Comparison("jax", "predictive coding", "jax settling", Setting(MIDDLE, 64), 1.0),
    Comparison("jax", "products of 20 settling steps", "jax settling", Setting(MIDDLE, 64), None, same=False),
    *(Comparison("dfa", "direct feedback alignment", "torch", s, 0.85, same=False) for s in LARGE_SETTINGS),
    *(
        Comparison("optimisers", name.split()[0], f"torch {name}", Setting(LARGE, 64, threads), bound)
        for threads in THREADS
        for name, bound in (("momentum", None), ("adam", None), ("adam fused", 1.0))
    ),
    *(
        Comparison("sklearn", f"classifier {name}", f"sklearn {name}", setting, 1.0, same=False)
        for setting in (Setting(SMALL, 32), Setting(LARGE, 64))
        for name in ("momentum", "adam")
    ),
    *(
        Comparison("rules", name, "backprop", Setting(MIDDLE, 64), bound, same=False, apart=False)
        for name, bound in RULES.items()
    ),
    *(
        Comparison("local", name, "backprop", Setting(MIDDLE, 64), OVER, same=False, apart=False)
        for name in LOCAL
    ),
    *(
        Comparison("local", NOISE_OF + name, "backprop", Setting(MIDDLE, 64), None, same=False, apart=False)
        for name in NOISY
    ),
    *(
        Comparison(
            "perturbation", f"update of {rule}{kind}", beside, setting, OVER_PASSES, same=False, apart=False
        )
        for setting in (Setting(MIDDLE, 64), Setting(SMALL, 32))
        for rule, noise in PERTURBATION.items()
        for kind, beside in (("[noise=signs]", PASSES), ("", PASSES), ("", f"{PASSES} and {noise}"))
        if not (kind and rule in UNSIGNED)
    ),
    *(
        Comparison("perturbation", part, PASSES, Setting(sizes, batch), None, same=False, apart=False)
        for sizes, batch in ((MIDDLE, 64), (SMALL, 32))
        for part in (UNITS, WEIGHTS, COPIED)
    ),
    *(
        Comparison(
            "settling",
            f"{steps} settling steps",
            f"products of {steps} settling steps",
            Setting(sizes, 64),
            1.25,
            same=False,
            apart=False,
        )
        for sizes in (MIDDLE, LARGE)
        for steps in (20, 200)
    ),
    *(
        Comparison("settling", "predictive coding", beside, Setting(MIDDLE, 64), bound)
        for beside, bound in (("torch settling", 1 / 3), ("torch settling lean", 1.0))
    ),
)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    what: str
    ours: float  # median, in `unit`
    unit: str
    bound: float | None = None  # of the ratio; of `ours` where there is nothing beside it
    beside: str = ""
    theirs: float | None = None
    ratio: tuple[float, float, float] | None = None  # lower quartile, median, upper quartile
    rounds: int = 1
    others: float = 0.0  # cores that other processes used meanwhile, median over the rounds
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bound is kept; None without one."""
        if self.bound is None:
            return None
        return (self.ours if self.ratio is None else self.ratio[1]) <= self.bound


def compared(comparisons: Sequence[Comparison], number: int, patience: Patience) -> Iterator[Row]:
    """Rows for `comparisons`, which in one setting share their rounds."""
    kinds = dict.fromkeys((comparison.setting, comparison.apart) for comparison in comparisons)
    for setting, apart in kinds:
        here = [one for one in comparisons if (one.setting, one.apart) == (setting, apart)]
        names = tuple(dict.fromkeys(name for one in here for name in (one.ours, one.beside)))
        found = list(rounds([(name,) for name in names] if apart else [names], setting, number, patience))
        yield from (row(comparison, found) for comparison in here)


def row(comparison: Comparison, found: Sequence[Round]) -> Row:
    """Medians and quartiles over the rounds."""
    name, ours, beside, setting, bound, same, _ = comparison
    ratios = [one.seconds[ours] / one.seconds[beside] for one in found]
    low, middle, high = statistics.quantiles(ratios, method="inclusive") if len(ratios) > 1 else ratios * 3
    note = agreement(ours, beside, setting) if same else ""
    if name == "rules":
        note = f"{expected(ours, beside, setting):.2f} by multiply-adds"
    if name == "local" and ours not in [NOISE_OF + rule for rule in NOISY]:
        bound = OVER * expected(ours, beside, setting)
        note = f"{expected(ours, beside, setting):.2f} by multiply-adds; {counting(ours, beside, setting)}"
    if name == "sklearn" and setting.sizes == SMALL:
        from benchmarks.beside_sklearn import accuracies  # here, as scikit-learn is slow to import

        note = accuracies(ours, beside, setting.sizes[1:-1], setting.batch)
    return Row(
        name=name,
        what=f"{ours} over {beside}: {setting}",
        ours=1e3 * statistics.median(one.seconds[ours] for one in found),
        unit="ms" if ours.endswith("settling steps") else "ms a step",
        bound=bound,
        beside=beside,
        theirs=1e3 * statistics.median(one.seconds[beside] for one in found),
        ratio=(low, middle, high),
        rounds=len(found),
        others=statistics.median(one.others for one in found),
        note=note,
    )


def expected(ours: str, beside: str, setting: Setting) -> float:
    """The ratio of two rules' multiply-adds, which is that of their times if all work were products of one speed."""
    from benchmarks.ours import work  # here, so that the processes of PyTorch need not import it

    return work(setting, ours) / work(setting, beside)


def counting(ours: str, beside: str, setting: Setting) -> str:
    """What a rule makes one by one, draws, has in flight for an example, and carries on, beside another rule."""
    from benchmarks.ours import DRAWN, ONE_BY_ONE, counted

    mine, other = counted(setting, ours), counted(setting, beside)
    flight, state = "bytes in flight", "bytes of state"
    drawn = f"{mine[DRAWN]:,.0f} drawn, " if mine[DRAWN] >= 1 else ""
    return (
        f"{mine[ONE_BY_ONE]:,.0f} numbers one by one over {other[ONE_BY_ONE]:,.0f}, {drawn}"
        f"{mine[flight] / other[flight]:.2f} times the bytes in flight, {mine[state] / 1e3:.0f} kB of state"
    )
