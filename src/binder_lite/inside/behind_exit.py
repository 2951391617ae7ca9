# SPDX-License-Identifier: GPL-3.0-or-later
"""``behind_exit.py SOCKET AIM URL PROGRAM ARGUMENT…``: becomes that program, behind an exit.

It runs in a network of its own, in which nothing is but the loopback interface. The socket that
listens there is handed to the exit, outside, which is the program's web proxy until the program
and all that it started have ended: they hold the connection on which the exit sees that.

It stands alone, so that it starts at once. A session whose network is the same
(:mod:`.session`) hands its socket over under any Python from 3.8.
"""

from __future__ import annotations

import array
import os
import socket
import sys

PORT = 3128
_PROXY = f"http://127.0.0.1:{PORT}"
_OWN = "localhost,127.0.0.1,::1"
# What programs read; some know only the small letters, some only the large.
VARIABLES = {
    "http_proxy": _PROXY,
    "https_proxy": _PROXY,
    "no_proxy": _OWN,
    "HTTP_PROXY": _PROXY,
    "HTTPS_PROXY": _PROXY,
    "NO_PROXY": _OWN,
}
BUILD = "build"


def hand_over(place: str, aim: str, url: str = "") -> socket.socket:
    """Let the exit at ``place`` answer at the proxy's port.

    Returns the connection that programs inherit, and that keeps the exit open.
    """
    control = socket.socket(socket.AF_UNIX)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", PORT))
        listener.listen(128)
        _connect(control, place)
        descriptors = array.array("i", [listener.fileno()])
        said = f"{aim} {url}".encode()
        control.sendmsg([said], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
        if not control.recv(1):
            sys.exit("The exit of this server does not answer.")
    control.set_inheritable(True)
    return control


def main(words: list[str]) -> None:
    """Hand the listening socket over, wait for the answer, become the program."""
    place, aim, url, *command = words
    with hand_over(place, aim, url):
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            del os.environ[name]  # one that says where to go without the exit, above all
        if aim == BUILD:
            os.environ.update(VARIABLES)
        os.execvp(command[0], command)


def _connect(control: socket.socket, place: str) -> None:
    """Connect, however long the path is; the kernel's addresses hold 107 bytes."""
    directory, name = os.path.split(place)
    descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    try:
        control.connect(f"/proc/self/fd/{descriptor}/{name}")
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    main(sys.argv[1:])
