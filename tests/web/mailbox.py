"""A mail server of a test's own: takes mails over SMTP and keeps them, in the clear or over TLS; or refuses them."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socketserver
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Mailbox:
    """What arrived: sender, receiver, message. `refuses` are the words of a server that takes no mail.

    With a `certificate` (a PEM file with its key) it offers STARTTLS, or speaks TLS from the first byte. `logins` are those
    that came over TLS, `heard` are all words in the clear.
    """

    port: int = 0
    refuses: str = ""
    certificate: Path | None = None
    tls: Literal["starttls", "tls"] = "starttls"
    mails: list[tuple[str, str, Message]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    @property
    def context(self) -> ssl.SSLContext:
        """What it speaks TLS with."""
        assert self.certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        return context


def certificate(path: Path, address: str = "127.0.0.1") -> Path:
    """Write a certificate that vouches for itself, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return path


class Session(socketserver.StreamRequestHandler):
    """One conversation, as RFC 5321 and RFC 3207 have it."""

    box: Mailbox

    def handle(self) -> None:
        with suppress(ssl.SSLError):  # who does not trust us hangs up
            self._converse()

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _converse(self) -> None:
        sender = receiver = ""
        safe = False
        if self.box.certificate is not None and self.box.tls == "tls":
            safe = self._secured()
        self._say("220 test")
        while line := self.rfile.readline().decode().strip():
            word = line.split(":")[0].split(" ")[0].upper()
            if not safe:
                self.box.heard.append(line)
            if word in ("EHLO", "HELO"):
                offers = "AUTH PLAIN" if safe else "STARTTLS" if self.box.certificate is not None else "8BITMIME"
                self._say(f"250-test\r\n250 {offers}")
            elif word == "STARTTLS":
                self._say("220 go ahead")
                safe = self._secured()
            elif word == "AUTH":
                self.box.logins.append(b64decode(line.split(" ")[2]).decode())
                self._say("235 welcome")
            elif word == "MAIL":
                sender = line.partition("<")[2].partition(">")[0]
                self._say("250 ok")
            elif word == "RCPT":
                receiver = line.partition("<")[2].partition(">")[0]
                self._say(self.box.refuses or "250 ok")
            elif word == "DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.box.mails.append((sender, receiver, message_from_bytes(b"".join(lines))))
                self._say("250 kept")
            else:
                self._say("221 bye" if word == "QUIT" else "250 ok")
                if word == "QUIT":
                    return

    def _secured(self) -> bool:
        self.request = self.connection = self.box.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        return True

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mailbox(
    refuses: str = "", certificate: Path | None = None, tls: Literal["starttls", "tls"] = "starttls"
) -> Iterator[Mailbox]:
    """A mail server until the block ends."""
    box = Mailbox(refuses=refuses, certificate=certificate, tls=tls)
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), type("Own", (Session,), {"box": box}))
    box.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
