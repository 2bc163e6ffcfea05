"""What only names can tell of the recipe of a task: whether there is such an optimiser, and whether it can serve."""

from __future__ import annotations

from plausible.errors import BadInput
from plausible.optimise.batch import check_batch
from plausible.registry import registry
from plausible.tasks import arrays
from plausible.tasks.task import Recipe


def check_named(recipe: Recipe, examples: int) -> None:
    """Raise `BadInput` if the optimiser of a recipe is none, or needs more at once than minibatches of its size."""
    try:
        made = registry.optimiser(recipe.optimiser)
    except BadInput as error:
        raise BadInput(f"optimiser={recipe.optimiser!r} of a task: {error}") from error
    check_batch(made, recipe.batch_size, examples)


arrays.CHECKS["optimiser"] = check_named
