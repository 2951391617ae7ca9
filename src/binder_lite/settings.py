# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings, read once from file and environment, and the places where files are kept.

The file is ``config.toml`` in the person's configuration directory; ``BINDER_LITE_CONFIG`` names
another. A variable ``BINDER_LITE_<SETTING>`` wins over the file. An unknown setting is an error
that names the nearest one.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import platformdirs

from binder_lite.errors import BadSettings

_PREFIX = "BINDER_LITE_"
# In a variable their parts are apart by spaces.
_LISTS = ("network_hosts",)
_Count = Annotated[int, msgspec.Meta(ge=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a person or an operator may choose for this machine.

    - ``data``, ``cache``: directories for what must be kept (sessions, environments), and for what
      can be fetched again.
    - ``memory_mib``, ``processes``, ``cpus``: limits of one session; 0 means none.
    - ``network``: what sessions reach that may reach anything: what the machine reaches, the web's
      public hosts and ``network_hosts``, or nothing.
    - ``base_url``: the path under which a session's server is reached, for those behind a proxy.
    - ``session_uid``: the user id that sessions run under when binder-lite is started as root.
    """

    data: Path
    cache: Path
    memory_mib: _Count = 0
    processes: _Count = 4096
    cpus: _Count = 0
    network: Literal["open", "web", "none"] = "open"
    network_hosts: tuple[str, ...] = ()
    base_url: str = "/"
    session_uid: Annotated[int, msgspec.Meta(ge=1)] = 64208

    @property
    def sessions(self) -> Path:
        """One directory a session."""
        return self.data / "sessions"

    @property
    def space(self) -> str:
        """The name of the private space that these settings are of; ``""`` for what all share."""
        return ""

    @property
    def environments(self) -> Path:
        """Built environments, by key; new ones are made here."""
        return self.shared_environments

    @property
    def shared_environments(self) -> Path:
        """The environments that every session sees."""
        return self.data / "environments"

    @property
    def visible_environments(self) -> tuple[Path, ...]:
        """The directories of environments that a session sees; one is sought in that order."""
        return (self.shared_environments,)

    @property
    def all_environments(self) -> list[Path]:
        """The directories of all environments, also of those that are private to somebody."""
        private = sorted((self.data / "builds" / "private").glob("*/environments"))
        return [self.shared_environments, *private]

    @property
    def repositories(self) -> Path:
        """Mirrors and checkouts of fetched repositories."""
        return self.cache / "repositories"

    @property
    def packages(self) -> Path:
        """Downloaded packages, shared by all builds that run no foreign code.

        Beside the builds and not in ``cache``, so that environments can share the files.
        """
        return self.data / "builds" / "packages"

    @property
    def pythons(self) -> Path:
        """Pythons that were downloaded because the machine had none that fits."""
        return self.data / "pythons"

    def in_space(self, space: str) -> Settings:
        """Return the settings of a private space; these when ``space`` is empty."""
        if not space:
            return self
        values = {field.name: getattr(self, field.name) for field in fields(Settings)}
        values["cache"] = self.cache / "private" / space
        return _PrivateSettings(**values, name=space)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PrivateSettings(Settings):
    """Where the repositories and environments of one person are, which nobody else's session sees.

    Downloaded packages and Pythons are everybody's. Below the builds for the reason that packages
    are.
    """

    name: str

    @property
    def space(self) -> str:
        return self.name

    @property
    def environments(self) -> Path:
        return self.data / "builds" / "private" / self.name / "environments"

    @property
    def visible_environments(self) -> tuple[Path, ...]:
        return (self.environments, self.shared_environments)


def space_of(who: str) -> str:
    """Return the name of somebody's private space, which tells nobody who it is."""
    return hashlib.sha256(who.encode()).hexdigest()[:32]


def config_file(variables: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the settings file, which need not exist."""
    named = variables.get(_PREFIX + "CONFIG")
    return Path(named) if named else platformdirs.user_config_path("binder-lite") / "config.toml"


def read_settings(variables: Mapping[str, str] = os.environ) -> Settings:
    """Read file and environment. Raises :class:`BadSettings`."""
    file = config_file(variables)
    values: dict[str, Any] = {
        "data": platformdirs.user_data_path("binder-lite"),
        "cache": platformdirs.user_cache_path("binder-lite"),
    }
    try:
        values |= tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if _PREFIX + "CONFIG" in variables:
            raise BadSettings(
                f"The settings file {file} does not exist.",
                hint=f"Create it, or unset {_PREFIX}CONFIG.",
            ) from None
    except OSError as error:
        raise BadSettings(
            f"The settings file {file} cannot be read: {error.strerror}.",
            hint=f"Mend its permissions, or name another file with {_PREFIX}CONFIG.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{file} is not valid TOML: {error}.", hint="Mend that line.") from error
    known = [field.name for field in fields(Settings)]
    for name in known:
        if (text := variables.get(_PREFIX + name.upper())) is not None:
            values[name] = text.split() if name in _LISTS else text
    for name in values.keys() - set(known):
        nearest = difflib.get_close_matches(name, known, 1)
        raise BadSettings(
            f"{file} has a setting {name!r} that does not exist.",
            hint=f"Did you mean {nearest[0]!r}?" if nearest else f"Known are: {', '.join(known)}.",
        )
    try:
        settings = msgspec.convert(
            values, Settings, strict=False, dec_hook=lambda kind, value: kind(value)
        )
    except msgspec.ValidationError as error:
        problem, _, name = str(error).partition(" - at `$.")
        raise BadSettings(
            f"The setting {name.rstrip('`')} has a value that cannot be used: {problem}.",
            hint=f"Look at {file} and at the variables that begin with {_PREFIX}.",
        ) from error
    if not settings.base_url.startswith("/") or not settings.base_url.endswith("/"):
        raise BadSettings(
            f"The setting base_url is {settings.base_url!r}.",
            hint="It begins and ends with a slash, as in /notebooks/.",
        )
    return settings
