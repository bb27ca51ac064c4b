"""The child that sets letters: waits for a job on its socket, gives back a PDF, and dies rather than exceed its limits.

Run as a file by renderer.py, with Python's isolated mode and nothing of ours importable: it knows typst and a template.
Standard input is a socket. A job is a length and JSON; an answer a head (state, length, pages, memory) and bytes.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import struct
import sys

LENGTH = struct.Struct(">I")
HEAD = struct.Struct(">cIIQ")  # state, length, pages, bytes of address space in use


def limit(memory_bytes: int) -> None:
    """Bind this process: memory, no core dumps, no files written."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker; it closes the socket when it ends


def allow_cpu(seconds: int) -> None:
    """Grant so many more seconds of CPU time; past them the kernel ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


def address_space() -> int:
    """Bytes of address space in use, the figure the memory limit counts."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def receive(line: socket.socket, count: int) -> bytes:
    """Exactly so many bytes; fewer when the other end is gone."""
    parts = bytearray()
    while len(parts) < count:
        part = line.recv(min(count - len(parts), 1 << 20))
        if not part:
            break
        parts += part
    return bytes(parts)


def main(template: str, memory_bytes: int, cpu_s: int) -> None:
    """Set letters until the other end closes the line."""
    limit(memory_bytes)
    import typst  # after the limits, so that they hold for what it loads

    fonts = typst.Fonts(include_system_fonts=False)
    folder = os.path.dirname(template)  # nothing outside it can be read
    compiler = typst.Compiler(input=template, root=folder, font_paths=fonts, ignore_system_fonts=True)
    line = socket.socket(fileno=0)
    while len(size := receive(line, LENGTH.size)) == LENGTH.size:
        job = json.loads(receive(line, LENGTH.unpack(size)[0]))
        allow_cpu(cpu_s)
        pages = 0
        try:
            pdf = compiler.compile(
                format="pdf",
                sys_inputs={"brief": job["brief"]},
                pdf_standards=["ua-1", "a-3a"],
                timestamp=job["timestamp"],
            )
            pages = int(compiler.query("<seiten>", field="value", one=True))
            state, said = b"P", bytes(pdf)  # type: ignore[arg-type]  # without `output` and as PDF it is always bytes
        except typst.TypstError as error:
            state, said = b"E", str(error.message).encode()
        line.sendall(HEAD.pack(state, len(said), pages, address_space()) + said)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
