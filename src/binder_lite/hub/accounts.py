# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a provider says that somebody is: the stable id becomes the name that JupyterHub knows.

A login name or an e-mail address can pass to another person; the id cannot. So sessions belong to
the id, and the login name is for display only.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import msgspec

# The key of an account in JupyterHub's encrypted auth_state.
STATE = "account"
# What needs no encoding. Names are compared in small letters, so that capitals do.
_PLAIN = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_LONGEST_TEXT = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is kept of an account. ``forge`` is the host that ``token`` opens repositories of.

    ``member_of`` are those of the allowed groups that the account was in when it logged in.
    """

    id: str
    login: str = ""
    name: str = ""
    forge: str = ""
    token: str = field(default="", repr=False)
    member_of: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """How the pages call the person."""
        return self.name or self.login or self.id


def person_name(prefix: str, account_id: str) -> str:
    """Return the name under which JupyterHub knows the account: two accounts never share one.

    An id that is no plain text in small letters is hashed; ``_`` keeps the two forms apart.
    """
    if _PLAIN.fullmatch(account_id):
        return f"{prefix}-{account_id}"
    return f"{prefix}-_{hashlib.sha256(account_id.encode()).hexdigest()[:40]}"


def people_names(prefix: str, listed: Iterable[str]) -> set[str]:
    """Return the names of accounts that an operator lists, with or without the prefix."""
    return {each if each.startswith(f"{prefix}-") else person_name(prefix, each) for each in listed}


def field_of(info: object, path: str) -> object:
    """Return what the answer of a provider has at the dotted path, or ``None``."""
    for part in path.split("."):
        if not isinstance(info, Mapping):
            return None
        info = info.get(part)
    return info


def id_in(info: object, path: str) -> str:
    """Return the account's id, or an empty text: only texts and whole numbers are ids."""
    value = field_of(info, path)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)


def text_in(info: object, path: str) -> str:
    """Return a text for display, on one line and of a bounded length."""
    value = field_of(info, path) if path else None
    if not isinstance(value, str):
        return ""
    printable = "".join(each for each in value if each.isprintable())
    return printable.strip()[:_LONGEST_TEXT]


def groups_in(info: object, path: str) -> set[str]:
    """Return the groups that the answer lists: one text, several, or tables with a ``name``."""
    value = field_of(info, path) if path else None
    entries = value if isinstance(value, list) else [value]
    names = [field_of(each, "name") if isinstance(each, Mapping) else each for each in entries]
    return {each for each in names if isinstance(each, str) and each}


def to_state(account: Account) -> dict[str, Any]:
    """Return the account as auth_state keeps it, which holds the token already."""
    return {key: value for key, value in asdict(account).items() if key != "token"}


def account_in(state: Mapping[str, Any] | None) -> Account | None:
    """Return the account that an ``auth_state`` holds, with its token; ``None`` without one.

    The token is there only when it opens repositories: ``login.private_repositories``.
    """
    if not state or not isinstance(state.get(STATE), Mapping):
        return None
    try:
        account = msgspec.convert(state[STATE], Account)
    except msgspec.ValidationError:
        return None
    token = state.get("access_token")
    return replace(account, token=token) if account.forge and isinstance(token, str) else account
