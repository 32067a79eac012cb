"""Django's commands that make and change accounts, with their entries.

An application of its own in front of Django's: of two commands of one name, the first one's is run.
"""
