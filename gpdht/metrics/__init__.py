"""Scores of ranked pairs, how sure they are, and what they gain over the label-only baselines."""
