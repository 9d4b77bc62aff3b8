"""Candidate (TF, target) pairs and the folds drawn over them."""
