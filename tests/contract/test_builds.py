# SPDX-License-Identifier: GPL-3.0-or-later
"""The building of an environment runs foreign code, which alters nothing but that environment.

What it can reach while it runs is tested with sessions (test_isolation.py); here is what it leaves
behind, for the launcher and for later builds and sessions to stumble over.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from binder_lite.storage import file_states
from contract.launching import Ended, launching, make_repository, run
from people import Person

# Leaves links to the person's file and folder wherever the build can write.
_PLANT = """
for place in "$VIRTUAL_ENV" "$VIRTUAL_ENV/.." "$VIRTUAL_ENV/../.." "$HOME" "$HOME/.." \\
    "$REPO_DIR" "$REPO_DIR/.." "$UV_CACHE_DIR" "$UV_CACHE_DIR/.." /var/lib/requirements /tmp; do
  for name in home work .scratch cache input environment.json .environment.json.new build.log \\
      lock compiled session.json; do
    ln -sfn {victim} "$place/$name" 2>/dev/null
    ln -sfn {victim}/precious.txt "$place/$name-file" 2>/dev/null
  done
  touch "$place/evil-was-here" 2>/dev/null
done
cd "$HOME"; mkdir -p closed/deep; echo x > closed/deep/file; mkfifo pipe
chmod 000 closed/deep closed
cd "$REPO_DIR"; mkdir -p shut; echo x > shut/file; mkfifo pipe; ln -s {victim} link
echo made > made.txt; chmod 600 made.txt
"""
_KERNELS = """
cd "$VIRTUAL_ENV/share/jupyter/kernels"
mkdir linked fifo folder empty broken words list
ln -s {victim}/kernel.json linked/kernel.json
mkfifo fifo/kernel.json
mkdir folder/kernel.json
: > empty/kernel.json
echo '{{' > broken/kernel.json
echo '{{"argv": "python -m x", "display_name": "words"}}' > words/kernel.json
echo '["python"]' > list/kernel.json
ln -s {victim} whole
ln -s loop loop
"""


@pytest.fixture
def victim(person: Person, tmp_path: Path) -> Path:
    directory = person.home / f"victim-{time.time_ns()}"
    directory.mkdir()
    (directory / "precious.txt").write_text("precious")
    (directory / "precious.txt").chmod(0o640)
    (directory / "kernel.json").write_text(json.dumps({"argv": ["python"], "display_name": "v"}))
    return person.own(directory)


def _state(directory: Path) -> dict[str, tuple[int, int, str]]:
    return {
        path.name: (path.lstat().st_mode, path.lstat().st_uid, path.read_text())
        for path in directory.iterdir()
    }


def _build(person: Person, engine: str, files: dict[str, str | bytes]) -> Ended:
    # The time makes the environment a new one.
    repository = make_repository(
        person, "building", {**files, "now.txt": str(time.time_ns())}, engine
    )
    ended = run(person, repository, "cat", "made.txt", engine=engine)
    assert ended.output.splitlines()[-1] == "made", ended.messages
    return ended


def _only_where_builds_write(engine: str) -> None:
    if engine == "guix":
        pytest.skip("with Guix the daemon builds packages, and nobody else writes to its store")


def _evil(person: Person) -> list[Path]:
    """Return what builds left outside of their environments, those under way left out."""
    data = person.settings.data
    found = [*(data / "builds").rglob("evil-was-here"), *data.glob("environments/evil-was-here")]
    return [path for path in found if "/staging-" not in str(path)]


@pytest.mark.parametrize("plant", [_PLANT, _PLANT + _KERNELS], ids=["links", "kernels"])
def test_what_post_build_plants_is_not_stumbled_over(
    plant: str, person: Person, engine: str, victim: Path
) -> None:
    before = _state(victim)
    script = f"#!/bin/bash\n{plant.format(victim=victim)}\nexit 0\n"
    ended = _build(person, engine, {"postBuild": script})
    assert _state(victim) == before
    assert _evil(person) == []
    # It is there for its own sessions, and nothing is counted as the person's work.
    assert (ended.directory / "home/work/made.txt").read_text() == "made\n"
    assert ended.unsaved == ()


def test_what_a_package_s_own_build_plants_is_not_stumbled_over(
    person: Person, engine: str, victim: Path
) -> None:
    _only_where_builds_write(engine)
    before = _state(victim)
    # It replaces postBuild, which runs later, by a link, and writes where others would read.
    script = f"REPO_DIR=/home/jovyan/work VIRTUAL_ENV=$1 UV_CACHE_DIR=$2\n{_PLANT}\n"
    setup = (
        "import os, subprocess, sys\nfrom setuptools import setup\n"
        f"script = {script.format(victim=victim)!r}\n"
        "python = [p for p in os.environ['PATH'].split(':') if p.startswith('/var/lib/builds')]\n"
        "venv = python[-1].rpartition('/')[0]\n"
        "subprocess.run(['bash', '-c', script, 'bash', venv, '/var/lib/builds/packages'])\n"
        f"os.path.lexists('/home/jovyan/work/planted') or "
        f"os.symlink({str(victim / 'precious.txt')!r}, '/home/jovyan/work/planted')\n"
        "setup(name='evil', version='1')\n"
    )
    files: dict[str, str | bytes] = {
        "requirements.txt": "ipykernel\n./evil\n",
        "evil/setup.py": setup,
        "postBuild": "#!/bin/sh\necho made > made.txt\n",
    }
    _build(person, engine, files)
    assert _state(victim) == before
    assert _evil(person) == []


def test_a_post_build_that_is_a_link_out_of_the_repository_is_refused(
    person: Person, engine: str, victim: Path
) -> None:
    repository = make_repository(person, "linking", {}, engine)
    (repository / "postBuild").symlink_to(victim / "precious.txt")
    before = _state(victim)
    with launching(person, engine=engine, source=repository, command=["true"]) as launch:
        assert launch.wait_for("failed")["code"] == "unsafe-path"
    assert _state(victim) == before


def test_a_failed_post_build_is_told_with_its_last_lines(person: Person, engine: str) -> None:
    script = "#!/bin/sh\necho about to fail\nexit 3\n"
    repository = make_repository(person, "failing", {"postBuild": script}, engine)
    with launching(person, engine=engine, source=repository, command=["true"]) as launch:
        failed = launch.wait_for("failed")
    assert failed["code"] == "build-failed"
    assert "postBuild ended with status 3" in failed["message"]
    assert "about to fail" in failed["last_lines"]
    assert list((person.settings.data / "builds").glob("*/staging-*/half")) == []


def test_a_build_that_alters_its_environment_alters_no_other(
    person: Person, engine: str, repository: Path
) -> None:
    _only_where_builds_write(engine)
    # Packages come from files that all environments share: a build writes to its own copies.
    script = (
        "#!/bin/bash\necho made > made.txt\n"
        'find "$VIRTUAL_ENV" -path "*/pip/*.py" -print0 | while IFS= read -r -d "" file; do\n'
        '  echo "# evil-line-of-a-build" >> "$file"\ndone\n'
    )
    ended = _build(person, engine, {"postBuild": script})
    altered = person.settings.environments / ended.environment
    assert _with_line(altered, "pip/__init__.py")
    other = run(person, repository, "true", engine=engine)
    for place in (person.settings.environments / other.environment, person.settings.packages):
        assert not _with_line(place, "pip/__init__.py")


def _with_line(directory: Path, name: str) -> bool:
    found = [directory / path for path, _ in file_states(directory) if path.endswith("/" + name)]
    assert found
    return any("evil-line-of-a-build" in path.read_text() for path in found)


def test_what_builds_share_is_not_altered_by_using_it(
    person: Person, engine: str, repository: Path
) -> None:
    _only_where_builds_write(engine)
    run(person, repository, "true", engine=engine)
    # The kernel's own description is made to fit environments; the shared copy is as published.
    shared = person.settings.packages
    specs = [shared / name for name, _ in file_states(shared) if name.endswith("/kernel.json")]
    assert specs
    assert {json.loads(spec.read_text())["argv"][0] for spec in specs} == {"python"}


def test_what_post_build_wrote_is_in_each_new_session(person: Person, engine: str) -> None:
    script = (
        "#!/bin/bash\nmkdir -p ~/.config data; echo home > ~/.config/x; echo work > data/y\n"
        "ln -s data/y link; ln -s data folder; chmod 600 ~/.config/x; echo private > ~/.netrc\n"
        "chmod 600 ~/.netrc; echo more >> README\n"
    )
    files: dict[str, str | bytes] = {"postBuild": script, "README": "first\n"}
    repository = make_repository(person, "seeding", files, engine)
    look = "cat ~/.config/x data/y link folder/y ~/.netrc README"
    for _ in range(2):
        ended = run(person, repository, "sh", "-c", look, engine=engine)
        assert ended.output.split() == ["home", "work", "work", "work", "private", "first", "more"]
        assert ended.unsaved == ()
