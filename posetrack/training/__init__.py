"""Training on synthetic people: recipes and training loop (needs the extra ``[train]``)."""
