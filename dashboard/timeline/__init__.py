"""What happened around one canary, newest first, out of what Kubernetes, Flagger, the watch and people told.

`messages` merges what Flagger told twice, `changes` words what the watch saw, `sources` reads the database,
`page` puts all in order, filters and groups it. None of it derives a release's state.
"""
