"""What leaves by e-mail and to webhooks, against real servers: what arrives, and what is known when it does not."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from dcops.alert_sections import Email, Webhook
from dcops.alerts import mail, webhooks
from dcops.alerts.message import MOST_LINES, Message, News
from dcops.alerts.sending import Doubtful
from dcops.demo.tls import Certificate
from inventory.errors import Invalid, Unavailable
from tests.conftest import NOW
from tests.dcops.alerts.servers import (
    PASSWORD,
    certificate_in,
    free_port,
    hook_server,
    mail_server,
    mute_server,
    swallowing,
)

ENVIRON = {"SMTP_PASSWORD": PASSWORD, "HOOK": "clé partagée"}
LOADED = News(
    "opened", 7, "feed-load", "baie:A01/A", "A01", "critical",
    "Baie A01, voie A : 3,70 kW, soit 101 % de la capacité d'une voie (3,68 kW) ; la limite est de 80 %.", NOW, None,
)  # fmt: skip
STALE = News(
    "opened", 8, "meter-stale", "compteur:PDU-1", None, "warning",
    "Compteur PDU-1 : aucun relevé depuis le 15/06/2024 10:00.", NOW, None,
)  # fmt: skip
OVER = replace(STALE, event="closed", id=5, closed_at=NOW + timedelta(minutes=30))


def message(*news: News) -> Message:
    return Message("0a1b2c", NOW, "Somme Numérique", "https://dcops.example.org/alertes/", news or (LOADED,))


def email(port: int, **values: Any) -> Email:
    plain = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "dcops@example.org", "timeout_s": 5}
    return Email.model_validate({**plain, "to": ["a@example.org", "b@example.org"], **values})


def webhook(url: str, **values: Any) -> Webhook:
    return Webhook.model_validate({"name": "astreinte", "url": url, "timeout_s": 5, **values})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate_in(tmp_path_factory.mktemp("tls"))


def test_a_letter_is_french_plain_text_with_the_headers_of_a_machine() -> None:
    with mail_server() as box:
        assert mail.send(email(box.port), message(LOADED, STALE, OVER), ENVIRON) == ""
    [letter] = box.letters
    assert letter["Subject"] == "[dcops] 2 alertes, 1 alerte terminée (1 critique)"
    assert (letter["From"], letter["To"]) == ("dcops@example.org", "a@example.org, b@example.org")
    assert (letter["Message-ID"], letter["Auto-Submitted"]) == ("<0a1b2c@example.org>", "auto-generated")
    assert parsedate_to_datetime(letter["Date"]) == NOW
    assert (letter.get_content_type(), letter.get_content_charset()) == ("text/plain", "utf-8")
    body = letter.get_content()
    assert body.index("CRITIQUE, Voie trop chargée") < body.index("Compteur sans relevé") < body.index("Terminées (1)")
    assert "depuis le 15/06/2024 12:00 jusqu’au 15/06/2024 12:30" in body
    assert "https://dcops.example.org/alertes/" in body


def test_the_subject_of_one_alert_says_it_on_one_line() -> None:
    odd = replace(STALE, message="Compteur a\r\nBcc: tous@example.org : muet.")
    assert message(odd).subject == "[dcops] Compteur a Bcc: tous@example.org\u00a0: muet"
    assert message(OVER).subject.startswith("[dcops] Terminé\u00a0: Compteur PDU-1")
    with mail_server() as box:
        mail.send(email(box.port), message(odd), ENVIRON)
    assert box.letters[0]["Bcc"] is None


def test_two_hundred_alerts_are_one_letter() -> None:
    many = [replace(STALE, id=number) for number in range(200)]
    text = message(*many).text
    assert message(*many).subject == "[dcops] 200 alertes"
    assert (text.count("\n- "), "… et 100 autres" in text) == (MOST_LINES, True)
    assert len(message(*many).document()["alerts"]) == 200


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # of the server: it has TLS
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_letter_leaves_over_tls_with_the_user_logged_in(security: str, certificate: Certificate) -> None:
    values = {
        "security": security,
        "verify_tls": certificate.authority,
        "user": "dcops",
        "password_env": "SMTP_PASSWORD",
    }
    with mail_server(security, certificate, login=True) as box:
        mail.send(email(box.port, **values), message(), ENVIRON)
        assert (box.secured, box.logins, len(box.letters)) == ([True], ["dcops"], 1)
        with pytest.raises(Unavailable, match=r"il refuse, 535") as refused:
            mail.send(email(box.port, **values), message(), {"SMTP_PASSWORD": "faux"})
        with pytest.raises(Unavailable, match="certificat n'est pas valable"):
            mail.send(email(box.port, **{**values, "verify_tls": True}), message(), ENVIRON)
        mail.send(email(box.port, **{**values, "verify_tls": False}), message(), ENVIRON)
    assert "faux" not in str(refused.value)
    assert len(box.letters) == 2


def test_what_a_mail_server_does_not_take_is_known_not_to_have_arrived(tmp_path: Path) -> None:
    def refused(asked: Email) -> str:
        with pytest.raises(Unavailable) as found:
            mail.send(asked, message(), ENVIRON)
        assert not isinstance(found.value, Doubtful)
        return str(found.value)

    with mail_server() as box:
        box.answer = "451 4.3.0 revenez plus tard"
        assert refused(email(box.port)).endswith("il refuse, 451 4.3.0 revenez plus tard.")
        box.refused = {"a@example.org", "b@example.org"}
        assert "a@example.org refusé (550 5.1.1 inconnu ici)" in refused(email(box.port))
        assert "STARTTLS" in refused(email(box.port, security="starttls"))
        with pytest.raises(Invalid, match="MISSING n'est pas définie"):
            mail.send(email(box.port, user="dcops", password_env="MISSING"), message(), ENVIRON)
        with pytest.raises(Invalid, match="certificats illisibles"):
            mail.send(email(box.port, security="starttls", verify_tls=tmp_path / "none.pem"), message(), ENVIRON)
    assert box.letters == []
    assert "il refuse la connexion" in refused(email(free_port()))
    with mute_server() as port:
        assert "il ne répond pas à temps" in refused(email(port, timeout_s=0.2))


def test_a_recipient_that_is_refused_does_not_keep_the_others_from_it() -> None:
    with mail_server() as box:
        box.refused = {"b@example.org"}
        assert mail.send(email(box.port), message(), ENVIRON) == "b@example.org refusé (550 5.1.1 inconnu ici)"
    assert len(box.letters) == 1


def test_a_line_that_is_cut_after_the_letter_left_leaves_a_doubt() -> None:
    with mail_server() as box:
        box.answer = "421 au revoir"
        with pytest.raises(Unavailable) as told:
            mail.send(email(box.port), message(), ENVIRON)
        assert not isinstance(told.value, Doubtful)
    with swallowing() as port, pytest.raises(Doubtful):
        mail.send(email(port), message(), ENVIRON)


def test_a_document_is_posted_and_signed() -> None:
    with hook_server() as hook:
        webhooks.send(webhook(hook.url, secret_env="HOOK"), message(LOADED, OVER), ENVIRON)
        webhooks.send(webhook(hook.url), message(), {})
    (headers, body), (unsigned, _) = hook.posted
    expected = hmac.new("clé partagée".encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Dcops-Signature"] == f"sha256={expected}"
    assert (headers["X-Dcops-Delivery"], headers["Content-Type"]) == ("0a1b2c", "application/json; charset=utf-8")
    assert "X-Dcops-Signature" not in unsigned
    document = json.loads(body)
    assert {key: document[key] for key in ("version", "delivery", "sent_at", "site", "url")} == {
        "version": 1, "delivery": "0a1b2c", "sent_at": NOW.isoformat(), "site": "Somme Numérique",
        "url": "https://dcops.example.org/alertes/",
    }  # fmt: skip
    assert document["alerts"][0] == {
        "event": "opened", "id": 7, "kind": "feed-load", "subject": "baie:A01/A", "rack": "A01",
        "severity": "critical", "message": LOADED.message, "opened_at": NOW.isoformat(), "closed_at": None,
    }  # fmt: skip
    assert document["alerts"][1]["closed_at"] == "2024-06-15T10:30:00+00:00"
    assert document["text"].startswith("[dcops] 1 alerte, 1 alerte terminée (1 critique)\n")


def test_a_webhook_over_tls(certificate: Certificate) -> None:
    with hook_server(certificate) as hook:
        url = hook.url.replace("http:", "https:")
        webhooks.send(webhook(url, verify_tls=certificate.authority), message(), {})
        with pytest.raises(Unavailable, match="certificat n'est pas valable") as refused:
            webhooks.send(webhook(url), message(), {})
    assert not isinstance(refused.value, Doubtful)
    assert len(hook.posted) == 1


@pytest.mark.parametrize(("status", "words"), [(500, "il répond 500"), (302, "il répond 302"), (401, "il répond 401")])
def test_an_answer_that_is_no_success_is_a_failure(status: int, words: str) -> None:
    with hook_server() as hook:
        hook.status, hook.headers = status, {"Location": hook.url}
        with pytest.raises(Unavailable, match=words) as refused:
            webhooks.send(webhook(hook.url), message(), {})
    assert (len(hook.posted), isinstance(refused.value, Doubtful)) == (1, False)


def test_what_is_known_of_a_webhook_that_does_not_answer() -> None:
    def failed(url: str, timeout_s: float = 5) -> tuple[bool, str]:
        with pytest.raises(Unavailable) as found:
            webhooks.send(webhook(url, timeout_s=timeout_s), message(), {})
        return isinstance(found.value, Doubtful), str(found.value)

    assert failed(f"http://127.0.0.1:{free_port()}/") == (False, "webhook « astreinte » : il refuse la connexion.")
    with mute_server() as port:
        assert failed(f"http://127.0.0.1:{port}/", 0.2) == (True, "webhook « astreinte » : il ne répond pas à temps.")
    with hook_server() as hook:
        hook.status = None
        assert failed(hook.url)[0] is True
    assert failed("http://[")[0] is False
    with hook_server() as hook:
        webhooks.send(Webhook(name="salon", url_env="SALON"), message(), {"SALON": hook.url})
    assert len(hook.posted) == 1
    with pytest.raises(Invalid, match="SALON ne donne pas une adresse"):
        webhooks.send(Webhook(name="salon", url_env="SALON"), message(), {"SALON": "ftp://ici"})
    with pytest.raises(ValidationError, match="une seule des clés"):
        Webhook(name="salon")
    with pytest.raises(Invalid, match="ABSENT n'est pas définie"):
        webhooks.send(webhook("http://127.0.0.1:1/", secret_env="ABSENT"), message(), {})
