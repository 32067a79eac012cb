"""Addresses of canaries' pages, whichever cluster they are in."""

from __future__ import annotations

from django import template

from dashboard import progress
from dashboard.store import CanaryView
from gates import clusters

register = template.Library()


@register.simple_tag
def canary_page(cluster: str, namespace: str, name: str) -> str:
    """The path of a canary's page."""
    return clusters.address("canary", cluster, namespace, name)


@register.filter
def traffic(view: CanaryView) -> str:
    """What the canary gets, in words: `25 % to the canary`."""
    return progress.traffic(view)
