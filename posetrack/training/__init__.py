"""Training on drawn people: recipes and loop (needs the extra ``[train]``)."""
