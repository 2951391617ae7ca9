# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a server's settings: one TOML file, variables that win over it, and where each came from.

The file is ``serve.toml`` in the operator's configuration directory; ``--config`` or the variable
``BINDER_LITE_SERVE_CONFIG`` names another. A variable ``BINDER_LITE_SERVE_<KEY>`` wins over the
file, with ``_`` for the dot of a table: ``BINDER_LITE_SERVE_LOGIN_CLIENT_SECRET``.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from binder_lite.errors import BadSettings
from binder_lite.hub.settings_checks import KINDS, check
from binder_lite.hub.settings_model import (
    Allow,
    Brand,
    GalleryEntry,
    Login,
    Page,
    ServerLimits,
    ServerSettings,
    Sources,
)
from binder_lite.hub.settings_tables import (
    Place,
    bare,
    beside,
    names_in,
    put,
    refuse_unknown,
    settable,
    values_of,
)
from binder_lite.settings import read_settings

__all__ = [
    "KINDS", "Allow", "Brand", "GalleryEntry", "InForce", "Login", "Page", "ServerLimits",
    "ServerSettings", "Sources", "in_force", "read_server_settings", "serve_file",
]  # fmt: skip

PREFIX = "BINDER_LITE_SERVE_"
SECRETS = ("login.client_secret", "database")
_FILE = PREFIX + "CONFIG"
_PATHS = ("data", "cache")


@dataclass(frozen=True, slots=True)
class InForce:
    """One setting as it is in force: its name, its value as TOML, and where that came from."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class _Read:
    settings: ServerSettings
    origins: Mapping[str, str]


def serve_file(variables: Mapping[str, str] = os.environ) -> Path | None:
    """Return the settings file that the variables or the operator's directory have, if any."""
    if named := variables.get(_FILE):
        return Path(named)
    usual = platformdirs.user_config_path("binder-lite") / "serve.toml"
    return usual if usual.exists() else None


def read_server_settings(
    file: Path | None = None, variables: Mapping[str, str] = os.environ
) -> ServerSettings:
    """Read file and variables. Raises ``BadSettings``, which names the key, the place and the way.

    Without ``file``, it is the one that :func:`serve_file` finds; without that all are defaults.
    """
    return _read(file, variables).settings


def in_force(
    file: Path | None = None, variables: Mapping[str, str] = os.environ
) -> tuple[InForce, ...]:
    """Return every setting with its origin; of secrets only whether they are set."""
    read = _read(file, variables)
    return tuple(
        InForce(name, _shown(name, value), read.origins.get(name, "default"))
        for name, value in values_of(read.settings)
    )


def _read(file: Path | None, variables: Mapping[str, str]) -> _Read:
    file = file or serve_file(variables)
    text = _text(file) if file else ""
    table = _parsed(file, text)
    refuse_unknown(table, ServerSettings, Place(file, text, ServerSettings))
    origins = dict.fromkeys(names_in(table, ServerSettings), f"{file}")
    if file:
        table = beside(table, ServerSettings, file.absolute().parent)
    for name, kind in settable(ServerSettings):
        variable = PREFIX + name.upper().replace(".", "_")
        if variable in variables:
            put(table, name, _from_variable(variable, variables[variable], kind))
            origins[name] = f"variable {variable}"
    base = read_settings(variables)
    for name in (*_PATHS, "session_uid"):
        if name not in table:
            table[name] = getattr(base, name)
            origins[name] = "the launcher's settings"
    settings = _with_secret(_converted(table, origins), origins)
    given = set(table.get("login", ()))
    if file:
        _refuse_readable_secret(file, origins)
    if settings.login.client_secret:
        given.add("client_secret")
    check(settings, given)
    return _Read(settings, origins)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadSettings(
            f"The settings file {file} does not exist.",
            hint="Create it, or serve without --config and "
            f"{_FILE}: then the defaults hold, on this machine only.",
        ) from None
    except OSError as error:
        raise BadSettings(
            f"The settings file {file} cannot be read: {error.strerror}.",
            hint="Mend its permissions, or name another file with --config.",
        ) from error
    except UnicodeDecodeError as error:
        raise BadSettings(f"{file} is not valid TOML: {error}.", hint="Save it as UTF-8.") from None


