"""What an SNMP datagram is: sound or not, whatever the bytes; its version, its error, how many values it binds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.drivers.snmp_message import Heard, look
from tests.metering.drivers.odd_agent import GET, NULL, Request, gauge, integer, message, object_id, part, text

OID = (1, 3, 6, 1, 4, 1, 99999, 1)
V1, V2C = (Request(version, b"public", GET, 2**31 - 1, (OID,)) for version in (0, 1))
WHOLE = message(V2C, [(OID, gauge(5)), (OID, text("x" * 300))])


def test_a_response_and_its_error() -> None:
    assert look(WHOLE) == Heard(1, 0, 2)
    assert look(message(V1, [], 1)) == Heard(0, 1, 0)
    assert look(message(V1, [(OID, NULL)], 5, 1)) == Heard(0, 5, 1)


def test_a_message_of_version_3_is_looked_at_where_it_is_not_encrypted() -> None:
    pdu = part(0xA8, integer(1) + integer(0) + integer(0) + part(0x30, part(0x30, object_id(OID) + integer(1, 0x41))))
    head = integer(3) + part(0x30, integer(1) + integer(65507) + text(b"\4") + integer(3)) + text(b"security")
    assert look(part(0x30, head + part(0x30, text("engine") + text("") + pdu))) == Heard(3, 0, 1)
    assert look(part(0x30, head + text(b"encrypted"))) == Heard(3)
    assert look(part(0x30, head + part(0x30, text("engine") + pdu))) is None


@pytest.mark.parametrize(
    "value",
    [
        part(0x02, b""), part(0x42, b""), part(0x42, b"\1\0\0\0\0"), part(0x46, b"\1" + bytes(8)), part(0x02, bytes(9)),
        part(0x01, b"\1"), part(0x09, b"\x0312.5"), part(0x40, b"\1"), part(0x06, b"\x2b\x86"), part(0x05, b"\0"),
        b"\x42\x84\xff\xff\xff\xff", b"\x42\x80", b"\x42\x04\0\0", b"\x42", b"", gauge(1) + gauge(2),
    ],
)  # fmt: skip
def test_a_value_that_snmp_does_not_have_makes_the_whole_unsound(value: bytes) -> None:
    assert look(message(V2C, [(OID, gauge(1)), (OID, value)])) is None


@pytest.mark.parametrize("value", [gauge(2**32 - 1), integer(2**64 - 1, 0x46), integer(1 - 2**63), part(0x44, b"")])
def test_the_largest_numbers_are_sound(value: bytes) -> None:
    assert look(message(V2C, [(OID, value)])) == Heard(1, 0, 1)


@given(end=st.integers(0, len(WHOLE) - 1), more=st.binary(max_size=3))
def test_a_message_that_was_cut_is_never_sound(end: int, more: bytes) -> None:
    assert look(WHOLE[:end]) is None
    assert (look(WHOLE + more) is None) == bool(more)


@given(st.binary(max_size=80), st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_any_bytes_are_looked_at_without_an_error(noise: bytes, at: int, octet: int) -> None:
    for datagram in (noise, WHOLE[:at] + bytes([octet]) + WHOLE[at + 1 :]):
        heard = look(datagram)
        assert heard is None or isinstance(heard, Heard)
