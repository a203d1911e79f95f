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


def why(error: BaseException) -> str:
    """Why nothing was heard of a server."""
    if isinstance(error, TimeoutError):
        return "il ne répond pas à temps"
    if isinstance(error, ConnectionRefusedError):
        return "il refuse la connexion"
    if isinstance(error, socket.gaierror):
        return "son nom est inconnu"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"son certificat n'est pas valable ({error.verify_message})"
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return cut(" ".join(str(words).split()).rstrip("."), LONGEST)
