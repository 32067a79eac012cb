"""Told once, in time: LOG and CLUSTER → OUTBOX → SENDER.

The log is the outbox of decisions: an entry is written in its decision's own transaction, has a number
without gaps, and is read here by whichever replica comes first. So nothing here can delay or fail a
decision, and none is missed. What is only observed is put into the outbox under a key that names the event:
of several replicas that see it, one is first.
"""
