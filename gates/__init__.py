"""WEBHOOK → RULES → DECISIONS → AUDIT → PAGE: what Flagger is told, and who decided it.

This package never imports `dashboard`: what it must know of a canary it is handed
through `gates.facts`.
"""
