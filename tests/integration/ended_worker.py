"""A worker that is told to end just before its first round, where RQ catches nothing."""

import os
import signal

from web import worker


class Ended(worker.Worker):
    """Gets SIGTERM where RQ would begin to listen to it."""

    def _install_signal_handlers(self) -> None:
        super()._install_signal_handlers()
        os.kill(os.getpid(), signal.SIGTERM)


worker.Worker = Ended  # type: ignore[misc]
if __name__ == "__main__":
    worker.main()
