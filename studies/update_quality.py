"""How good is what each rule proposes: does it point to the gradient, spread, move answers to targets, lower the loss?

Each rule learns digits in the same network, from the same weights at one seed, by Adam at one rate, as Adam takes away
how large a rule's changes are. Before learning, after a quarter of it and at the end, changes for 500 examples of training
are looked at (`plausible/probes/quality.py`); rules whose states settle are held against the gradient at their own rest.
`together` then takes all rules along one trajectory, that of backpropagation, so that they differ by no weight but their
feedback, and compares their changes two by two.

What came out, on ten seeds:

- Rules differ in bias, hardly in spread: batches of 20 spread most rules' changes as they spread the gradient's, and of
  these rules only batchwise random signs and Forward-Forward, by its wrong labels, add a spread of their own.
- A short step takes the cosine of the bias angle of what the gradient takes, no rule more; where equilibrium propagation
  and contrastive Hebbian learning do, the gradient that they are held against is not that of the answers they give.
- Target alignment is another order than the gradient angle: after a quarter of learning, random feedback, 45° from the
  gradient, moves answers straighter to their targets than the gradient does; at the end no more.
- Random feedback that is fixed aligns with the gradient at weights that have learned from it alone; along backpropagation's
  trajectory its cosine in the first layer stays at 0. Mirrors and symmetric alignment come to the gradient there, too.
- Predictive coding keeps its bias of 40° in all weights, most of it above the first layer.

In the committed table accuracy is that of validation at the three looks, and cosines are those of the first layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from plausible.core import randomness
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.plausibility.alongside import Rider, alongside, cosines
from plausible.probes.performance import Scores
from plausible.probes.quality import Descent, Spread, TargetAlignment
from plausible.registry import registry
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.learner import Learner
from plausible.study.run import Run
from plausible.study.samples import cast, probed
from plausible.study.study import Cell, Study, cells
from plausible.tasks.streams import Minibatches

DRIVER = "backprop"
RULES = (
    DRIVER,
    "dual-propagation",
    "fixed-prediction-coding",
    "predictive-coding",
    "equilibrium-propagation",
    "contrastive-hebbian",
    "kolen-pollack",
    "weight-mirror",
    "uniform-sign-feedback",
    "batchwise-random-sign-feedback",
    "symmetric-alignment",
    "feedback-alignment",
    "relaxed-predictive-coding",
    "self-predicting-microcircuit",
    "random-contrastive-hebbian",
    "direct-feedback-alignment",
    "direct-random-target-projection",
    "pepita",
    "forward-forward[label=over,answer=softmax]",
)
RATE, BATCH = 1e-3, 32


def at(task: str, rules: tuple[str, ...], units: int, epochs: int, seeds: int, per_epoch: int) -> list[Cell]:
    """Rules one by one, looked at before learning, after a quarter of it and at the end, and together."""
    network = MLP((units, units), output=output("softmax"))
    looks = (0, epochs // 4 * per_epoch, epochs * per_epoch)
    probes = (
        Scores("train"),
        Scores("validation"),
        *(of(at=looks) for of in (TargetAlignment, Descent, Spread)),
    )
    found = cells([task], rules, [network], Adam(RATE), epochs, BATCH, seeds)
    options = (("task", task), ("units", units), ("epochs", epochs), ("rules", len(rules)))
    alone = [replace(cell, probes=probes) if isinstance(cell, Run) else cell for cell in found]
    return [*alone, *(Experiment("studies.update_quality:together", options, seed) for seed in range(seeds))]


def together(bench: Bench, task: str, units: int, epochs: int, rules: int) -> Iterator[Measured]:
    """The cosine of the changes of every two of the first `rules` rules, at weights that backpropagation learns."""
    roles, given = randomness(bench.seed), registry.task(task, randomness(bench.seed).data)
    network = MLP((units, units), output=output("softmax"))
    train = cast(given.train, network.dtype)
    stream, sizes = Minibatches(BATCH), (given.n_in, given.n_out)
    shown = probed(train, given.kind, Minibatches(1), roles.probes).shown
    driver = Learner.new(registry.rule(DRIVER, network), Adam(RATE), *sizes, roles)
    forward = network.shapes(*sizes)
    weights = {name: driver.params[name] for name in forward}
    made = {rule: registry.rule(rule, network) for rule in RULES[:rules]}
    riders = {name: Rider.new(rule, weights, Adam(RATE), sizes, bench.seed) for name, rule in made.items()}
    per_epoch = stream.length(train)
    looks = {0: 0, epochs // 4 * per_epoch: epochs // 4, epochs * per_epoch: epochs}
    # one presentation more, before whose change the last look is
    ticks = driver.ticks(stream(train, given.kind, epochs + 1, roles.order))
    for tick in alongside(riders, ticks, forward):
        if tick.number in looks:
            steps = {name: rider.proposes(weights, shown, roles.probes) for name, rider in riders.items()}
            for weight in ("", "W1"):
                for pair, value in cosines(steps, weight).items():
                    yield Measured(
                        "update cosine",
                        value,
                        looks[tick.number],
                        layer=f"{weight or 'all'}: {' | '.join(pair)}",
                    )
            bench.progress(tick.number / (epochs * per_epoch))
        if tick.number == epochs * per_epoch:
            return


def smoke() -> list[Cell]:
    """Two moons, three rules, in seconds."""
    return at("two-moons[examples=200]", RULES[:3], 8, 4, 1, 4)


def fast() -> list[Cell]:
    """Digits, two layers of 64 units, ten seeds, a quarter of an hour."""
    return at("digits", RULES, 64, 20, 10, 34)


study = Study(
    "update_quality",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": fast},
    metrics=(
        "accuracy",
        "target alignment",
        "loss decrease per length",
        "loss decrease share",
        "bias angle",
        "update spread",
        "own spread",
        "reference settled",
        "update cosine",
    ),
)
