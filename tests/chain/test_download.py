"""Checkpoints are for those who see the whole log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from gates import audit, export, pruning
from gates.keyring import Signer
from tests.chain.conftest import enter, sign
from tests.people.conftest import browse  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


async def whole(answer: StreamingHttpResponse) -> bytes:
    return b"".join([piece async for piece in answer])


def test_an_administrator_downloads_the_checkpoints(
    browse: Callable[[str], Client],  # noqa: F811
    signer: Signer,
) -> None:
    for _time in range(2):
        enter(2)
        sign(signer)
    answer = browse("ada").get("/audit/checkpoints")
    assert isinstance(answer, StreamingHttpResponse)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/jsonl")
    found = [json.loads(line) for line in asyncio.run(whole(answer)).splitlines()]
    assert [each["seq"] for each in found] == [2, 4]


def test_a_download_breaks_off_when_its_entries_are_pruned(
    browse: Callable[[str], Client],  # noqa: F811
    signer: Signer,
    tmp_path: Path,
) -> None:
    enter(3)
    sign(signer)
    answer = browse("ada").get("/audit/export?format=jsonl")
    assert isinstance(answer, StreamingHttpResponse)
    segment = pruning.due(timezone.now() + timedelta(seconds=1))
    assert segment
    pruning.prune(segment, tmp_path, signer, audit.OPERATOR, audit.SYSTEM_ORIGIN)
    with pytest.raises(export.Incomplete):
        asyncio.run(whole(answer))


@pytest.mark.parametrize(("name", "status"), [("victor", 403), ("nora", 403), ("", 302)])
def test_nobody_else_does(browse: Callable[[str], Client], name: str, status: int) -> None:  # noqa: F811
    assert browse(name).get("/audit/checkpoints").status_code == status
    assert browse("ada").post("/audit/checkpoints").status_code in {403, 405}
