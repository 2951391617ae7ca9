# SPDX-License-Identifier: GPL-3.0-or-later
"""Build tokens: the page's word that it asked for a launch, signed and short-lived.

And the service's key, which also signs its cookies.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from pathlib import Path

import jwt

from binder_lite.errors import BadToken
from binder_lite.storage import writing

SECONDS = 3600
_ALGORITHM = "HS256"
_KEY_BYTES = 32


def read_key(file: Path) -> bytes:
    """Return the service's key, made at its first start. Raises ``NotWritable``, ``DiskFull``."""
    with writing("the service's key", file):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not file.exists():
            temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as made:
                made.write(secrets.token_bytes(_KEY_BYTES))
            temporary.replace(file)
        return file.read_bytes()


def derived(key: bytes, purpose: str) -> bytes:
    """Return a key for one purpose."""
    return hmac.digest(key, purpose.encode(), hashlib.sha256)


class BuildTokens:
    """Makes tokens for one spec and one person (``""``: whoever has not logged in)."""

    def __init__(self, key: bytes) -> None:
        self._key = derived(key, "build tokens")

    def make(self, spec: str, person: str, *, now: float | None = None) -> str:
        """Return a token that begins a launch of ``spec`` within the next hour."""
        at = int(time.time() if now is None else now)
        # Not when it was made: after the clock is set back, that would be in the future.
        claims = {"aud": spec, "sub": person, "exp": at + SECONDS}
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def check(self, token: str, spec: str) -> str:
        """Return whose token this is. Raises ``BadToken``."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=spec,
                options={"require": ["exp", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise BadToken("The build token has expired.", hint="Load the page again.") from None
        except jwt.InvalidTokenError:
            raise BadToken(
                "The build token is not one of this server for this repository.",
                hint="Load the page again.",
            ) from None
        return str(claims["sub"])
