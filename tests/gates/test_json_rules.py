"""Bodies as they arrive: refusals are 400 and empty, large ones 413, and nothing a client sends is a 5xx."""

from __future__ import annotations

import socket

import pytest

from tests.gates.calls import ACCEPTED, APPROVED, FORBIDDEN, MALFORMED, ask, call, exchange, somebody
from tests.support.server import Server

READING = ["/gate/check", "/gate/open", "/gate/close", "/rollback/check", "/rollback/open", "/rollback/close"]
MIB = 1024 * 1024
HEAD = b"POST /gate/check HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize("path", READING)
def test_refused_bodies_are_400_and_empty(aviary: Server, path: str) -> None:
    for body in (
        b"",
        b"[]",
        b'{"name": 1}',
        b'{"metadata": {"a": 1}}',
        b"{} {}",
        b'{"x": NaN}',
        b"\xef\xbb\xbf{}",
    ):
        answer = call(aviary, path, body)
        assert answer[:2] == MALFORMED
        assert "content-type" not in answer.headers


@pytest.mark.parametrize("field", ["name", "namespace"])
@pytest.mark.parametrize("path", READING)
def test_nul_in_a_name_is_400_on_every_database(aviary: Server, path: str, field: str) -> None:
    assert ask(aviary, path, somebody() | {field: "a\0b"}) == MALFORMED


def test_letter_case_duplicates_null_and_surrogates_name_the_same_gate(aviary: Server) -> None:
    name = str(somebody()["name"])
    assert ask(aviary, "/gate/open", {"name": f"{name}\ufffd", "namespace": "test"}) == ACCEPTED
    same = (
        f'{{"NAME": "other", "name": "{name}\\ud800", "Name": null, "nameSpace": "test", "x": {"9" * 5000}}}'
    )
    assert ask(aviary, "/gate/check", same.encode()) == APPROVED
    assert ask(aviary, "/gate/check", b"null") == FORBIDDEN


def test_deep_and_numerous_brackets_are_never_a_5xx(sqlite_aviary: Server) -> None:
    deep = b'{"x": ' + b"[" * 9_000 + b"]" * 9_000 + b"}"
    assert ask(sqlite_aviary, "/gate/check", deep) == FORBIDDEN
    assert ask(sqlite_aviary, "/gate/check", b"[" * (MIB - 1)) == MALFORMED
    assert ask(sqlite_aviary, "/gate/check", b'{"x": [' + b"[]," * 300_000 + b"[]]}") == FORBIDDEN


def test_one_mebibyte_is_read_and_a_byte_more_is_not(sqlite_aviary: Server) -> None:
    start, end = b'{"name": "', b'"}'
    fits = start + b"a" * (MIB - len(start) - len(end)) + end
    assert ask(sqlite_aviary, "/gate/check", fits) == FORBIDDEN
    head = HEAD + b"Content-Length: %d\r\n\r\n" % (MIB + 1)
    assert exchange(sqlite_aviary, head + fits + b" ").startswith(b"HTTP/1.1 413 ")


def test_an_announced_large_body_is_not_waited_for(sqlite_aviary: Server) -> None:
    for length in (b"99999999999", b"9" * 400):
        answer = exchange(sqlite_aviary, HEAD + b"Content-Length: %s\r\n\r\n" % length)
        assert answer.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 400 "))


def test_a_large_body_without_a_length_is_stopped(sqlite_aviary: Server) -> None:
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    answer = exchange(sqlite_aviary, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 17)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer


def test_a_body_in_chunks_is_read(sqlite_aviary: Server) -> None:
    parts = [b'{"name": "chun', b'ked", "namespace": "test"}']
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    head = HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert exchange(sqlite_aviary, head + chunks).endswith(b"\r\n\r\nForbidden")


def test_a_length_that_says_too_little_cuts_the_body(sqlite_aviary: Server) -> None:
    answer = exchange(sqlite_aviary, HEAD + b'Connection: close\r\nContent-Length: 9\r\n\r\n{"name": "a"}')
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_caller_that_hangs_up_half_way_harms_nobody(sqlite_aviary: Server) -> None:
    with socket.create_connection(("127.0.0.1", sqlite_aviary.port)) as line:
        line.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
    assert ask(sqlite_aviary, "/gate/check", somebody()) == FORBIDDEN
    assert "Exception" not in sqlite_aviary.output
