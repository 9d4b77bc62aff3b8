"""What a search needs, checked before it spends anything."""
