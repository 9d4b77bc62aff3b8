"""What any model must beat: predictors from the labels alone and from the expression alone."""
