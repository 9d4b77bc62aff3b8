"""Work done on Ray, kept, shown and mirrored: what a search and a comparison share."""
