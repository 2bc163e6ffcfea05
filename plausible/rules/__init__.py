"""Biologically plausible learning rules, one family a file, one class a rule."""
