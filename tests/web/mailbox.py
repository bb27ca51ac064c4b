"""A mail server of a test's own: takes mails over SMTP and keeps them; or refuses them, or says nothing at all."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


@dataclass
class Mailbox:
    """What arrived: sender, receiver, message. `refuses` are the words of a server that takes no mail."""

    port: int = 0
    refuses: str = ""
    mails: list[tuple[str, str, Message]] = field(default_factory=list)


class Session(socketserver.StreamRequestHandler):
    """One conversation, as RFC 5321 has it; without STARTTLS."""

    box: Mailbox

    def handle(self) -> None:
        sender = receiver = ""
        self._say("220 test")
        while line := self.rfile.readline().decode().strip():
            word = line.split(":")[0].split(" ")[0].upper()
            if word in ("EHLO", "HELO"):
                self._say("250 test")
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

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mailbox(refuses: str = "") -> Iterator[Mailbox]:
    """A mail server until the block ends."""
    box = Mailbox(refuses=refuses)
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
