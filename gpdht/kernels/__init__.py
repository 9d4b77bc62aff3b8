"""Fused CPU kernels: loops that torch has no operator for, compiled by numba."""
