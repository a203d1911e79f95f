"""What was heard is on disk, whatever becomes of the process; what cannot be read is told and kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import Conflict
from metering.collection.poll import Answer, Target, Wanted
from metering.collection.poll_record import Round, new_token
from metering.collection.spool import Spool
from metering.readings import Reading

NOW = datetime(2024, 6, 15, 10, 0, 0, 123456, tzinfo=UTC)
TARGET = Target("snmp", "10.0.0.1?community=secret", "apc-rpdu2", (Wanted(7, "pdu-é", "inlet:1"),))
HEARD = Answer(TARGET, ((7, Reading(NOW, 2**53, None)),), ("compteur pdu-é : « absent »",), 12)


def written(spool: Spool, answers: list[Answer], resting: tuple[Target, ...] = (), end: bool = True) -> Path:
    with spool.alone():
        page = spool.begin(new_token(), NOW)
        for answer in answers:
            page.answer(answer)
        if end:
            page.end(NOW + timedelta(seconds=9), resting)
        page.close()
    assert page.whole
    return page.path


answers = st.builds(
    Answer,
    st.builds(Target, st.sampled_from(["snmp", "modbus"]), st.text(), st.none() | st.text(), st.just(TARGET.wanted)),
    st.lists(
        st.tuples(st.integers(1, 2**40), st.builds(Reading, st.just(NOW), st.integers(0, 2**63 - 1), st.none())),
        max_size=3,
    ).map(tuple),
    st.lists(st.text(), max_size=2).map(tuple),
    st.integers(0, 10**6),
    st.booleans(),
)


@given(st.lists(answers, max_size=4))
def test_a_round_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, heard: list[Answer]) -> None:
    spool = Spool(tmp_path_factory.mktemp("spool"))
    path = written(spool, heard, (TARGET,))
    token = path.stem.partition("-")[2]
    assert spool.read(path) == Round(NOW, NOW + timedelta(seconds=9), heard, [TARGET], token)


def test_a_round_that_was_cut_in_the_middle_of_a_line_tells_what_was_heard(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    path = written(spool, [HEARD, HEARD], end=False)
    path.write_bytes(path.read_bytes()[:-20])
    found = spool.read(path)
    assert found is not None
    assert found.answers == [HEARD]
    assert found.note == "relève interrompue : 1 appareil avait répondu, 1 ligne illisible."


def test_a_file_of_which_nothing_can_be_read_is_kept_out_of_the_way(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    bad = tmp_path / "20240615T100000-x.jsonl"
    bad.write_bytes(b"\x00\xff{")
    assert spool.read(bad) is None
    assert (spool.waiting(), [path.name for path in spool.unreadable()]) == ([], ["20240615T100000-x.illisible"])


def test_nobody_else_can_read_the_communities_of_devices(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "new" / "folder")
    written(spool, [HEARD])
    spool.keep_targets([TARGET])
    assert spool.targets() == [TARGET]
    assert {path.name.rsplit(".")[-1]: oct(path.stat().st_mode & 0o777) for path in spool.folder.iterdir()} == {
        "lock": "0o600", "jsonl": "0o600", "json": "0o600"
    }  # fmt: skip
    assert spool.folder.stat().st_mode & 0o077 == 0


def test_two_rounds_at_once_on_one_machine_are_refused(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with spool.alone(), pytest.raises(Conflict, match="déjà en cours"), Spool(tmp_path).alone():
        pass
    with spool.alone():
        pass


def test_a_folder_that_cannot_be_used_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spool = Spool(tmp_path / "file" / "spool")
    with spool.alone():
        page = spool.begin(new_token(), NOW)
        page.answer(HEARD)
        page.end(NOW, ())
        page.forget()
    assert not page.whole
    assert (spool.targets(), spool.waiting()) == ([], [])
