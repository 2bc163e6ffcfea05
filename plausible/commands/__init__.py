"""The commands of `plausible`, by what they are about."""
