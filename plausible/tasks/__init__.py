"""Tasks: each is a function that draws or loads the three splits of what is to be learned."""
