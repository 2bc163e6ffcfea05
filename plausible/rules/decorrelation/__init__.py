"""Decorrelation of what each layer is sent, a modifier of any rule that learns layers."""
