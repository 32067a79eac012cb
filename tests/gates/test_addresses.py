"""What is not listed byte for byte is nobody's address: above all nothing near a rollback may say 2xx."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates import addresses
from tests.gates.calls import ACCEPTED, APPROVED, FORBIDDEN, OK, ask, call, somebody
from tests.support.server import Server

SEPARATORS = ["/", "//", "/./", "/x/../", "%2f", "%2F", "\\", "%5c", "%00", ";/", "%20/"]
ODD = [
    *(f"/rollback{between}check" for between in SEPARATORS[1:]),
    "//rollback/check", "/./rollback/check", "/x/../rollback/check", "/rollback/check/", "/rollback/check//",
    "/rollback/check/x", "/rollback", "/rollback/", "/rollback/chek", "/rollback/approve", "/rollback/halt",
    "/ROLLBACK/check", "/rollback/CHECK", "/Rollback/Check", "/%72ollback/check", "/rollback/chec%6b",
    "/rollback/check%20", "/rollback/check%00", "/rollback/check;a=b", "/rollback/check.",
    "/rollback/check%3Fa=b", "/rollback%252fcheck", "/rollback/..%2frollback/check",
    "/gate/", "/gate", "/gate/check/", "/gate/Check",
    "/hooks", "/hooks/", "/hooks/rollback/", "/hooks/rollbac", "/hooks/rollback/a/b", "/hooks/rollback/..",
    "/hooks/rollback/%61", "/hooks//rollback", "/hooks/Rollback", "/hooks/pre-rollout", "/hooks/rollout",
    "/hooks/confirm-rollout/", "/hooks/confirm_rollout", "/hooks/check", "/clusters/other/hooks/rollback",
    "/t", "/t/", "/t/x", "/t//",
    "/t/x/rollback/chek", "/t/x//rollback/check", "/t//rollback/check", "/clusters", "/clusters/",
    "/clusters/default", "/clusters/other/rollback/check", "/clusters/%64efault/rollback/check",
    "/clusters/default//rollback/check", "/clusters/DEFAULT/rollback/check",
    "/clusters/default/t/x/rollback/check",
    "/healthz/", "/metrics/", "/readyz/x", "/t/x/healthz", "/t/x/metrics", "/clusters/default/healthz",
]  # fmt: skip


@pytest.mark.parametrize("path", ODD)
def test_addresses_that_are_not_listed_are_404(sqlite_aviary: Server, path: str) -> None:
    who = somebody()
    for switch in ("/gate", "/rollback"):
        assert ask(sqlite_aviary, f"{switch}/open", who) == ACCEPTED
    for method in ("POST", "GET"):
        answer = call(sqlite_aviary, path, who, method=method)
        assert answer.status == 404
        assert len(answer.body) < 100


@pytest.mark.parametrize(
    "path", ["/nothing", "/rollbackx", "/x/rollback/check", "/canaries/rollback/check", "/index.php"]
)
def test_no_page_of_django_answers_a_hook_with_a_yes(sqlite_aviary: Server, path: str) -> None:
    answer = call(sqlite_aviary, path, somebody())
    assert answer.status >= 300
    # Go's client follows a redirect, and the sign-in page at its end would be a yes.
    assert answer.status >= 400 or answer.headers["location"] == ""


@pytest.mark.parametrize("prefix", ["/clusters/default", "/t/anything", "/t/a%2Fb%20c/clusters/default"])
def test_prefixes_lead_to_the_same_gates(sqlite_aviary: Server, prefix: str) -> None:
    who = somebody()
    assert ask(sqlite_aviary, f"{prefix}/gate/approve") == OK
    assert ask(sqlite_aviary, f"{prefix}/gate/check", who) == FORBIDDEN
    assert ask(sqlite_aviary, f"{prefix}/gate/open", who) == ACCEPTED
    assert ask(sqlite_aviary, "/gate/check", who) == APPROVED
    assert ask(sqlite_aviary, f"{prefix}/gate/check?x=y", who) == APPROVED
    assert ask(sqlite_aviary, f"{prefix}/rollback/check", who) == FORBIDDEN
    assert ask(sqlite_aviary, f"{prefix}/", who)[0] == 400
    assert call(sqlite_aviary, f"{prefix}/", method="GET").status == 404


def scope(raw: bytes, path: str, method: str = "POST") -> dict[str, object]:
    return {"raw_path": raw, "path": path, "method": method, "query_string": b""}


def test_only_a_post_to_the_root_is_ours() -> None:
    assert addresses.owns(scope(b"/", "/"))
    assert not addresses.owns(scope(b"/", "/", "GET"))
    assert not addresses.owns(scope(b"/canaries", "/canaries"))


@given(
    before=st.sampled_from(["", "/", "/.", "/x/..", "\\"]),
    word=st.sampled_from(["gate", "ROLLBACK", "Hooks", "t"]),
    after=st.text(max_size=20),
)
def test_whatever_looks_like_ours_never_reaches_django(before: str, word: str, after: str) -> None:
    raw = f"{before}/{word}/{after}"
    assert addresses.owns(scope(raw.encode("utf-8", "replace"), raw)) or "/.." in after or "\\.." in after


@given(st.text(alphabet="/gaterolbckhn.%2f?", max_size=30))
def test_only_listed_addresses_are_found(path: str) -> None:
    address, _token = addresses.find(scope(f"/{path}".encode(), f"/{path}"))
    assert address is None or address.label == f"/{path}"


@pytest.mark.parametrize("prefix", ["", "/clusters/default", "/t/anything"])
@pytest.mark.parametrize("gate", ["", "/security.2"])
def test_typed_hooks_say_no_in_one_line_or_acknowledge(sqlite_aviary: Server, prefix: str, gate: str) -> None:
    who = somebody(phase="Progressing", checksum="x")
    for hook in ("confirm-rollout", "confirm-traffic-increase", "confirm-promotion", "rollback"):
        status, body = ask(sqlite_aviary, f"{prefix}/hooks/{hook}{gate}", who)
        assert status == 403
        assert body
        assert b"\n" not in body
    for hook in ("post-rollout", "event"):
        assert ask(sqlite_aviary, f"{prefix}/hooks/{hook}{gate}", who) == OK
