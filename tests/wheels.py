# SPDX-License-Identifier: GPL-3.0-or-later
"""Small Python packages for tests, made on the spot."""

from __future__ import annotations

import io
import zipfile


def make_wheel(name: str, version: str, files: dict[str, str]) -> bytes:
    """Return a wheel that holds ``files``, by path as they are installed."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    wheel = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    content = {**files, f"{info}/METADATA": metadata, f"{info}/WHEEL": wheel}
    record = "".join(f"{path},,\n" for path in (*content, f"{info}/RECORD"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in {**content, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    return buffer.getvalue()
