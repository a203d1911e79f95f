"""Frames of Modbus TCP: sound as far as they go, whatever the bytes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.drivers.modbus_frames import Ear, sound


def frame(body: bytes) -> bytes:
    return struct.pack(">HHHB", 1, 0, len(body) + 1, 1) + body


VALUES, REFUSAL = frame(b"\3\4\0\1\0\2"), frame(b"\x83\2")


@pytest.mark.parametrize("received", [VALUES, REFUSAL, VALUES + REFUSAL, frame(b"\4\2\0\1"), b""])
def test_values_and_refusals_are_sound(received: bytes) -> None:
    assert sound(received)


@given(st.integers(0, len(VALUES + REFUSAL)))
def test_a_frame_that_is_not_whole_yet_is_sound(end: int) -> None:
    assert sound((VALUES + REFUSAL)[:end])


@pytest.mark.parametrize(
    "received",
    [
        b"HTTP/1.1 400", VALUES[:2] + b"\0\1" + VALUES[4:],
        frame(b""), frame(b"\3"), frame(b"\3\4\0\1"), frame(b"\x83\2\0"),
        frame(b"\3\3\0\1\2"), frame(b"\x10\0\0\0\1"), VALUES + frame(b"\x63\0"), b"\0\1\0\0\xff\xff",
    ],
)  # fmt: skip
def test_anything_else_is_not(received: bytes) -> None:
    ear = Ear()
    assert not sound(received)
    assert (ear(True, received), ear.odd) == (received, False)
    assert (ear(False, received), ear.odd) == (b"", True)


@given(st.binary(max_size=40))
def test_any_bytes_are_looked_at_without_an_error(noise: bytes) -> None:
    assert sound(noise) in (True, False)
    assert sound(VALUES + noise) == sound(noise)
