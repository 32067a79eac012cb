"""One canary: what changes, checks, manifest, alerts, links."""
