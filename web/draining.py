"""granian that drains: SIGTERM makes it unready first, and closes the door a moment later."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from granian.server.mp import MPServer


class Server(MPServer):
    """Says by a file that it drains, waits, then ends as granian does: what is being answered is finished."""

    def drain_with(self, notice: Path, seconds: float) -> None:
        """Say which file is the notice, and how long it is shown before the door closes."""
        self._notice, self._seconds, self._draining = notice, seconds, False
        notice.unlink(missing_ok=True)  # of a process that had this pid before

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """SIGTERM drains; Ctrl-C, or a second SIGTERM, ends at once."""
        if self._draining or not args or args[0] != signal.SIGTERM:
            super().signal_handler_interrupt(*args, **kwargs)
            return
        self._draining = True
        with suppress(OSError):  # on a full disk it drains unannounced
            self._notice.touch()
        timer = threading.Timer(self._seconds, super().signal_handler_interrupt)
        timer.daemon = True
        timer.start()

    def shutdown(self, exit_code: int = 0) -> None:
        """End; the notice goes with the process."""
        try:
            super().shutdown(exit_code)
        finally:
            self._notice.unlink(missing_ok=True)
