"""Tests of what surrounds a canary."""
