"""What notebooks and scripts use. Its names are reached from the package itself, by `import plausible as pl`."""
