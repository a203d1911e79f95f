"""Alerts to a program or a chat room: one JSON document posted to an address, signed where there is a secret."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

import requests

from dcops.alert_sections import Webhook
from dcops.alerts.message import Message
from dcops.alerts.sending import Doubtful, causes, why
from inventory.errors import Unavailable

SIGNATURE, DELIVERY = "X-Dcops-Signature", "X-Dcops-Delivery"


def signature(secret: str, body: bytes) -> str:
    """What the receiver computes from the body and the secret that both know: ``sha256=`` and hexadecimal digits."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def send(asked: Webhook, message: Message, environ: Mapping[str, str]) -> str:
    """Post a message; any 2xx answer is a success, and redirections are not followed.

    Raises Invalid when the secret is not found, Unavailable when it did not arrive or was refused, and Doubtful when
    it is not known whether it arrived.
    """
    body = json.dumps(message.document(), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "dcops", DELIVERY: message.delivery}
    if asked.signs:
        headers[SIGNATURE] = signature(asked.secret(environ), body)
    verify = asked.verify_tls if isinstance(asked.verify_tls, bool) else str(asked.verify_tls)
    url, where = asked.address(environ), f"webhook « {asked.name} »"
    try:
        answer = requests.post(
            url, data=body, headers=headers, timeout=asked.timeout_s, verify=verify, allow_redirects=False,
            stream=True,
        )  # fmt: skip
    except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
        raise Unavailable(f"{where} : {why(error)}.") from error
    except (requests.RequestException, OSError, ValueError) as error:
        kind = Unavailable if _never_left(error) else Doubtful
        raise kind(f"{where} : {why(error)}.") from error
    answer.close()
    if not 200 <= answer.status_code < 300:
        raise Unavailable(f"{where} : il répond {answer.status_code}.")
    return ""


def _never_left(error: BaseException) -> bool:
    """Whether no connection was made, or none could be."""
    from urllib3.exceptions import NewConnectionError

    return any(isinstance(one, NewConnectionError | ValueError) for one in causes(error))
