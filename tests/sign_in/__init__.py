"""Signing in elsewhere: a real OpenID provider on loopback, and a proxy that names people."""
