"""What comes of a message that was sent: it arrived, surely not, or nobody knows; and why, in French."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from inventory.errors import Invalid, Unavailable
from inventory.french import cut

LONGEST = 300


class Doubtful(Unavailable):
    """The message left and nothing said that it arrived: it is sent again as it was, under the same name."""


def tls_context(verify: bool | Path) -> ssl.SSLContext:
    """The certificates that are believed: the usual ones, those of a file, any. Raises Invalid on a file of none."""
    try:
        context = ssl.create_default_context(cafile=str(verify) if isinstance(verify, Path) else None)
    except (OSError, ssl.SSLError) as error:
        raise Invalid(f"certificats illisibles : {verify} ({getattr(error, 'strerror', None) or error}).") from None
    if verify is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "il ne répond pas à temps"),
    (ConnectionRefusedError, "il refuse la connexion"),
    (socket.gaierror, "son nom est inconnu"),
    (ConnectionError, "il a coupé la connexion"),
)


def why(error: BaseException) -> str:
    """Why a server could not be heard: by what is known to happen, else in the words of what is at the bottom."""
    chain = causes(error)
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return f"son certificat n'est pas valable ({one.verify_message})"
    for kind, words in _WORDS:
        if any(isinstance(one, kind) for one in chain):
            return words
    words = getattr(chain[-1], "strerror", None) or str(chain[-1]) or type(chain[-1]).__name__
    return cut(" ".join(str(words).split()).rstrip("."), LONGEST)


def causes(error: BaseException) -> list[BaseException]:
    """An error and those that it wraps, whichever way, the deepest last."""
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None:
        found.append(one)
        inner = (*one.args, getattr(one, "reason", None), one.__cause__, one.__context__)
        one = next((each for each in inner if isinstance(each, BaseException) and each not in found), None)
    return found
