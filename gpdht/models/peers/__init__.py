"""The five models that the paper compares GP-DHT with, re-implemented behind the same protocol.

They share folds, candidate pairs, metrics and stopping with GP-DHT, which their published code
does not: training ends by the monitored validation score, at most after ``train.epochs``.
They run in float32 and with binary cross-entropy alone, whatever ``train.precision``, ``loss.*``
and ``augment.*`` say.
"""
