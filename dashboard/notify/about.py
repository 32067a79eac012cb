"""What a message is about: one canary as it is known at that moment, in the words of its lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from dashboard import stores
from dashboard.models import NotificationRule, Release
from gates import clusters, entry_facts, facts, patterns
from gates.facts import Facts
from gates.models import AuditEntry


@dataclass(frozen=True, slots=True)
class About:
    """One canary; `images` are pairs from → to, "" where one is not known, `weight` per cent or None."""

    cluster: str
    namespace: str
    name: str
    images: tuple[tuple[str, str], ...] = ()
    weight: int | None = None
    phase: str = ""

    @property
    def canary(self) -> str:
        """As people say it."""
        return f"{self.namespace}/{self.name}"

    @property
    def link(self) -> str:
        """The page where to look and decide; "" without AVIARY_URL. Following it decides nothing."""
        if not (settings.PUBLIC_URL and self.namespace and self.name):
            return ""
        return settings.PUBLIC_URL + clusters.address("canary", self.cluster, self.namespace, self.name)


def known(cluster: str, namespace: str, name: str) -> About:
    """The canary as this process's memory has it."""
    found = facts.current(cluster, namespace, name)
    phase, weight = (found.phase, found.weight) if isinstance(found, Facts) else ("", None)
    return About(cluster, namespace, name, _images(cluster, namespace, name), weight, phase)


def of_entry(entry: AuditEntry) -> About:
    """The canary as it was when the decision was taken."""
    pairs = tuple((pair.old, pair.new) for pair in entry_facts.images(entry))
    if not entry.images_from:
        now = _images(entry.cluster, entry.namespace, entry.name)
        pairs = now if [new for _old, new in now] == [new for _old, new in pairs] else pairs
    return About(entry.cluster, entry.namespace, entry.name, pairs, entry.weight, entry.phase)


def of_release(release: Release) -> About:
    """The canary at the end of a release; the weight is the highest that it reached."""
    images = tuple((str(old), str(new)) for _container, old, new in release.images)
    return About(release.cluster, release.namespace, release.name, images, release.reached)


def concerned(
    rules: Iterable[NotificationRule], topic: str, cluster: str, namespace: str | None
) -> list[NotificationRule]:
    """The rules that want to hear of it; `namespace` None: it is about the whole cluster."""
    return [
        rule
        for rule in rules
        if topic in rule.events
        and patterns.matches(patterns.parts(rule.clusters), cluster)
        and (namespace is None or patterns.matches(patterns.parts(rule.namespaces), namespace))
    ]


def page(view: str, *args: str | int) -> str:
    """The address of a page as people reach it; "" without AVIARY_URL."""
    return f"{settings.PUBLIC_URL}{reverse(view, args=args)}" if settings.PUBLIC_URL else ""


def _images(cluster: str, namespace: str, name: str) -> tuple[tuple[str, str], ...]:
    store = stores.of(cluster)
    view = store.get(namespace, name) if store else None
    return tuple((image.old, image.new) for image in view.images) if view else ()
