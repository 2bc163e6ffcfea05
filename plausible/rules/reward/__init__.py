"""Rules that are told a reward: the network acts, and one number says how good that was."""
