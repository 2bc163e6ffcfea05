"""What is to be learned: tasks, each a function that draws or loads three splits."""
