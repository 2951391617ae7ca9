# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.requirements.guix.channels import (
    GUIX_CHANNEL,
    Channel,
    Introduction,
    introduction,
    is_official,
    parse_describe,
    pinned,
    write_channels,
)
from binder_lite.requirements.guix.channels_text import parse_channels
from binder_lite.requirements.guix.text import NotPlain

COMMIT = "36cc160e721a764c16f53c6f7fbd9d09c581717e"
ODD = Channel("my.pk-gs", 'https://example.org/a"b\\c.git')

# What Guix 1.5.0's `channel->code` and `channel->json` make of the two, as guix describe prints it.
AS_CODE = r"""(list (channel
       (name 'guix)
       (url "https://git.guix.gnu.org/guix.git")
       (branch "master")
       (commit "36cc160e721a764c16f53c6f7fbd9d09c581717e")
       (introduction
        (make-channel-introduction
         "9edb3f66fd807b096b48283debdcddccfea34bad"
         (openpgp-fingerprint
          "BBB0 2DDF 2CEA F6A8 0D1D  E643 A2A0 6DF2 A33A 54FA"))))
      (channel
       (name 'my.pk-gs)
       (url "https://example.org/a\"b\\c.git")
       (branch "master")))
"""
AS_JSON = (
    r'[{"name":"guix","url":"https://git.guix.gnu.org/guix.git","branch":"master",'
    r'"commit":"36cc160e721a764c16f53c6f7fbd9d09c581717e","introduction":'
    r'{"commit":"9edb3f66fd807b096b48283debdcddccfea34bad",'
    r'"signer":"BBB0 2DDF 2CEA F6A8 0D1D  E643 A2A0 6DF2 A33A 54FA"}},'
    r'{"name":"my.pk-gs","url":"https://example.org/a\"b\\c.git","branch":"master","commit":false}]'
)
DESCRIBED = (replace(GUIX_CHANNEL, commit=COMMIT), ODD)

introductions = st.builds(
    Introduction,
    st.text("0123456789abcdef", min_size=40, max_size=40),
    st.text("0123456789ABCDEF", min_size=40, max_size=40),
)
channels = st.builds(
    Channel,
    name=st.from_regex(r"[A-Za-z][A-Za-z0-9._+-]{0,20}", fullmatch=True),
    url=st.text(min_size=1),
    branch=st.none() | st.text(),
    commit=st.none() | st.text(),
    introduction=st.none() | introductions,
)


def test_channels_are_written_as_guix_describe_does() -> None:
    assert write_channels(DESCRIBED) == AS_CODE


def test_what_is_written_is_what_was_to_be_written_and_read_again() -> None:
    assert parse_channels(AS_CODE) == DESCRIBED
    assert write_channels(parse_channels(AS_CODE)) == AS_CODE


@given(st.lists(channels, min_size=1, max_size=4).map(tuple))
def test_any_channels_are_read_back(given_channels: tuple[Channel, ...]) -> None:
    assert parse_channels(write_channels(given_channels)) == given_channels


@pytest.mark.parametrize("name", ["", "a b", "a)", "1", "../x", "#f", "a\n"])
def test_a_name_cannot_become_code(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        write_channels([Channel(name, "https://example.org")])


def test_what_guix_describe_prints_is_read() -> None:
    assert parse_describe(AS_JSON) == DESCRIBED


@pytest.mark.parametrize(
    ("said", "channel"),
    [
        ('{"name":"guix","url":"u"}', Channel("guix", "u", None)),
        ('{"name":"guix","url":"u","commit":null,"branch":"b"}', Channel("guix", "u", "b")),
        (
            '{"name":"guix","url":"u","branch":false,"introduction":null}',
            Channel("guix", "u", None),
        ),
        ('{"name":"guix","url":"u","commit":"c","future":[1]}', Channel("guix", "u", None, "c")),
    ],
)
def test_what_guix_leaves_out_is_not_there(said: str, channel: Channel) -> None:
    assert parse_describe(said) == (channel,)
    assert parse_describe(f"[{said}]") == (channel,)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "1",
        "[1]",
        "{}",
        '[{"name":"guix"}]',
        '{"name":"../guix","url":"u"}',
        '{"name":"guix","url":["u"]}',
        '{"name":"guix","url":"u","introduction":{"commit":"c","signer":"AA"}}',
        "[" * 100_000,
        '"\ud800"',
    ],
    ids=range(10),
)
def test_other_text_is_not_what_guix_describe_prints(said: str) -> None:
    with pytest.raises(NotPlain, match="guix describe"):
        parse_describe(said)


