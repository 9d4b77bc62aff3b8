"""Expression and known edges in: readers, checks, the toy simulator."""
