# SPDX-License-Identifier: GPL-3.0-or-later
"""`binder-lite manifest --import` and other revisions, with the real Guix.

Its importers are stood in for: they reach no network here. They print what Guix's own printed.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from end_to_end.launcher import ADMIN, PROGRAM
from integration.second_guix import distribution_guix, importing_guix

pytestmark = pytest.mark.needs("guix")

RECORDED = Path(__file__).parents[1] / "unit/manifests/recorded"
IMPORTER = """\
for name; do :; done
case "$name" in
  moo-table) cat {recorded}/pypi-moo-table.scm ;;
  cowsay@6.0) cat {recorded}/pypi-cowsay.scm ;;
  fortunes) cat {recorded}/cran-fortunes.scm ;;
  tabledata) cat {recorded}/pypi-tabledata.scm ;;
  unreachable) echo 'guix import: error: no network' >&2; exit 1 ;;
esac
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    directory = tmp_path / "repo"
    directory.mkdir()
    return directory


def manifest(*words: str | Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command with a Guix in this directory."""
    env = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]}
    return subprocess.run(
        [ADMIN, "manifest", *map(str, words)], env=env, capture_output=True, text=True
    )


@pytest.fixture
def written(repository: Path, tmp_path: Path) -> Path:
    """A repository with a manifest that has imported packages."""
    asked = "numpy\ncowsay==6.0\nmoo-table\ntabledata\nunreachable\nnothing-of-it\n"
    (repository / "requirements.txt").write_text(asked)
    (repository / "install.R").write_text('install.packages("fortunes")\n')
    path = importing_guix(tmp_path, IMPORTER.format(recorded=RECORDED))
    file = repository / "manifest.scm"
    done = manifest(repository, "--output", file, "--import", path=path)
    assert done.returncode == 1, done.stderr
    for name, why in {
        "unreachable": "guix import: error: no network",
        "nothing-of-it": "PyPI has nothing of this name",
        "tabledata": "it needs python-",
    }.items():
        flat = " ".join(done.stderr.split())
        assert f"failed {name} (requirements.txt:" in flat
        assert why in flat.split(f"failed {name} ", 1)[1][:120]
    assert "--trust" in done.stderr
    return file


def test_what_is_written_names_what_was_imported(written: Path) -> None:
    packages = written.with_name("packages.scm").read_text()
    assert packages.count("(define-public ") == 3
    assert packages.index("python-cowsay\n") < packages.index("python-moo-table\n")
    text = written.read_text()
    assert '(packages->manifest (load "packages.scm"))' in text
    lacks = text[: text.index("(concatenate-manifests")]
    assert "tabledata" in lacks
    assert "moo-table" not in lacks


def test_guix_itself_takes_the_manifest_from_any_directory(written: Path, tmp_path: Path) -> None:
    script = tmp_path / "show.scm"
    script.write_text(
        """(use-modules (guix profiles) (guix ui) (ice-9 match))
(for-each (lambda (entry)
            (format #t "~a@~a~%" (manifest-entry-name entry) (manifest-entry-version entry)))
          (manifest-entries (load* (cadr (command-line))
                                   (make-user-module '((guix profiles) (gnu))))))
"""
    )
    done = subprocess.run(
        ["guix", "repl", "--", script, written], cwd="/", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = dict(line.split("@") for line in done.stdout.split())
    assert found["python-cowsay"] == "6.0"
    assert found["python-moo-table"] == "1.0"
    assert found["r-fortunes"] == "1.5-4"
    assert "python-numpy" in found
    planned = subprocess.run(
        ["guix", "shell", "-n", "-m", written], cwd="/", capture_output=True, text=True
    )
    assert "python-moo-table-1.0" in planned.stderr, planned.stderr


def test_guix_builds_what_was_imported_alone(written: Path) -> None:
    file = written.with_name("packages.scm")
    planned = subprocess.run(
        ["guix", "build", "-n", "-f", file], cwd="/", capture_output=True, text=True
    )
    assert planned.returncode == 0, planned.stderr
    for name in ("python-cowsay-6.0", "python-moo-table-1.0", "r-fortunes-1.5-4"):
        assert f"-{name}.drv" in planned.stderr


def test_a_launch_asks_for_trust(written: Path) -> None:
    words = [PROGRAM, "--json", "--dry-run", "--engine", "guix", written.parent]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["code"] == "trust-needed", last
    assert "python-moo-table" in last["message"]
    trusting = subprocess.run([*map(str, words), "--trust"], capture_output=True, text=True)
    plan = json.loads(trusting.stdout.splitlines()[-1])
    assert "python-moo-table (own)" in plan["asked"], plan


def test_the_real_importer_without_a_network_is_told_in_its_own_words(repository: Path) -> None:
    (repository / "requirements.txt").write_text("no-such-package-here\n")
    file = repository / "manifest.scm"
    done = manifest(repository, "--output", file, "--import", "--json")
    assert done.returncode == 1
    event = json.loads(done.stdout.splitlines()[-1])
    assert [each["name"] for each in event["not_imported"]] == ["no-such-package-here"]
    assert event["not_imported"][0]["reason"]
    assert event["packages"] == ""
    assert not file.with_name("packages.scm").exists()
    assert "no-such-package-here" in file.read_text()


def test_another_revision_that_has_more_is_told(repository: Path, tmp_path: Path) -> None:
    (repository / "requirements.txt").write_text("numpy>=2.4\nno-such-package-here\n")
    pulled = Path("/var/guix/profiles/per-user/root/current-guix").resolve()
    links = tmp_path / "home/.config/guix"
    links.mkdir(parents=True)
    (links / "current-1-link").symlink_to(pulled)
    (links / "current-2-link").symlink_to(tmp_path / "gone")
    path = distribution_guix(tmp_path)
    done = manifest(repository, "--json", path=path)
    assert done.returncode == 0, done.stderr
    event = json.loads(done.stdout.splitlines()[-1])
    assert event["guix"] == "1.5.0"
    elsewhere = event["elsewhere"]
    assert elsewhere["gained"] == ["numpy"]
    assert elsewhere["more"] == 1
    assert elsewhere["guix"].startswith("1.5.0 (")
    channels = subprocess.run(
        ["sh", "-c", elsewhere["command"]], cwd=tmp_path, capture_output=True, text=True
    )
    assert channels.returncode == 0, channels.stderr
    assert "(commit" in (tmp_path / "channels.scm").read_text()


def test_nobody_looks_elsewhere_when_nothing_is_missing(repository: Path, tmp_path: Path) -> None:
    (repository / "requirements.txt").write_text("numpy\n")
    links = tmp_path / "home/.config/guix"
    links.mkdir(parents=True)
    (links / "current-1-link").symlink_to("/var/guix/profiles/per-user/root/current-guix")
    done = manifest(repository, "--json", path=distribution_guix(tmp_path))
    assert json.loads(done.stdout.splitlines()[-1])["elsewhere"] is None
    assert len(list(tmp_path.glob("home/.cache/binder-lite/guix/packages-*"))) == 1
