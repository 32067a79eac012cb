"""What surrounds a canary in the cluster: Services, routing, events, what its analysis refers to.

Watched like the canaries, kept apart from them: none of it decides what a row shows. Plain Python.
"""
