"""Rules of local losses: each hidden layer descends a loss of its own, and nothing comes back from above."""
