"""One file per format: read at the edge, converted once."""
