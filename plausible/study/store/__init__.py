"""Where results lie, how they are read, and what is exported of them."""