@given(st.text())
def test_any_text_is_channels_or_not(text: str) -> None:
    for said in (text, json.dumps({"name": text, "url": text})):
        try:
            assert all(isinstance(channel, Channel) for channel in parse_describe(said))
        except NotPlain as error:
            assert str(error)


@pytest.mark.parametrize(
    ("channel", "official"),
    [
        (GUIX_CHANNEL, True),
        (replace(GUIX_CHANNEL, commit=COMMIT, branch="other", line=3), True),
        (replace(GUIX_CHANNEL, url="https://git.savannah.gnu.org/git/guix.git"), True),
        (replace(GUIX_CHANNEL, url="https://codeberg.org/guix/guix.git"), True),
        (replace(GUIX_CHANNEL, introduction=None), False),
        (replace(GUIX_CHANNEL, name="other"), False),
        (replace(GUIX_CHANNEL, url="http://git.guix.gnu.org/guix.git"), False),
        (replace(GUIX_CHANNEL, url="https://git.guix.gnu.org.example.org/guix.git"), False),
        (replace(GUIX_CHANNEL, url="https://git.guix.gnu.org/guix.git/"), False),
        (replace(GUIX_CHANNEL, introduction=Introduction(COMMIT, "A" * 40)), False),
        (
            # Authenticates with its own introduction, and proves nothing.
            Channel("guix", "https://example.org", introduction=Introduction(COMMIT, "A" * 40)),
            False,
        ),
    ],
)
def test_only_guix_itself_is_official(channel: Channel, official: bool) -> None:
    assert is_official(channel) is official


@pytest.mark.parametrize(
    ("commits", "expected"),
    [
        ((), False),
        ((None,), False),
        ((COMMIT,), True),
        ((COMMIT.upper(), COMMIT), True),
        ((COMMIT, None), False),
        ((COMMIT[:7],), False),
        ((f"{COMMIT}0",), False),
        (("v1.5.0",), False),
        ((f"{COMMIT}\n",), False),
    ],
)
def test_pinned_means_that_every_channel_names_a_full_commit(
    commits: tuple[str | None, ...], expected: bool
) -> None:
    assert pinned([Channel("a", "u", commit=commit) for commit in commits]) is expected


@pytest.mark.parametrize(
    "fingerprint",
    [
        "BBB0 2DDF 2CEA F6A8 0D1D  E643 A2A0 6DF2 A33A 54FA",
        "bbb02ddf2ceaf6a80d1de643a2a06df2a33a54fa",
        "BBB0:2DDF:2CEA:F6A8:0D1D:E643:A2A0:6DF2:A33A:54FA\n",
    ],
)
def test_a_fingerprint_is_its_digits(fingerprint: str) -> None:
    found = introduction("9EDB3f66fd807b096b48283debdcddccfea34bad", fingerprint)
    assert found == GUIX_CHANNEL.introduction


@pytest.mark.parametrize(
    ("commit", "fingerprint"),
    [
        ("", "A" * 40),
        (COMMIT[:7], "A" * 40),
        ("v1.0", "A" * 40),
        (COMMIT, ""),
        (COMMIT, "A" * 39),
        (COMMIT, f"0x{'A' * 40}"),
        # Arabic digits are none of Guile's.
        (COMMIT, "\u0661" * 40),
    ],
)
def test_half_an_introduction_is_none(commit: str, fingerprint: str) -> None:
    with pytest.raises(ValueError, match="introduced by"):
        introduction(commit, fingerprint)
