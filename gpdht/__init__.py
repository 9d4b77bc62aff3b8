"""Distributed hyperparameter search for gene-regulatory-network inference."""

__version__ = "0.1.0"
