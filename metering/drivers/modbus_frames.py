"""Whether what a Modbus TCP connection received is answers to readings of registers, as far as it goes; pure."""

from __future__ import annotations

from dataclasses import dataclass

_HEADER, _SHORTEST, _LONGEST = 6, 3, 254  # octets before the length counts, and what it may count
_READ = (3, 4)
_REFUSED = (0x83, 0x84)


def sound(received: bytes) -> bool:
    """False as soon as one frame is not what the protocol allows; a frame that is not whole yet may become it."""
    at = 0
    while len(received) - at >= _HEADER:
        length = int.from_bytes(received[at + 4 : at + _HEADER], "big")
        end = at + _HEADER + length
        if received[at + 2 : at + 4] != b"\0\0" or not _SHORTEST <= length <= _LONGEST:
            return False
        if end > len(received):
            return True
        if not _answers(received[at + _HEADER + 1 : end]):
            return False
        at = end
    return True


def _answers(body: bytes) -> bool:
    """Whether it is the values of registers, or a refusal to give them."""
    if body[0] in _REFUSED:
        return len(body) == 2
    return body[0] in _READ and len(body) >= 2 and body[1] == len(body) - 2 and body[1] % 2 == 0


@dataclass(slots=True)
class Ear:
    """Hears what a client receives: what is not sound never reaches the library, which would fail on it."""

    odd: bool = False

    def __call__(self, sending: bool, octets: bytes) -> bytes:
        if sending or sound(octets):
            return octets
        self.odd = True
        return b""
