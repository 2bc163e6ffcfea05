"""Rules that perturb weights or activity, and learn from what that does to one number, a loss or a reward."""
