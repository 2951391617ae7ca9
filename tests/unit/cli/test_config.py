# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import json
from pathlib import Path

from binder_lite.cli.admin import admin_group
from binder_lite.cli.program import run_program
from binder_lite.cli.terminal import Terminal


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = run_program(admin_group, "binder-lite", ("config", *words), Terminal(out, err))
    return status, out.getvalue(), err.getvalue()


def test_without_a_file_the_defaults_hold() -> None:
    status, out, _ = run()
    assert status == 0 and "the defaults hold" in out


def test_a_good_file_is_called_good(tmp_path: Path) -> None:
    file = tmp_path / "serve.toml"
    file.write_text("spares = 2\n")
    assert run("--config", str(file)) == (0, f"{file} can be used.\n", "")


def test_a_bad_file_is_an_error_with_a_hint(tmp_path: Path) -> None:
    file = tmp_path / "serve.toml"
    file.write_text("spars = 2\n")
    status, out, err = run("--config", str(file))
    assert (status, out) == (11, "")
    assert f"{file}, line 1: there is no setting spars." in err
    assert "Did you mean spares?" in err


def test_it_shows_what_is_in_force_and_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "serve.toml"
    file.write_text(
        '[login]\nkind = "github"\nclient_id = "id"\nclient_secret = "hush"\n[allow]\nusers=["1"]\n'
    )
    file.chmod(0o600)
    _, out, _ = run("--show", "--config", str(file))
    rows = {line.split()[0]: line.split(None, 1)[1] for line in out.splitlines()}
    assert rows["SETTING"].split() == ["VALUE", "FROM"]
    assert rows["login.client_id"].split() == ['"id"', str(file)]
    assert rows["spares"].split() == ["1", "default"]
    assert rows["login.client_secret"].startswith("(set)")
    _, lines, _ = run("--json", "--config", str(file))
    fields = {each["name"]: each for each in map(json.loads, lines.splitlines())}
    assert fields["allow.users"]["value"] == '["1"]'
    assert "hush" not in out + lines
