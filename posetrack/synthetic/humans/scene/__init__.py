"""Scenes of people: where they stand, light, surrounding objects, and labels."""
