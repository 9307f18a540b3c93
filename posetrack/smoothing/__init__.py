"""Steadier poses over time: filters and gap filling (to come)."""
