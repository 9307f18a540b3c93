"""Scenes of people: who stands where, in which light, among which things, and what the labels are."""
