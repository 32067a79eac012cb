"""Notifications: who is told what, once, and that it arrives."""
