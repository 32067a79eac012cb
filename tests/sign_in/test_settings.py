"""What is missing or unsafe in the settings is found before anybody is let in."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from dashboard.sign_in import checks
from dashboard.sign_in.mapping import roles_of_groups

OIDC = {
    "OIDC_ISSUER": "https://sso.example.org",
    "OIDC_CLIENT_ID": "aviary",
    "OIDC_CLIENT_SECRET": "secret",
    "OIDC_ROLES": {"sre": frozenset({("approver", "*")})},
}
PROXY = {
    "PROXY_USER_HEADER": "X-Auth-User",
    "PROXY_GROUPS_HEADER": "X-Auth-Groups",
    "PROXY_ROLES": {"sre": frozenset({("approver", "*")})},
    "TRUSTED_PROXIES": [ip_network("10.0.0.0/8")],
}


def found(settings: Any, values: dict[str, Any]) -> str:
    for name, value in values.items():
        setattr(settings, name, value)
    return " ".join(f"{message.id} {message.msg} {message.hint}" for message in checks.sign_in())


def test_whole_settings_have_nothing_to_complain_about(settings: Any) -> None:
    assert found(settings, {}) == ""
    assert found(settings, OIDC) == ""
    assert found(settings, {"OIDC_ISSUER": "http://127.0.0.1:9400"}) == ""
    assert found(settings, PROXY) == ""


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"OIDC_ISSUER": ""}, "AVIARY_OIDC_ISSUER"),
        ({"OIDC_ISSUER": "http://sso.example.org"}, "https"),
        ({"OIDC_CLIENT_ID": ""}, "AVIARY_OIDC_CLIENT_ID"),
        ({"OIDC_CLIENT_SECRET": ""}, "AVIARY_OIDC_CLIENT_SECRET"),
        ({"OIDC_ROLES": {}}, "AVIARY_OIDC_ROLES"),
        ({"OIDC_SCOPES": ["profile"]}, "AVIARY_OIDC_SCOPES"),
    ],
)
def test_half_a_provider_is_named(settings: Any, change: dict[str, Any], named: str) -> None:
    assert named in found(settings, OIDC | change)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"PROXY_USER_HEADER": ""}, "AVIARY_PROXY_USER_HEADER"),
        ({"TRUSTED_PROXIES": []}, "AVIARY_TRUSTED_PROXIES"),
        ({"PROXY_ROLES": {}}, "AVIARY_PROXY_ROLES"),
        ({"PROXY_GROUPS_HEADER": ""}, "AVIARY_PROXY_GROUPS_HEADER"),
        ({"PROXY_USER_HEADER": "Cookie"}, "Cookie"),
        ({"PROXY_USER_HEADER": "X_User"}, "X_User"),
        ({"PROXY_GROUPS_HEADER": "authorization"}, "authorization"),
    ],
)
def test_half_a_proxy_is_named(settings: Any, change: dict[str, Any], named: str) -> None:
    assert named in found(settings, PROXY | change)


def test_groups_with_roles_are_read() -> None:
    assert roles_of_groups("X", "sre=approver, dev=viewer:payments-*, dev=viewer:catalog,") == {
        "sre": {("approver", "*")},
        "dev": {("viewer", "payments-*"), ("viewer", "catalog")},
    }
    assert roles_of_groups("X", "cn=sre,ou=it=admin; a b = viewer") == {
        "cn=sre,ou=it": {("admin", "*")},
        "a b": {("viewer", "*")},
    }
    assert roles_of_groups("X", "") == {}


@pytest.mark.parametrize(
    "text", ["sre", "=viewer", "sre=", "sre=owner", "sre=viewer:", "sre=viewer:UPPER", "sre=auditor:payments"]
)
def test_what_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="AVIARY_OIDC_ROLES: “"):
        roles_of_groups("AVIARY_OIDC_ROLES", text)
