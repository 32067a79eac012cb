"""Secrets in command lines and messages: masked where they are one, and no word lost where they are not."""

from __future__ import annotations

import pytest

from dashboard.masking import mask_text
from dashboard.secret_names import MASK


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("hey -H 'Authorization: Bearer eyJsecret' http://x/", f"hey -H 'Authorization: Bearer {MASK}' http://x/"),
        ('--header "Authorization: Bearer abc123def"', f'--header "Authorization: Bearer {MASK}"'),
        ("curl -H Authorization:hunter2x http://x/", f"curl -H Authorization:{MASK} http://x/"),
        (r"sh -c \"curl -H \"X-Api-Key: a b\" x\"", rf"sh -c \"curl -H \"X-Api-Key: {MASK}\" x\""),
        ("curl -H 'X-Api-Key: hunter2' -H 'Accept: text/plain'",
         f"curl -H 'X-Api-Key: {MASK}' -H 'Accept: text/plain'"),
        ("Authorization: Basic aaa", f"Authorization: Basic {MASK}"),
        ('{"authorization":"token-without-a-scheme1"}', f'{{"authorization":"{MASK}"}}'),
        ("curl -u admin:hunter2 http://x/", f"curl -u admin:{MASK} http://x/"),
        ("curl -uadmin:12345 http://x/", f"curl -uadmin:{MASK} http://x/"),
        ("curl --user 'admin:hunter2 x' http://x/", f"curl --user 'admin:{MASK}' http://x/"),
        ("hey -a admin:hunter2 http://x/", f"hey -a admin:{MASK} http://x/"),
        ("app --password=hunter2 -v", f"app --password={MASK} -v"),
        ("sh -c 'app --db-password hunter2'", f"sh -c 'app --db-password {MASK}'"),
        ("PGPASSWORD=hunter2 DB_PASSWORD='a b' psql", f"PGPASSWORD={MASK} DB_PASSWORD={MASK} psql"),
        ("Basic YWRtaW46aHVudGVyMg==", f"Basic {MASK}"),
    ],
)  # fmt: skip
def test_a_secret_in_running_text_is_masked(text: str, shown: str) -> None:
    assert mask_text(text) == shown
    assert mask_text(shown) == shown


@pytest.mark.parametrize(
    "word",
    ["a", "A", "aA", "a-", "x.", "-H ", "-u a:", "--token ", "authorization: ", "--user 'a:", '-H "x-key: '],
)
def test_no_text_takes_long(word: str) -> None:
    """Whoever writes messages cannot keep a process busy: time by the square would be minutes here."""
    for before, after in (("", ""), ("Basic ", "1"), ("Bearer ", "=!"), ("-u ", ":")):
        text = before + word * 200_000 + after
        masked = mask_text(text)
        # Nothing is lost on the way but what is masked.
        assert masked == text or MASK in masked


@pytest.mark.parametrize(
    "text",
    [
        "Halt podinfo.test advancement success rate 91.20% < 99%",
        "Halt podinfo.test advancement waiting for approval ask-owner",
        "Starting canary analysis for podinfo.test",
        "Advance podinfo.test canary weight 50",
        "New revision detected! Scaling up podinfo.test",
        "podinfo-primary.test not ready: waiting for rollout to finish: 1 of 2 (readyThreshold 100%) updated",
        "Halt a.b advancement external check Basic smoke-test failed: Basic authentication required",
        "Bearer token expired, Bearer authentication failed",
        "authorization: permission denied",
        'Canary failed! query: sum(rate(http_requests{token="no", key="x"}[1m])) / 2 - token',
        "rollback - password rotation is the reason",
        "docker run -u 1000:1000 app, nc -a host:80, step user:group",
        "cluster: a, header: X-Api-Key: see the wiki",
    ],
)
def test_ordinary_messages_keep_every_word(text: str) -> None:
    assert mask_text(text) == text
