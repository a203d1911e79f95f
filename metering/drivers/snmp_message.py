"""What an SNMP datagram is before it is believed: whole or not, its version, its error, how many values; pure."""

from __future__ import annotations

from typing import NamedTuple

TOO_BIG, NO_SUCH_NAME = 1, 2
_INTEGER, _TEXT, _OID, _SEQUENCE = 0x02, 0x04, 0x06, 0x30
_UNSIGNED = (0x41, 0x42, 0x43, 0x46, 0x47)  # Counter32, Gauge32, TimeTicks, Counter64, UInteger32: may begin with a 0
_LENGTHS = {
    **dict.fromkeys((0x05, 0x80, 0x81, 0x82), (0, 0)),  # NULL, noSuchObject, noSuchInstance, endOfMibView
    **dict.fromkeys((_TEXT, 0x44), (0, 65535)),  # OCTET STRING, Opaque
    **dict.fromkeys((0x41, 0x42, 0x43, 0x47), (1, 5)),
    _INTEGER: (1, 8),
    _OID: (1, 640),
    0x40: (4, 4),  # IpAddress
    0x46: (1, 9),
}
_GOES_ON = 0x80  # this bit of an octet says that more follow
_ANSWERS = (0xA2, 0xA8)  # GetResponse, Report
_VERSION_3, _LONGEST_INTEGER, _LONGEST_LENGTH = 3, 8, 4


class Heard(NamedTuple):
    """A sound message. ``status`` and ``bindings`` are None where it is encrypted."""

    version: int  # as in the message: 0 is v1, 1 is v2c, 3 is v3
    status: int | None = None
    bindings: int | None = None


class _Unsound(Exception):
    """Not what SNMP allows."""


def look(datagram: bytes) -> Heard | None:
    """What a datagram is; None when a length, a type or a number in it is not what SNMP allows."""
    try:
        start, end = _part(datagram, 0, len(datagram), _SEQUENCE)
        number, after = _integer(datagram, start, end)
        if end != len(datagram):
            return None
        return _secured(datagram, after, end) if number == _VERSION_3 else _plainly(number, datagram, after, end)
    except (_Unsound, IndexError):
        return None


def _plainly(version: int, data: bytes, at: int, end: int) -> Heard:
    _, after = _part(data, at, end, _TEXT)  # the community
    return _pdu(version, data, after, end)


def _secured(data: bytes, at: int, end: int) -> Heard:
    _, after = _part(data, at, end, _SEQUENCE)
    _, after = _part(data, after, end, _TEXT)
    if data[after] == _TEXT:
        _part(data, after, end, _TEXT)
        return Heard(_VERSION_3)
    start, stop = _part(data, after, end, _SEQUENCE)
    for _ in ("engine", "context"):
        _, start = _part(data, start, stop, _TEXT)
    return _pdu(_VERSION_3, data, start, stop)


def _pdu(version: int, data: bytes, at: int, end: int) -> Heard:
    if data[at] not in _ANSWERS:
        raise _Unsound
    start, stop = _part(data, at, end, data[at])
    _, after = _integer(data, start, stop)
    status, after = _integer(data, after, stop)
    _, after = _integer(data, after, stop)
    first, last = _part(data, after, stop, _SEQUENCE)
    if last != stop or stop != end:
        raise _Unsound
    return Heard(version, status, _bindings(data, first, last))


def _bindings(data: bytes, at: int, end: int) -> int:
    count = 0
    while at < end:
        # Nearly all are this short: looked at here, they cost a third.
        value = at + 4 + data[at + 3]
        stop, first = at + 2 + data[at + 1], value + 2
        short = data[at] == _SEQUENCE and data[at + 2] == _OID and stop <= end and stop - at < _GOES_ON
        if short and first + data[value + 1] == stop and value > at + 4 and data[value - 1] < _GOES_ON:
            if not _allowed(data[value], data, first, stop - first):
                raise _Unsound
            at = stop
        else:
            at = _binding(data, at, end)
        count += 1
    return count


def _binding(data: bytes, at: int, end: int) -> int:
    """Where one binding of any length ends."""
    start, stop = _part(data, at, end, _SEQUENCE)
    first, value = _part(data, start, stop, _OID)
    if first == value or data[value - 1] >= _GOES_ON:
        raise _Unsound
    first, last = _part(data, value, stop, data[value])
    if last != stop or not _allowed(data[value], data, first, last - first):
        raise _Unsound
    return stop


def _allowed(tag: int, data: bytes, first: int, length: int) -> bool:
    """Whether a value is as long as its type allows: beyond, a library may read another number than was meant."""
    least, most = _LENGTHS.get(tag, (1, 0))
    if not least <= length <= most:
        return False
    if tag == _OID:
        return data[first + length - 1] < _GOES_ON
    return tag not in _UNSIGNED or length < most or data[first] == 0


def _integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A small number of the message, and where it ends."""
    start, stop = _part(data, at, end, _INTEGER)
    if not 0 < stop - start <= _LONGEST_INTEGER:
        raise _Unsound
    return int.from_bytes(data[start:stop], "big", signed=True), stop


def _part(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Where the contents of the part that begins here begin and end."""
    if data[at] != tag:
        raise _Unsound
    length, start = data[at + 1], at + 2
    if length >= _GOES_ON:
        digits = length - _GOES_ON
        if not 0 < digits <= _LONGEST_LENGTH:  # lengths without an end are not of SNMP
            raise _Unsound
        length, start = int.from_bytes(data[start : start + digits], "big"), start + digits
    if start + length > end:
        raise _Unsound
    return start, start + length
