"""CLUSTER → WATCHER → STORE → WEBSOCKET → PAGE: what the cluster says, shown live.

Also the Django project package: settings, addresses and the ASGI application.
"""

# As pyproject.toml says; a test compares.
VERSION = "0.1.0"
