"""What tuning is worth in `spikes_on_tasks`: the best of k trials on validation, task by task."""

from plausible.plotting.tuned import draw, source

__all__ = ["draw", "source"]
