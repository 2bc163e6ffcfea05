"""Constraints as modifiers: any rule of a perceptron, in which each neuron excites or inhibits, and never both."""
