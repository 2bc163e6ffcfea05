"""What the numbers of a run depend on: its spec, data, code and versions."""
