"""The five models that the paper compares GP-DHT with, re-implemented behind the same protocol.

They share folds, candidate pairs, metrics and stopping with GP-DHT, which their published code
does not: training ends by the monitored validation score, at most after ``train.epochs``.
"""
