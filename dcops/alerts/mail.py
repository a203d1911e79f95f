"""Alerts by e-mail: one plain text message through an SMTP server."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from dcops.alert_sections import Email
from dcops.alerts.message import Message
from dcops.alerts.sending import Doubtful, tls_context, why
from inventory.errors import Unavailable
from inventory.french import cut

_ANSWERS = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError)
"""What a server says of a message that it did not take."""
_FAULTS = (smtplib.SMTPException, OSError, UnicodeError)
LONGEST = 300


def composed(asked: Email, message: Message) -> EmailMessage:
    """The message as it leaves: its Message-ID is the same whenever it is sent again."""
    made = EmailMessage(policy=SMTP)
    made["From"] = asked.sender
    made["To"] = ", ".join(asked.to)
    made["Subject"] = message.subject
    made["Date"] = format_datetime(message.at)
    made["Message-ID"] = f"<{message.delivery}@{asked.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made["Content-Language"] = "fr"
    made.set_content(message.text)
    return made


def send(asked: Email, message: Message, environ: Mapping[str, str]) -> str:
    """Hand a message to the server; answers which recipients it refused, if any.

    Raises Invalid when the password is not found, Unavailable when the server did not take the message, and Doubtful
    when it is not known whether it did.
    """
    password = asked.password(environ) if asked.user else None
    where = f"serveur de courriel {asked.host}:{asked.listens_on}"
    try:
        server = _connected(asked, password)
    except _FAULTS as error:
        raise Unavailable(f"{where} : {_why(error)}.") from error
    with server:
        try:
            refused = server.send_message(composed(asked, message), asked.sender, asked.to)
        except _FAULTS as error:
            server.close()
            kind = Unavailable if isinstance(error, _ANSWERS) else Doubtful
            raise kind(f"{where} : {_why(error)}.") from error
    return _refusals(refused)


def _connected(asked: Email, password: str | None) -> smtplib.SMTP:
    """A server that is ready for a message, over TLS where it is asked for, with the user logged in."""
    name, context = asked.sender.rpartition("@")[2], tls_context(asked.verify_tls)
    where, timeout = (asked.host, asked.listens_on, name), asked.timeout_s
    if asked.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(*where, timeout=timeout)
    try:
        if asked.security == "starttls":
            server.starttls(context=context)
        if asked.user and password is not None:
            server.login(asked.user, password)
    except _FAULTS:
        server.close()
        raise
    return server


def _why(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _refusals(error.recipients)
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return cut(f"il refuse, {error.smtp_code} {' '.join(said.split())}".rstrip("."), LONGEST)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"il ne propose pas ce qui est réglé ({str(error).rstrip('.')})"
    if isinstance(error, smtplib.SMTPServerDisconnected) and error.__context__ is None:
        return "il a coupé la connexion"
    return why(error)


def _refusals(refused: Mapping[str, tuple[int, bytes]]) -> str:
    told = [f"{one} refusé ({code} {said.decode(errors='replace')})" for one, (code, said) in refused.items()]
    return cut(", ".join(told), LONGEST)
