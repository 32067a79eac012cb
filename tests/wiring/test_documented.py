"""Every manifest in docs/wiring.md is one that the API server takes, and that Aviary has nothing against."""

from __future__ import annotations

import re

import pytest
import yaml

from dashboard import wiring
from dashboard.canary import parse
from gates import policy
from tests.support.kube import Kube, path_of
from tests.support.tiers import ROOT
from tests.wiring.around_cases import CASES
from tests.wiring.manifests import Raw, codes

TEXT = (ROOT / "docs" / "wiring.md").read_text(encoding="utf-8")
# By heading: what is true of the pattern all the same, and said in its description.
SAID = {
    "A person promotes": ["freeze-not-enforceable"],
    "Two gates of one type": ["freeze-not-enforceable"],
    "Events for the timeline": ["freeze-not-enforceable"],
    "Drop-in gates": ["freeze-not-enforceable"],
}
PATTERNS = 10


def sections() -> dict[str, str]:
    """The text below each heading."""
    parts = re.split(r"^## (.+)$", TEXT, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


MANIFESTS: dict[str, Raw] = {
    heading: yaml.safe_load(block)
    for heading, text in sections().items()
    for block in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
}


def first_column(heading: str) -> list[str]:
    """The code texts in the first column of the section's table."""
    return re.findall(r"^\| `([^`]+)` \|", sections()[heading], re.MULTILINE)


def test_there_is_a_manifest_for_every_pattern_and_no_other_yaml() -> None:
    assert len(MANIFESTS) == PATTERNS == TEXT.count("```yaml")
    types = {hook["type"] for hook in MANIFESTS["Every hook in one Canary"]["spec"]["analysis"]["webhooks"]}
    assert len(types) == 8


@pytest.mark.parametrize("heading", MANIFESTS)
def test_aviary_reads_it_and_has_nothing_against_it(heading: str) -> None:
    raw = MANIFESTS[heading]
    assert parse("default", raw).problem == ""
    assert codes(raw) == SAID.get(heading, [])


@pytest.mark.kube
@pytest.mark.parametrize("heading", MANIFESTS)
def test_the_api_server_takes_it_with_every_field_checked(kube: Kube, heading: str) -> None:
    raw = MANIFESTS[heading]
    namespace = kube.namespace(raw["metadata"]["namespace"])
    path = path_of("Canary", namespace) + "?fieldValidation=Strict&dryRun=All"
    assert kube.request("POST", path, raw)["spec"] == raw["spec"]


@pytest.mark.kube
@pytest.mark.parametrize("number", range(len(CASES)))
def test_the_lines_that_mend_a_manifest_are_ones_that_the_api_server_takes(kube: Kube, number: int) -> None:
    raw = {**CASES[number].mended, "status": {}}
    path = path_of("Canary", kube.namespace("test")) + "?fieldValidation=Strict&dryRun=All"
    kube.request("POST", path, raw)


def test_every_warning_is_documented_with_its_level_and_no_other() -> None:
    levels = dict(re.findall(r"^\| `([a-z-]+)` \| (danger|warning|info) \|", TEXT, re.MULTILINE))
    assert levels.keys() == set(wiring.Code)
    assert {case.code: levels[case.code] for case in CASES if case.level == levels[case.code]} == levels


def test_every_policy_key_is_documented_and_no_other() -> None:
    assert first_column("Policy") == list(policy.KEYS)
