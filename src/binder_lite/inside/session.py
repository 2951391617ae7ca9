# SPDX-License-Identifier: GPL-3.0-or-later
"""The first program in a session's container: waits to be told what the session is, then is it.

Importing JupyterLab takes nine tenths of a server's start and needs to know nothing of the
repository. So with ``--warm`` everything is imported first; then one JSON object, a line, is read
from the file descriptor named by ``--assignment``, whose other end tells by being open that the
launcher lives:

- ``env``, ``cwd``, ``umask``-free: the session's environment and directory;
- ``seeds``: directories, each with another that it is copied over, and whether it replaces files;
- ``files``: path → content, or a symbolic link's target behind ``->``;
- ``exit``: a socket, by which the session leaves where it has no network of the machine's;
- ``server``: arguments of Jupyter Server to serve with in this process; or
- ``argv``: a program to become; with ``waits``, an environment's own server, which imports what it
  needs, makes the empty file that ``waits`` names, and reads a second assignment (of which ``env``
  is what is to be changed).

Files are written here, inside the container and by its user, and never from outside: a session's
home may hold links that lead anywhere. Runs under any Python from 3.8, with nothing of
binder_lite.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import select
import shutil
import signal
import stat
import sys
import types
from pathlib import Path
from typing import Any

# What a JupyterLab or Notebook server imports while it starts, beyond its service handlers. One by
# one: walking the packages would import a module that starts a server.
WARM = (
    "IPython.paths",
    "ipykernel.kernelspec",
    "jinja2.ext",
    "jupyter_client.asynchronous",
    "jupyter_client.ioloop",
    "jupyter_client.provisioning",
    "jupyter_lsp.handlers",
    "jupyter_lsp.serverextension",
    "jupyter_lsp.virtual_documents_shadow",
    "jupyter_server.base.call_context",
    "jupyter_server.extension.serverextension",
    "jupyter_server.gateway.managers",
    "jupyter_server.kernelspecs.handlers",
    "jupyter_server.services.contents.largefilemanager",
    "jupyter_server_terminals.app",
    "jupyterlab.extensions",
    "jupyterlab.handlers.announcements",
    "jupyterlab.handlers.build_handler",
    "jupyterlab.labapp",
    "jupyterlab_server.handlers",
    "jupyterlab_server.licenses_app",
    "nbformat.v4",
    "notebook.app",
    "notebook_shim.nbserver",
    "terminado",
    "tornado.platform.asyncio",
    "zmq.eventloop.zmqstream",
)


# A grammar of internationalised addresses. jsonschema imports it although no schema of Jupyter's
# asks for that format, and compiling it takes three quarters of a server's start.
GRAMMAR = "rfc3987_syntax"

# Tells an environment's own server that it is to wait: the descriptor that its assignment comes
# from, the file to make, and the program that it is.
WAITS = "BINDER_LITE_WAITS"
# The directories in which such a server finds modules of ours before those of the same names.
WAITING, DEFERRED = (str(Path(__file__).parent / name) for name in ("waiting", "deferred"))


def defer_grammar() -> None:
    """Let the grammar be compiled when an address is first checked, if ever."""
    if importlib.util.find_spec(GRAMMAR) is None:
        return
    module = types.ModuleType(GRAMMAR)

    def real() -> types.ModuleType:
        if sys.modules.get(GRAMMAR) is module:
            del sys.modules[GRAMMAR]
        return importlib.import_module(GRAMMAR)

    def other(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)  # The import system asks for some, and needs none.
        return getattr(real(), name)

    module.is_valid_syntax = lambda rule, text: real().is_valid_syntax(rule, text)
    module.__getattr__ = other
    sys.modules[GRAMMAR] = module


def leave_yarn_alone() -> None:
    """Keep JupyterLab, where there is Node, from asking Yarn for the registry of its extensions.

    It does so while it is imported, for half a second and more. Only a build of extensions needs
    the answer, and sessions build none.
    """
    try:
        from jupyterlab import commands
    except ImportError:
        return
    commands._yarn_config = lambda logger: {"yarn config": {}, "npm config": {}}


def import_server() -> None:
    """Import what a server needs, so that a later start has it."""
    defer_grammar()
    leave_yarn_alone()
    services: list[str] = []
    for application in ("jupyter_server.serverapp", "notebook.notebookapp"):
        if importlib.util.find_spec(application.partition(".")[0]) is not None:
            named = importlib.import_module(application).JUPYTER_SERVICE_HANDLERS
            services = [name for names in named.values() for name in names or ()]
            break
    for name in (*WARM, *services):
        try:
            importlib.import_module(name)
        except ImportError as error:
            print(f"not warmed: {name}: {error}", file=sys.stderr)


def copy_seed(source: Path, target: Path, replace: bool) -> None:
    """Copy what a build wrote over a directory; with ``replace`` over files that stand there, too.

    Not over a notebook: it may be newer than the build, which does not depend on notebooks. What
    cannot be copied (a pipe, a closed directory) is told and left out.
    """
    for parent, folders, files in os.walk(source):
        place = target / Path(parent).relative_to(source)
        for name in (*files, *(f for f in folders if Path(parent, f).is_symlink())):
            old, new = Path(parent, name), place / name
            stands = os.path.lexists(new)
            if stands and (not replace or name.endswith(".ipynb")):
                continue
            try:
                mode = old.lstat().st_mode
                if stat.S_ISREG(mode) or stat.S_ISLNK(mode):
                    place.mkdir(parents=True, exist_ok=True)
                    if stands:
                        new.unlink()
                    shutil.copy2(old, new, follow_symlinks=False)
            except OSError as error:
                print(f"not copied from the build: {old}: {error.strerror}", file=sys.stderr)


def write_files(files: dict[str, str], home: Path) -> None:
    """Write the files that make the session's use of its environment."""
    for name, content in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path):
            path.unlink()
        if content.startswith("->"):
            path.symlink_to(content[2:])
        else:
            path.write_text(content, encoding="utf-8")
            if content.startswith("#!"):
                path.chmod(0o755)


