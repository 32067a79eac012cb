"""Which canary is meant."""

from __future__ import annotations

from dataclasses import dataclass

from gates.keys import subject


@dataclass(frozen=True, slots=True)
class Where:
    """One canary."""

    cluster: str
    namespace: str
    name: str

    @property
    def subject(self) -> str:
        """Its digest."""
        return subject(self.cluster, self.namespace, self.name)
