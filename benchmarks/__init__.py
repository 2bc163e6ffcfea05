"""How fast the suite is, beside what a user would pick instead: `python -m benchmarks`."""
