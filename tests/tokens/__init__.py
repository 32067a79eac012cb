"""Tokens: Flagger's in addresses, people's and services' for the API, and their page."""
