"""Mail of the installation itself: one-time links. What goes to applicants goes through the Servicekonto."""

from __future__ import annotations

import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from engine.base.errors import Unavailable
from web.settings import Settings

log = logging.getLogger(__name__)

PATIENCE_S = 10.0


def is_set(settings: Settings) -> bool:
    """Whether this installation can send mail."""
    return bool(settings.smtp_host and settings.smtp_from)


def send(settings: Settings, to: str, subject: str, text: str) -> None:
    """Send a mail through the mail server of the installation.

    Raises:
        Unavailable: it is away, or does not take the mail.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.smtp_from, to, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=settings.smtp_from.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        with _connected(settings) as server:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as cause:
        log.warning("a mail could not be sent", extra={"reason": type(cause).__name__})
        raise Unavailable("Der Mailserver ist nicht erreichbar oder nimmt die Nachricht nicht an.") from cause


def _connected(settings: Settings) -> smtplib.SMTP:
    """A line to the mail server; what it carries is never in the clear unless that was asked for."""
    there = (settings.smtp_host, settings.smtp_port)
    if settings.smtp_tls == "tls":
        return smtplib.SMTP_SSL(*there, timeout=PATIENCE_S, context=ssl.create_default_context())
    server = smtplib.SMTP(*there, timeout=PATIENCE_S)
    if settings.smtp_tls == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server