def serve(arguments: list[str], directory: str) -> None:
    """Be a notebook server, in this process.

    It is in ``directory`` only after its configuration was read, of which nothing may come from
    there; terminals start where the server is.
    """
    import warnings

    warnings.simplefilter("ignore")
    sys.path.insert(0, str(Path(__file__).parent))
    if arguments[0] == "lab":
        from jupyterlab.labapp import LabApp as App
    else:
        from notebook.app import JupyterNotebookApp as App
    os.chdir(os.environ["HOME"])
    server = App.initialize_server(argv=arguments[1:])
    os.chdir(directory)
    server.start()


def is_closed(descriptor: int) -> bool:
    """Tell whether nobody has a pipe's other end any more.

    A sandbox ends with its launcher, but not when that was killed while the sandbox was being made.
    """
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def close_what_is_open() -> None:
    """Give up what the sandbox leaves within reach, before anything else is run."""
    sys.path.insert(0, str(Path(__file__).parent))
    from confinement import confine

    del sys.path[0]
    confine()


def read_assignment(descriptor: int) -> dict[str, Any] | None:
    """Wait for a line; ``None`` when the launcher is gone, or has no use for this spare."""
    # Without a buffer: what comes behind the line is for somebody else.
    with open(descriptor, "rb", buffering=0, closefd=False) as channel:
        line = channel.readline()
    if not line.endswith(b"\n") or is_closed(descriptor):
        return None
    assignment: dict[str, Any] = json.loads(line)
    return assignment


def leave_by(place: str) -> None:
    """Let the exit at ``place`` be the web proxy of this program and all that it starts."""
    sys.path.insert(0, str(Path(__file__).parent))
    from behind_exit import hand_over

    del sys.path[0]
    hand_over(place, "session").detach()


def furnish(assignment: dict[str, Any]) -> None:
    """Put what the environment and the session have at home where it belongs."""
    for source, target, replace in assignment.get("seeds", ()):
        copy_seed(Path(source), Path(target), replace)
    write_files(assignment.get("files", {}), Path(os.environ["HOME"]))
    if "exit" in assignment:
        leave_by(assignment["exit"])


def become(argv: list[str], directory: str) -> None:
    """Be another program from here on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.chdir(directory)
    try:
        os.execvpe(argv[0], argv, dict(os.environ))
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127 if isinstance(error, FileNotFoundError) else 126)


def leave_path(*directories: str) -> None:
    """Let nothing more be found in directories of ours, here and in what is started from here."""
    sys.path[:] = [path for path in sys.path if path not in directories]
    left = [path for path in os.environ.get("PYTHONPATH", "").split(":") if path not in directories]
    if any(left):
        os.environ["PYTHONPATH"] = ":".join(left)
    else:
        os.environ.pop("PYTHONPATH", None)


def wait_as_server() -> None:
    """Import what a server needs, wait to be told what the session is, and return to be it.

    Called as soon as the Python of an environment's own server runs, by ``waiting/``.
    """
    descriptor, file, program = os.environ.pop(WAITS).split(":", 2)
    import_server()
    Path(file).touch()
    assignment = read_assignment(int(descriptor))
    os.close(int(descriptor))
    if assignment is None:
        os._exit(0)  # Python would take another way out for an error of its own.
    os.environ.update(assignment["env"])
    furnish(assignment)
    argv = assignment["argv"]
    if argv[0] != program:
        become(argv, assignment["cwd"])  # A program of the repository's that starts the server.
    os.chdir(assignment["cwd"])
    sys.argv[1:] = argv[1:]


def main() -> None:
    """Read the assignment and carry it out."""
    close_what_is_open()
    parser = argparse.ArgumentParser()
    parser.add_argument("--assignment", type=int, required=True)
    parser.add_argument("--warm", action="store_true")
    options = parser.parse_args()
    if options.warm:
        import_server()
    assignment = read_assignment(options.assignment)
    if assignment is None:
        return
    os.environ.clear()
    os.environ.update(assignment["env"])
    furnish(assignment)
    if "waits" in assignment:
        path = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = f"{WAITING}:{path}" if path else WAITING
        os.environ[WAITS] = f"{options.assignment}:{assignment['waits']}:{assignment['argv'][0]}"
    else:
        os.close(options.assignment)
    if "argv" in assignment:
        become(assignment["argv"], assignment["cwd"])
    serve(assignment["server"], assignment["cwd"])


if __name__ == "__main__":
    main()
