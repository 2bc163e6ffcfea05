"""Two forward passes in place of a backward one."""
