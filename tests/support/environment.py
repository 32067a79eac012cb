"""A shell's variables without those that Aviary reads."""

from __future__ import annotations

from collections.abc import Mapping

# AVIARY_REQUIRE_TIERS and the like steer the test run itself, not Aviary.
STEERING = "AVIARY_REQUIRE_TIERS"
# A pod's own variable among them: it would make `auto` mean the cluster that CI runs in.
OURS = {
    "DATABASE_URL",
    "DATABASE_URL_FILE",
    "DJANGO_SETTINGS_MODULE",
    "HOST",
    "KUBECONFIG",
    "KUBERNETES_SERVICE_HOST",
    "PORT",
    "REDIS_URL",
    "REDIS_URL_FILE",
}


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that say nothing about how Aviary runs: PATH, HOME, LANG and so on."""
    return {
        name: value
        for name, value in environment.items()
        if name == STEERING or not (name.startswith(("AVIARY_", "OTEL_")) or name in OURS)
    }
