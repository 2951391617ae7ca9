# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from binder_lite.engines.base import Choices
from binder_lite.engines.guix.channels import check_trust, pin_remark, read_channels
from binder_lite.errors import BadManifest, TrustNeeded
from binder_lite.requirements.guix.channels import Introduction
from unit.engines.guix.examples import CHANNEL

_COMMIT = "0123456789012345678901234567890123456789"
_PINNED = replace(CHANNEL, commit=_COMMIT)
_MORE = replace(CHANNEL, name="more", url="https://more.example/guix", introduction=None)


def test_guix_s_own_channel_needs_nobody_s_consent() -> None:
    check_trust((_PINNED,), "channels.scm", Choices())


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        (_MORE, "more from https://more.example/guix, not authenticated"),
        (
            replace(CHANNEL, introduction=Introduction(_COMMIT, "A" * 40)),
            f"guix from {CHANNEL.url}, introduced by key {'A' * 40}",
        ),
        (
            replace(CHANNEL, url="https://evil.example"),
            "guix from https://evil.example, introduced",
        ),
    ],
)
def test_any_other_is_named_and_asked_about(channel: object, told: str) -> None:
    with pytest.raises(TrustNeeded) as raised:
        check_trust((CHANNEL, channel), "binder/channels.scm", Choices())  # type: ignore[arg-type]
    assert raised.value.message.startswith("binder/channels.scm names channels that are not")
    assert told in raised.value.message
    check_trust((CHANNEL, channel), "channels.scm", Choices(trust=True))  # type: ignore[arg-type]


def test_whether_the_environment_is_pinned_is_said() -> None:
    assert pin_remark(None).startswith("Not pinned: there is no channels.scm")
    assert pin_remark((_PINNED, _MORE)).startswith(
        "Not pinned: channels.scm names no commit for more."
    )
    assert pin_remark((_PINNED,)) == "Pinned by channels.scm: guix 012345678901."


@pytest.mark.parametrize(
    ("text", "said"),
    [('(load "x")', "does more than list channels"), ("", "does more than list channels")],
)
def test_what_is_no_list_of_channels_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "channels.scm").write_text(text)
    with pytest.raises(BadManifest, match=said):
        read_channels(tmp_path, "channels.scm")
