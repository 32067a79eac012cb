"""The gates' facts, each from the cluster that they ask about."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.facts_source import no_cluster
from gates.facts import Facts, FactsSource, Unreadable


class FactsOfAll:
    """A `gates.facts.FactsSource` over several clusters; what one of them does is nothing to the others."""

    def __init__(self, sources: Mapping[str, FactsSource]) -> None:
        self.sources = sources

    def current(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """From that cluster's store."""
        source = self.sources.get(cluster)
        return source.current(cluster, namespace, name) if source else no_cluster(cluster)

    async def live(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """From that cluster's API server."""
        source = self.sources.get(cluster)
        return await source.live(cluster, namespace, name) if source else no_cluster(cluster)
