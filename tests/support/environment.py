"""A shell's variables without those that Aviary reads."""

from __future__ import annotations

from collections.abc import Mapping

# AVIARY_REQUIRE_TIERS and the like steer the test run itself, not Aviary.
STEERING = "AVIARY_REQUIRE_TIERS"
OURS = (
    "DATABASE_URL",
    "DATABASE_URL_FILE",
    "REDIS_URL",
    "HOST",
    "PORT",
    "KUBECONFIG",
    "DJANGO_SETTINGS_MODULE",
)


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that say nothing about how Aviary runs: PATH, HOME, LANG and so on."""
    return {
        name: value
        for name, value in environment.items()
        if name == STEERING or not (name.startswith("AVIARY_") or name in OURS)
    }
