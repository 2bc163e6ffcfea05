"""How figures look, how they are drawn from tables, and how they become files."""
