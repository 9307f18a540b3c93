"""Training on people made by program: recipes and loop (needs the extra ``[train]``)."""
