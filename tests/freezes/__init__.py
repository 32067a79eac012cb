"""Freezes: what they stop, who makes them, and how people see them."""
