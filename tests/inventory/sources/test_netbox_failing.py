"""A NetBox that fails on a page, refuses the token, is silent, or is no NetBox at all."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from dcops.demo.netbox import serving
from dcops.demo.serving import Answer, Question, in_thread
from dcops.demo.serving import Server as HttpServer
from inventory.facts import GIB, Guest, ScopeStatus
from tests.inventory.sources.asking_netbox import (
    DISKS,
    SMALL,
    TOKEN,
    VMS,
    WORLD,
    ask,
    both,
    counting,
    of,
    recordings_of,
)
from tests.inventory.sources.recorded import replies


def test_an_error_on_the_second_page_keeps_the_first_and_makes_the_scope_partial() -> None:
    with serving(replace(WORLD, failing=((VMS, 1000),))) as server:
        racks, machines = both(ask(server.url))
    assert racks.status is ScopeStatus.COMPLETE
    assert (machines.status, len(machines.facts)) == (ScopeStatus.PARTIAL, 1000)
    assert "erreur 500" in machines.faults[0]


def test_an_error_on_the_first_page_fails_that_scope_only() -> None:
    with serving(replace(SMALL, failing=((VMS, 0),))) as server:
        racks, machines = both(ask(server.url))
    assert (racks.status, machines.status) == (ScopeStatus.COMPLETE, ScopeStatus.FAILED)
    assert machines.facts == ()
    assert len(machines.faults) == 1


@pytest.mark.parametrize("path", ["racks", "device-types", "devices", "rack-reservations"])
def test_any_list_of_the_racks_that_fails_makes_the_racks_partial(path: str) -> None:
    with serving(replace(SMALL, failing=((f"/api/dcim/{path}/", 0),))) as server:
        racks, machines = both(ask(server.url))
    if path == "racks":  # nothing can be placed without them
        assert (racks.status, racks.facts) == (ScopeStatus.FAILED, ())
    else:
        assert racks.status is ScopeStatus.PARTIAL
        assert racks.facts
    assert machines.status is ScopeStatus.COMPLETE


@pytest.mark.parametrize(
    ("refusal", "status", "disks"),
    [
        (Answer(404, {"detail": "Not found."}), ScopeStatus.COMPLETE, 20 * GIB),
        (Answer(403, {"detail": "You do not have permission to perform this action."}), ScopeStatus.PARTIAL, 20 * GIB),
        (Answer(500, {"error": "x"}), ScopeStatus.PARTIAL, 20 * GIB),
    ],
)
def test_virtual_disks_that_cannot_be_read(recordings: Path, refusal: Answer, status: ScopeStatus, disks: int) -> None:
    """Before NetBox 3.7 there are none: that is no failure."""
    replied = recordings_of(recordings / "netbox") | {DISKS: refusal}
    with replies(replied) as server:
        _, machines = both(ask(server.url))
    assert (machines.status, of(machines, Guest)[0].disk_bytes) == (status, disks)
    assert [fault.split(" : ")[0] for fault in machines.faults] == (
        [] if status is ScopeStatus.COMPLETE else ["virtualization/virtual-disks"]
    )


def test_tenants_that_cannot_be_read_fail_their_scope_only() -> None:
    with serving(replace(SMALL, failing=(("/api/tenancy/tenants/", 0),))) as server:
        racks, machines, tenants = ask(server.url).scopes
    assert (tenants.status, tenants.facts, len(tenants.faults)) == (ScopeStatus.FAILED, (), 1)
    assert {racks.status, machines.status} == {ScopeStatus.PARTIAL}  # nothing says that they are whole
    assert racks.facts
    assert machines.facts


def test_a_netbox_that_is_not_read_in_time_is_not_asked_any_more() -> None:
    with counting(SMALL) as (server, asked):
        snapshot = ask(server.url, limit_s=0)
    assert len(asked) == 1
    for scope in snapshot.scopes:
        assert (scope.status, scope.facts) == (ScopeStatus.FAILED, ())
        assert "n'a pas tout dit à temps" in scope.faults[0]


def test_fewer_rows_than_announced_is_partial(recordings: Path) -> None:
    replied = recordings_of(recordings / "netbox")
    page = json.loads((recordings / "netbox/virtual-machines.json").read_text())
    replied[VMS] = Answer(200, page | {"next": None, "count": 4})
    with replies(replied) as server:
        _, machines = both(ask(server.url))
    assert (machines.status, len(machines.facts)) == (ScopeStatus.PARTIAL, 3)
    assert "3 objets reçus sur 4" in machines.faults[0]


def test_one_unreadable_row_does_not_hide_the_others(recordings: Path) -> None:
    replied = recordings_of(recordings / "netbox")
    rows = [{"id": 1, "name": "odd", "memory": "much"}, {"id": 2, "name": "fine", "memory": 1000}]
    replied[VMS] = Answer(200, {"count": 2, "next": None, "results": rows})
    with replies(replied) as server:
        _, machines = both(ask(server.url))
    assert [fact.name for fact in of(machines, Guest)] == ["fine"]
    assert machines.status is ScopeStatus.PARTIAL
    assert "« odd »" in machines.faults[0]


@pytest.mark.parametrize(
    ("path", "odd", "scope"),
    [
        ("/api/dcim/racks/", {"u_height": None}, "racks"),
        ("/api/dcim/racks/", {"name": None, "u_height": "tall"}, "racks"),
        ("/api/dcim/device-types/", {"u_height": None}, "racks"),
        (DISKS, {"virtual_machine": None}, "virtual-machines"),
        (DISKS, {"size": None}, "virtual-machines"),
    ],
)
def test_one_value_of_another_shape_hides_its_row_only(
    recordings: Path, path: str, odd: dict[str, object], scope: str
) -> None:
    replied = recordings_of(recordings / "netbox")
    first, *others = json.loads((recordings / f"netbox/{path.split('/')[3]}.json").read_text())["results"]
    replied[path] = Answer(200, {"count": 1 + len(others), "next": None, "results": [first | odd, *others]})
    with replies(replied) as server:
        scopes = ask(server.url).scopes
    assert all(one.facts for one in scopes[:2])
    (told,) = (one for one in scopes if one.name == scope)
    assert told.status is ScopeStatus.PARTIAL
    assert any(why in told.faults[-1] + told.faults[0] for why in ("ne se lit pas", "n'a pas pu être lue"))


@pytest.mark.parametrize("token", ["nbt_key.wrong", "0123456789abcdef0123456789abcdef01234567", "with\nline"])
def test_a_bad_token_fails_both_scopes_with_a_remedy(token: str) -> None:
    with counting(SMALL) as (server, asked):
        racks, machines = both(ask(server.url, token=token))
    for scope in (racks, machines):
        assert (scope.status, scope.facts, len(scope.faults)) == (ScopeStatus.FAILED, (), 1)
        assert "vérifier le jeton" in scope.faults[0] or "corriger le secret" in scope.faults[0]
    assert len(asked) <= 1 or "\n" in token  # a refused token is not tried again list after list


@pytest.mark.parametrize("token", ["0123456789abcdef0123456789abcdef01234567", TOKEN])
def test_both_kinds_of_token_are_accepted(token: str) -> None:
    with serving(replace(SMALL, token=token)) as server:
        assert ask(server.url, token=token).status is ScopeStatus.COMPLETE


@pytest.mark.parametrize("name", ["error-403-bad-token", "error-403-bad-token-v2", "error-403-no-token"])
def test_recorded_refusals(recordings: Path, name: str) -> None:
    words = json.loads((recordings / f"netbox/{name}.json").read_text())
    with replies({"/api/status/": Answer(403, words)}) as server:
        snapshot = ask(server.url)
    assert snapshot.status is ScopeStatus.FAILED
    assert words["detail"] in snapshot.scopes[0].faults[0]


def test_a_list_that_the_token_may_not_read_fails_its_scope_only(recordings: Path) -> None:
    replied = recordings_of(recordings / "netbox")
    replied["/api/dcim/racks/"] = Answer(403, {"detail": "You do not have permission to perform this action."})
    with replies(replied) as server:
        racks, machines = both(ask(server.url))
    assert racks.status is not ScopeStatus.COMPLETE
    assert machines.status is ScopeStatus.COMPLETE


@pytest.mark.parametrize("name", ["error-400-bad-filter-value", "error-400-bad-filter-slug", "error-404-object"])
def test_recorded_bad_requests_are_faults(recordings: Path, name: str) -> None:
    replied = recordings_of(recordings / "netbox")
    status = int(name.split("-")[1])
    replied[VMS] = Answer(status, json.loads((recordings / f"netbox/{name}.json").read_text()))
    with replies(replied) as server:
        _, machines = both(ask(server.url))
    assert machines.status is ScopeStatus.FAILED
    assert f"erreur {status}" in machines.faults[0]


def test_a_refused_filter_is_named(recordings: Path) -> None:
    replied = recordings_of(recordings / "netbox")
    replied[VMS] = Answer(400, json.loads((recordings / "netbox/error-400-bad-filter-slug.json").read_text()))
    with replies(replied) as server:
        _, machines = both(ask(server.url))
    assert "(tenant : Select a valid choice." in machines.faults[0]


def test_words_of_several_lines_stay_in_their_sentence(recordings: Path) -> None:
    replied = recordings_of(recordings / "netbox")
    replied[VMS] = Answer(500, {"error": "consuming input failed:\n\tserver closed", "exception": "OperationalError"})
    with replies(replied) as server:
        _, machines = both(ask(server.url))
    assert "(consuming input failed: server closed)" in machines.faults[0]


def test_unreachable() -> None:
    snapshot = ask("http://127.0.0.1:1")
    assert snapshot.status is ScopeStatus.FAILED
    assert "connexion impossible" in snapshot.scopes[0].faults[0]


def test_a_server_that_accepts_and_never_answers_costs_one_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        snapshot = ask(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.2)
    assert snapshot.status is ScopeStatus.FAILED
    assert "pas de réponse en 0.2 s" in snapshot.scopes[0].faults[0]
    assert 0.2 <= snapshot.duration_s < 0.8


def test_a_netbox_that_dies_after_its_first_word_is_not_asked_list_after_list() -> None:
    asked: list[str] = []

    def dying(question: Question) -> Answer:
        asked.append(question.path)
        if len(asked) > 1:
            raise ConnectionResetError  # the server hangs up
        return Answer(200, {"netbox-version": "4.4.0"})

    with HttpServer("127.0.0.1", 0, None, dying) as server, in_thread(server):
        snapshot = ask(server.url)
    assert asked == ["/api/status/", "/api/dcim/racks/"]
    assert [scope.status for scope in snapshot.scopes] == [ScopeStatus.FAILED] * 3


def test_something_else_than_netbox_answers() -> None:
    for body in ("hello", ["x"], {"detail": "x"}, {"count": 1, "results": ["x"], "next": None}):
        with HttpServer("127.0.0.1", 0, None, lambda _, body=body: Answer(200, body)) as server, in_thread(server):
            snapshot = ask(server.url)
        assert snapshot.status is ScopeStatus.FAILED
        assert all(scope.faults for scope in snapshot.scopes)