def _parsed(file: Path | None, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{file} is not valid TOML: {error}.", hint="Mend that line.") from error


def _from_variable(variable: str, text: str, kind: Any) -> Any:
    if typing.get_origin(kind) is tuple:
        return text.replace(",", " ").split()
    if bare(kind) is Path:
        return str(Path(text).absolute())
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadSettings(
            f"The variable {variable} has a value that cannot be used: {_expected(str(error))}.",
            hint="Set it to such a value, or unset it.",
        ) from None


def _converted(table: Mapping[str, Any], origins: Mapping[str, str]) -> ServerSettings:
    try:
        return msgspec.convert(table, ServerSettings, dec_hook=_path)
    except msgspec.ValidationError as error:
        problem, _, name = str(error).partition(" - at `$.")
        name = name.rstrip("`") or "of the file"
        origin = origins.get(re.sub(r"\[.*", "", name), "")
        raise BadSettings(
            f"The setting {name} has a value that cannot be used: {_expected(problem)}.",
            hint=f"It is in {origin}." if origin else "Look at the settings file.",
        ) from None


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    raise TypeError("Expected a path as a text in quotes")


_WORDS = {
    "bool": "true or false", "int": "a whole number", "str": "a text in quotes",
    "array": "a list", "object": "a table", "float": "a number",
}  # fmt: skip


def _expected(problem: str) -> str:
    """Say what msgspec says in the words of a TOML file."""
    problem = problem.partition(" - at `")[0]
    for name, words in _WORDS.items():
        problem = problem.replace(f"`{name}`", words)
    problem = problem.replace("Object missing required field", "an entry lacks")
    return problem[:1].lower() + problem[1:]


def _with_secret(settings: ServerSettings, origins: dict[str, str]) -> ServerSettings:
    """Read the secret's own file, if it has one."""
    login, file = settings.login, settings.login.client_secret_file
    if file is None:
        return settings
    if origins.get("login.client_secret", "").startswith("variable"):
        return settings
    if login.client_secret:
        raise BadSettings(
            "Both login.client_secret and login.client_secret_file are set.", hint="Remove one."
        )
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(
            f"login.client_secret_file names {file}, which cannot be read.",
            hint="Create it with the client secret as its only line, readable for this account.",
        ) from error
    if not secret:
        raise BadSettings(f"{file} is empty.", hint="Its only line is the client secret.")
    _refuse_readable(file, "the client secret")
    origins["login.client_secret"] = f"{file}"
    return replace(settings, login=replace(login, client_secret=secret))


def _refuse_readable_secret(file: Path, origins: Mapping[str, str]) -> None:
    for name in SECRETS:
        if origins.get(name) == str(file):
            _refuse_readable(file, name)


def _refuse_readable(file: Path, what: str) -> None:
    if file.stat().st_mode & stat.S_IROTH:
        raise BadSettings(
            f"{file} holds {what}, and everybody on this machine can read it.",
            hint=f"chmod 600 {file}",
        )


def _shown(name: str, value: Any) -> str:
    if name in SECRETS:
        return "(set)" if value else "(not set)"
    if name == "login.options":  # Of a class that we do not know: any of them may be a secret.
        return "{" + ", ".join(f"{key} = (set)" for key in value) + "}"
    return _toml(value)


def _toml(value: Any) -> str:
    match value:
        case None:
            return '""'
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case Mapping():
            return "{" + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + "}"
        case _ if is_dataclass(value):
            return _toml(
                {
                    each.name: found
                    for each in fields(value)
                    if (found := getattr(value, each.name)) != each.default
                    or each.default is MISSING
                }
            )
        case int() | float():
            return str(value)
        case _:
            return msgspec.json.encode(str(value)).decode()
