"""Models × sets × splits × seeds in one resumable run, and what it says."""
