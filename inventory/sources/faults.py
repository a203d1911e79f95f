"""What went wrong when asking an outside system, as one French sentence with a remedy and never a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from proxmoxer import ResourceException
from pynetbox import RequestError
from pynetbox.core.query import ContentError
from requests import exceptions as http

REFUSALS = (ResourceException, RequestError, ContentError, OSError)
"""What the clients raise by design: the API said no, or the network did."""
FAILURES = (*REFUSALS, ValueError, LookupError, TypeError, AttributeError)
"""Those, and what the clients let escape when something that is not the API answers (a proxy's page, a bare string)."""
NODE_IS_DOWN = frozenset({595, 596, 597, 598, 599})
"""Proxmox's proxy could not talk to the node that the question was about."""


def explain(
    who: str, error: Exception, timeout_s: float, secret: str, refusal: Callable[[int, str], str] | None = None
) -> str:
    """``who`` and what it did, for a person. The words of the outside system are quoted without ``secret``.

    ``refusal`` makes the sentence of a status and these words, where it is not about reading.
    """
    sendable = secret.isascii() and secret.isprintable()
    reason = (
        _reason(error, timeout_s, refusal or _refusal)
        if sendable
        else "jeton mal formé (accent ou saut de ligne) ; corriger le secret."
    )
    return f"{who} : {reason}".replace(secret or "\0", "***")


def status_of(error: Exception) -> int | None:
    """The HTTP status of a refusal; None when there was no answer."""
    if isinstance(error, ResourceException):
        return int(error.status_code)
    return int(error.req.status_code) if isinstance(error, RequestError) else None


def is_unreachable(error: Exception) -> bool:
    """No answer came at all: asking again at once would only wait again. One that was cut short came."""
    return isinstance(error, OSError) and not isinstance(error, http.ChunkedEncodingError)


def _reason(error: Exception, timeout_s: float, refusal: Callable[[int, str], str]) -> str:
    status = status_of(error)
    if status is not None:
        return refusal(status, _words(error))
    if isinstance(error, http.SSLError):
        return "certificat TLS refusé ; vérifier verify_tls (fichier de l'autorité) ou renouveler le certificat."
    if isinstance(error, http.Timeout):
        return f"pas de réponse en {timeout_s:g} s ; vérifier le réseau ou augmenter timeout_s."
    if isinstance(error, http.ConnectionError):
        return "connexion impossible ; vérifier l'adresse, le port, le pare-feu et que le service tourne."
    if isinstance(error, http.ChunkedEncodingError):
        return "réponse coupée avant la fin ; relancer la synchronisation, et vérifier le réseau si cela se répète."
    if isinstance(error, OSError) and not isinstance(error, http.RequestException):
        return "certificat d'autorité illisible ; vérifier le chemin verify_tls."
    return "réponse incompréhensible ; vérifier que l'adresse et le port sont ceux de l'API."


def _refusal(status: int, words: str) -> str:
    said, named = f" ({words})" if words else "", f" ({status} {words}".rstrip() + ")"
    if status == 401:
        return f"jeton refusé{named} ; vérifier user, token_name et le secret du jeton, ou en créer un autre."
    if status == 403:
        return f"accès interdit{named} ; vérifier le jeton et lui donner les droits de lecture."
    if status in NODE_IS_DOWN:
        return f"le nœud ne répond pas{named} ; vérifier qu'il est allumé et relié au cluster."
    if status >= 500:
        return f"erreur {status} du serveur{said} ; consulter son journal puis relancer la synchronisation."
    return f"demande refusée, erreur {status}{said} ; vérifier l'adresse et les filtres des réglages."


def _words(error: Any) -> str:
    """The outside system's own words, on one line.

    Proxmox puts them in the reason phrase, NetBox in ``detail``, in ``error`` or beside the filter it refuses.
    """
    return " ".join(_said(error).split())


def _said(error: Any) -> str:
    if isinstance(error, ResourceException):
        return str(error.content or "")
    try:
        body = error.req.json()
    except ValueError:
        return str(error.req.reason or "")
    if not isinstance(body, dict):
        return ""
    return str(body.get("detail") or body.get("error") or ", ".join(_refused_fields(body)))


def _refused_fields(body: dict[str, Any]) -> Iterator[str]:
    """Each filter or field that NetBox refuses and why; "__all__" is the object as a whole."""
    for name, why in body.items():
        if isinstance(why, dict):
            yield from _refused_fields(why)
        elif isinstance(why, list):
            said = " ".join(map(str, why))
            yield said if name == "__all__" else f"{name} : {said}"
        else:
            yield f"{name} : {why}"
