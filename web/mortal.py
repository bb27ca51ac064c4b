"""Ends with its parent: python -m web.mortal PARENT_PID PROGRAM [ARGUMENT…]

A supervisor that is killed cannot end its children. So each child asks the kernel for a SIGTERM when its parent dies; for
programs that cannot ask themselves, this module asks and then becomes the program.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
GONE = 75


def die_with_parent(parent: int) -> None:
    """Get a SIGTERM when the parent dies; leave at once if that has happened already. Elsewhere than on Linux: nothing."""
    if sys.platform != "linux":
        return
    # The kernel watches the thread that started us, so whoever starts children does so from a thread that stays.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != parent:
        raise SystemExit(GONE)


def mortal(command: list[str]) -> list[str]:
    """The command line that runs a program so that it ends with the process that calls this."""
    return [sys.executable, "-m", "web.mortal", str(os.getpid()), *command]


def main() -> None:
    """Become the program that the arguments name."""
    parent, program, *arguments = sys.argv[1:]
    die_with_parent(int(parent))
    # Started in the background of a shell, SIGINT would be ignored, and that would be inherited.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execvp(program, [program, *arguments])  # noqa: S606  # the command line is our own


if __name__ == "__main__":
    main()
