"""Warnings about how a canary is wired, and the manifests of docs/wiring.md."""
