"""CLUSTER → WATCHER → STORE → WEBSOCKET → PAGE: what the cluster says, shown live.

Also the Django project package: settings, addresses and the ASGI application.
"""
