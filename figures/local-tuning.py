"""What tuning is worth in `local`: the best of k trials on validation, rule by rule."""

from plausible.plotting.tuned import source
from plausible.plotting.tuned_maps import draw

__all__ = ["draw", "source"]
