"""The pages that tell of the project, and `pages`, which writes their numbers."""
