"""A Proxmox Backup Server that exists only on paper, answering the real API over HTTPS from a frozen world."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dcops.demo.pbs_world import PbsWorld, SimGroup, SimStore
from dcops.demo.serving import Answer, Question, Server, in_thread
from dcops.demo.tls import Certificate

DAY_S = 86_400
_ON_DISK = {"mount-status": "nonremovable", "backend-type": "filesystem"}


@contextmanager
def serving(
    world: Callable[[], PbsWorld], certificate: Certificate, port: int = 0, host: str = "127.0.0.1"
) -> Iterator[Server]:
    """Serve the world of the moment over HTTPS in a thread while the block lasts; port 0 takes a free one."""
    server = Server(host, port, certificate, lambda question: answer(world(), question))
    with in_thread(server):
        yield server


def answer(world: PbsWorld, question: Question) -> Answer:
    """What the server answers to a question, errors included; pure."""
    expected = f"PBSAPIToken={world.user}!{world.token_name}:{world.token}"
    if question.headers.get("authorization") != expected:
        return Answer(401, {"error": "authentication failed"}, "authentication failed")
    path = question.path.removeprefix("/api2/json").strip("/")
    for pattern, handler in _ROUTES:
        if found := pattern.fullmatch(path):
            return handler(world, question, *found.groups())
    return Answer(404, {"data": None}, f"Path '/api2/json/{path}' not found.")


def _data(value: Any) -> Answer:
    return Answer(200, {"data": value})


def _version(world: PbsWorld, _: Question) -> Answer:
    return _data({"version": world.version, "release": "1", "repoid": "0123456789abcdef"})


def _usage(world: PbsWorld, _: Question) -> Answer:
    return _data([_usage_row(store) for store in world.visible])


def _usage_row(store: SimStore) -> dict[str, Any]:
    row: dict[str, Any] = {"store": store.name, **_ON_DISK}
    if store.error:
        return row | {"error": store.error}
    row |= {"total": store.total_bytes, "used": store.used_bytes, "avail": store.total_bytes - store.used_bytes}
    filled = round(store.used_bytes / store.total_bytes, 6)
    return row | {"history": [None, filled, filled], "history-start": 1_700_000_000, "history-delta": DAY_S}


def _stores(world: PbsWorld, _: Question) -> Answer:
    return _data([{"store": store.name, **_ON_DISK} for store in world.visible])


def _permissions(world: PbsWorld, _: Question) -> Answer:
    if not world.all_seeing:
        return _data({})
    return _data({"/datastore": {"Datastore.Audit": True}})


def _namespaces(world: PbsWorld, _: Question, name: str) -> Answer:
    store = world.store(name)
    if refusal := _refusal(world, store, name):
        return refusal
    assert store is not None
    return _data([{"ns": namespace} for namespace in store.namespaces])


def _groups(world: PbsWorld, question: Question, name: str) -> Answer:
    store, namespace = world.store(name), question.query.get("ns", "")
    if refusal := _refusal(world, store, name):
        return refusal
    assert store is not None
    if namespace not in store.namespaces:
        return Answer(404, {"data": None}, f"namespace not found: {namespace}")
    return _data([_group_row(group) for group in store.groups if group.namespace == namespace])


def _group_row(group: SimGroup) -> dict[str, Any]:
    return {
        "backup-type": group.kind,
        "backup-id": group.backup_id,
        "backup-count": group.count,
        "last-backup": group.last_backup,
        "files": ["drive-scsi0.img.fidx", "qemu-server.conf.blob"],
        "owner": "pve@pbs",
    }


def _refusal(world: PbsWorld, store: SimStore | None, name: str) -> Answer | None:
    if name in world.forbidden or not world.all_seeing:
        return Answer(403, {"data": None}, "permission check failed - missing Datastore.Audit")
    if store is None:
        return Answer(400, {"data": None}, f"no such datastore '{name}'")
    return Answer(400, {"data": None}, f"unable to open datastore - {store.error}") if store.error else None


_Handler = Callable[..., Answer]
_ROUTES: tuple[tuple[re.Pattern[str], _Handler], ...] = (
    (re.compile(r"version"), _version),
    (re.compile(r"status/datastore-usage"), _usage),
    (re.compile(r"admin/datastore"), _stores),
    (re.compile(r"admin/datastore/([^/]+)/namespace"), _namespaces),
    (re.compile(r"admin/datastore/([^/]+)/groups"), _groups),
    (re.compile(r"access/permissions"), _permissions),
)
