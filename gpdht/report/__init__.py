"""A study or a comparison as one html page that needs no network."""
