"""Every run of a revision: kept as it is seen, and shown long after Kubernetes has forgotten it."""
