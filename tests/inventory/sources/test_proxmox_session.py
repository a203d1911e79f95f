"""A Proxmox whose every byte is ours: connections closed while idle, answers cut short, in chunks, or not HTTP."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from itertools import islice, takewhile
from threading import Thread
from typing import Any

import pytest

from dcops.demo.tls import Certificate
from inventory.facts import GIB, Scope, ScopeStatus
from tests.inventory.sources.asking_proxmox import SEES_ALL, guests, resources, source

CONFIG = {"cores": 2, "memory": "4096", "scsi0": "ceph:vm-100-disk-0,size=20G"}
LISTS: dict[str, Any] = {
    "/api2/json/cluster/resources?type=vm": [
        {"type": "qemu", "vmid": 100 + number, "node": "n1", "status": "running"} for number in range(3)
    ],
    "/api2/json/cluster/resources?type=node": [{"type": "node", "node": "n1", "status": "online", "maxcpu": 8}],
    "/api2/json/access/permissions": SEES_ALL.body["data"],
}
Say = Callable[[str, bytes], bytes | None]
"""The bytes of an answer, given the path and the JSON that it should carry; None: hang up without a word."""


def plain(path: str, body: bytes) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def path_asked(file: BufferedReader) -> str:
    """What the next question is about; empty once there is none."""
    lines = list(takewhile(lambda line: line != b"\r\n", file))
    return lines[0].decode().split()[1] if lines else ""


@contextmanager
def raw(
    certificate: Certificate, say: Say, per_connection: int = 1000, ends_well: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """(port, paths asked for) of a server that says those bytes, and hangs up after some answers without warning."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    asked: list[str] = []

    def serve(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as spoken:
                file = spoken.makefile("rb")
                for path in islice(iter(lambda: path_asked(file), ""), per_connection):
                    asked.append(path)
                    said = say(path, json.dumps({"data": LISTS.get(path, CONFIG)}).encode())
                    if said is None:
                        return
                    spoken.sendall(said)
                if ends_well:
                    spoken.unwrap()
        except OSError:
            return

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("", 0)) as listening:
        Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1], asked


def scope(port: int, certificate: Certificate, **changes: Any) -> Scope:
    (found,) = source(port, certificate, **changes).facts().scopes
    return found


def whole(found: Scope) -> None:
    assert (found.status, found.faults) == (ScopeStatus.COMPLETE, ())
    assert {resources(guest) for guest in guests(found).values()} == {(2, 4 * GIB, 20 * GIB)}


@pytest.mark.parametrize("answers", [1, 2, 3])
def test_a_connection_closed_while_it_was_idle_is_opened_again(certificate: Certificate, answers: int) -> None:
    with raw(certificate, plain, answers) as (port, asked):
        whole(scope(port, certificate))
    assert len(asked) == 6  # nothing was asked twice that had been answered


def test_an_announced_close_is_heard(certificate: Certificate) -> None:
    def say(path: str, body: bytes) -> bytes:
        return plain(path, body).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)

    with raw(certificate, say, 1) as (port, _):
        whole(scope(port, certificate))


def test_an_answer_in_chunks_is_put_together(certificate: Certificate) -> None:
    def say(path: str, body: bytes) -> bytes:
        pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
        chunks = b"".join(f"{len(piece):x};x=y\r\n".encode() + piece + b"\r\n" for piece in pieces)
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nTrailer: x\r\n\r\n"

    with raw(certificate, say) as (port, _):
        whole(scope(port, certificate))


def test_an_old_server_that_ends_its_answer_by_hanging_up(certificate: Certificate) -> None:
    with raw(certificate, lambda _, body: b"HTTP/1.0 200 OK\r\n\r\n" + body, 1, True) as (port, _):
        whole(scope(port, certificate))


def of_the_first(broken: Say) -> Say:
    return lambda path, body: broken(path, body) if "/100/config" in path else plain(path, body)


def cut(_: str, body: bytes) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body) + 50}\r\n\r\n".encode() + body[:-5]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (cut, "réponse coupée avant la fin"),
        (lambda _, body: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + body[:9], "réponse coupée"),
        (lambda _, body: b"HTTP/1.1 200 OK\r\nContent-", "réponse coupée"),
        (lambda path, body: plain(path, body[:-7]), "réponse incompréhensible"),
        (lambda path, body: plain(path, b'{"data": null}'), "réponse incompréhensible"),
        (lambda path, body: plain(path, b"<html>504 Gateway</html>"), "réponse incompréhensible"),
        (lambda path, body: b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "réponse incompréhensible"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_loses_one_guest_not_its_node(certificate: Certificate, broken: Say, words: str) -> None:
    with raw(certificate, of_the_first(broken), 1) as (port, _):
        found = scope(port, certificate)
    assert found.status is ScopeStatus.PARTIAL
    assert [words in fault and "qemu/100" in fault for fault in found.faults] == [True]
    read = guests(found)
    assert resources(read["qemu/100"]) == (None, None, None)
    assert {resources(read[name]) for name in ("qemu/101", "qemu/102")} == {(2, 4 * GIB, 20 * GIB)}


@pytest.mark.parametrize("broken", [cut, lambda path, body: plain(path, body[:-7])])
def test_a_list_cut_short_fails_the_scope_and_hides_nothing(certificate: Certificate, broken: Say) -> None:
    say: Say = lambda path, body: (broken if "type=vm" in path else plain)(path, body)  # noqa: E731
    with raw(certificate, say, 1) as (port, _):
        found = scope(port, certificate)
    assert (found.status, found.facts, len(found.faults)) == (ScopeStatus.FAILED, (), 1)


def test_a_server_that_hangs_up_on_every_question_is_not_asked_for_ever(certificate: Certificate) -> None:
    with raw(certificate, of_the_first(lambda path, body: None)) as (port, asked):
        found = scope(port, certificate)
    assert found.status is ScopeStatus.PARTIAL
    assert "connexion impossible" in found.faults[0]
    assert sum("/100/config" in path for path in asked) <= 2


def test_a_proxy_of_the_environment_is_gone_through(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[str] = []
    with raw(certificate, plain) as (port, _), tunnel(port, heads) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:p%40ss@127.0.0.1:{proxy}")
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        whole(scope(port, certificate))
    assert heads[0].startswith(f"CONNECT 127.0.0.1:{port} ")
    assert "Proxy-Authorization: Basic dXNlcjpwQHNz" in heads[0]


@contextmanager
def tunnel(to: int, heads: list[str]) -> Iterator[int]:
    """A proxy that tunnels wherever it is asked to, to that port."""

    def relay(read: socket.socket, write: socket.socket) -> None:
        try:
            while piece := read.recv(65536):
                write.sendall(piece)
            write.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def accept() -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head:
                head += near.recv(1)
            heads.append(head.decode())
            far = socket.create_connection(("127.0.0.1", to))
            near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            for pair in ((near, far), (far, near)):
                Thread(target=relay, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]


def test_whom_to_trust(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw(certificate, plain) as (port, _):
        assert "certificat TLS refusé" in scope(port, certificate, verify_tls=True).faults[0]
        whole(scope(port, certificate, verify_tls=False))
        for none in (certificate.key, certificate.authority.with_name("absent.pem")):
            assert "certificat d'autorité illisible" in scope(port, certificate, verify_tls=none).faults[0]
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.authority))
        whole(scope(port, certificate, verify_tls=True))


def test_a_machine_known_by_another_name_is_not_trusted(certificate: Certificate) -> None:
    with raw(certificate, plain) as (port, _):
        assert "certificat TLS refusé" in scope(port, certificate, host="127.0.0.2").faults[0]
