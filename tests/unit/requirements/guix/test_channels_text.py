# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.requirements.guix.channels import GUIX_CHANNEL, Channel, Introduction
from binder_lite.requirements.guix.channels_text import parse_channels
from binder_lite.requirements.guix.text import NotPlain

COMMIT = "36cc160e721a764c16f53c6f7fbd9d09c581717e"
FIRST, KEY = "897c1a470da759236cc11798f4e0a5f7d4d59fbc", "2A393FFF68F4EF7A3D2912AF6F5120A022FBB2D5"
INTRODUCTION = f'(make-channel-introduction "{FIRST}" (openpgp-fingerprint "{KEY}"))'
A = Channel("a", "https://example.org/a")
B = Channel("b", "https://example.org/b")
A_TEXT = '(channel (name \'a) (url "https://example.org/a"))'
B_TEXT = '(channel (name \'b) (url "https://example.org/b"))'

PLAIN = [
    ("%default-channels", [GUIX_CHANNEL]),
    ("(list %default-guix-channel)", [GUIX_CHANNEL]),
    (f"(list {A_TEXT})", [A]),
    (f"(cons {A_TEXT} %default-channels)", [A, GUIX_CHANNEL]),
    (f"(cons {A_TEXT} (list {B_TEXT}))", [A, B]),
    (f"(cons {A_TEXT} '())", [A]),
    (f"(cons* {A_TEXT} {B_TEXT} %default-channels)", [A, B, GUIX_CHANNEL]),
    ("(cons* %default-channels)", [GUIX_CHANNEL]),
    (f"(append (list {A_TEXT}) %default-channels (list {B_TEXT}))", [A, GUIX_CHANNEL, B]),
    (f"(define a {A_TEXT})(list a {B_TEXT})", [A, B]),
    (f"(define-public %more (list {A_TEXT}))(append %more %default-channels)", [A, GUIX_CHANNEL]),
    (f"(define all (list {A_TEXT}))\nall", [A]),
    ("(define u \"https://example.org/a\")(define n 'a)(list (channel (name n) (url u)))", [A]),
    (f"(use-modules (guix channels))\n;; c\n#| (d |#\n(list #;{B_TEXT} {A_TEXT})", [A]),
    (f"(define-module (my channels) #:use-module (guix channels)) (list {A_TEXT})", [A]),
    (
        "(list (channel (name (quote a)) (branch \"b\") (commit \"v1\") (url \"u\")))",
        [Channel("a", "u", "b", "v1")],
    ),
    (
        "(list (channel (name 'a) (url \"u\") (branch #f) (commit #f) (introduction #f)))",
        [Channel("a", "u", None)],
    ),
    (
        f"(list (channel (name 'a) (url \"u\") (introduction {INTRODUCTION})))",
        [Channel("a", "u", introduction=Introduction(FIRST, KEY))],
    ),
    (
        f"(define i {INTRODUCTION})(list (channel (name 'a) (url \"u\") (introduction i)))",
        [Channel("a", "u", introduction=Introduction(FIRST, KEY))],
    ),
    (
        f"(list (channel (inherit %default-guix-channel) (commit \"{COMMIT}\")))",
        [replace(GUIX_CHANNEL, commit=COMMIT)],
    ),
    (
        "(list (channel (inherit (car %default-channels)) (url \"u\")))",
        [replace(GUIX_CHANNEL, url="u")],
    ),
    (
        f"(define a {A_TEXT})(list (channel (inherit a) (name 'b)))",
        [Channel("b", "https://example.org/a")],
    ),
    (r'(list (channel (name (quote a)) (url "a\"b\\c")))', [Channel("a", 'a"b\\c')]),
    (f"\"C:\\\\x\" ; C:\\n\n(list {A_TEXT})", [A]),
]  # fmt: skip

NOT_PLAIN = [
    "",
    "(",
    "()",
    "a",
    "#f",
    '"a"',
    "'a",
    "'()",
    "(list)",
    "(append)",
    "(list 'a)",
    '(list "a")',
    "(list %default-channels)",
    "(list (list %default-guix-channel))",
    "%default-guix-channel",
    A_TEXT,
    "(use-modules (guix channels))",
    f"(list {A_TEXT}) (define b {B_TEXT})",
    f"(list {A_TEXT}) (use-modules (guix ci))",
    f"(cons {A_TEXT})",
    "(cons*)",
    f"(cons* {A_TEXT} {B_TEXT})",
    f"(cons {A_TEXT} {B_TEXT} %default-channels)",
    f"(cons %default-channels {A_TEXT})",
    f"(cons {A_TEXT} #f)",
    "(append %default-guix-channel)",
    "(list (car '()))",
    "(list (car %default-channels %default-channels))",
    "(list a)",
    f"(list a) (define a {A_TEXT})",
    "(define a a) (list a)",
    # What has another meaning in a file that gives it one.
    f"(define a {A_TEXT}) (define a {B_TEXT}) (list a)",
    f"(define %default-channels (list {A_TEXT})) %default-channels",
    f"(define channel 1) (list {A_TEXT})",
    f"(define (a) {A_TEXT}) (list a)",
    f"(define a) (list {A_TEXT})",
    f'(define a (system "reboot")) (list {A_TEXT})',
    f'(system "reboot") (list {A_TEXT})',
    f"(begin (list {A_TEXT}))",
    f"(let ((a {A_TEXT})) (list a))",
    "(map (lambda (c) c) %default-channels)",
    '(load "other.scm")',
    '(list (channel-with-substitutes-available %default-guix-channel "https://ci.guix.gnu.org"))',
    "`(,%default-guix-channel)",
    "(list . %default-channels)",
    # Channels that are none.
    "(list (channel))",
    "(list (channel (name 'a)))",
    '(list (channel (url "u")))',
    '(list (channel (name \'a) (url "")))',
    '(list (channel (name "a") (url "u")))',
    '(list (channel (name a) (url "u")))',
    '(list (channel (name \'../a) (url "u")))',
    '(list (channel (name \'1) (url "u")))',
    '(list (channel (name \'(a)) (url "u")))',
    '(list (channel (name) (url "u")))',
    "(list (channel (name 'a) (url #f)))",
    "(list (channel (name 'a) (url 'u)))",
    '(list (channel (name \'a) (url "u" "v")))',
    '(list (channel (name \'a) (url "u") (url "v")))',
    '(list (channel (name \'a) (url "u") (location #f)))',
    '(list (channel (name \'a) (url "u") branch))',
    '(list (channel (name \'a) (url "u") ()))',
    "(list (channel (name 'a) (url \"u\") (branch 'staging)))",
    '(list (channel (name \'a) (url (string-append "u" (getenv "HOME")))))',
    '(list (channel (name \'a) (url "u") (inherit %default-guix-channel)))',
    "(list (channel (inherit %default-channels)))",
    "(list (channel (inherit)))",
    '(list (channel (name \'a) (url "u") (introduction "i")))',
    '(list (channel (name \'a) (url "u") (introduction (make-channel-introduction "c"))))',
    *(
        f'(list (channel (name \'a) (url "u") (introduction (make-channel-introduction {pair}))))'
        for pair in (
            f'"{FIRST}" "{KEY}"',
            f'"{FIRST}" (openpgp-fingerprint "{KEY[:39]}")',
            f'"{FIRST}" (openpgp-fingerprint)',
            f'"{FIRST}" (openpgp-fingerprint #f)',
            f'"{FIRST[:7]}" (openpgp-fingerprint "{KEY}")',
            f'"{"x" * 500}" (openpgp-fingerprint "{KEY}")',
        )
    ),
    # Strings that Guile reads otherwise.
    r"(list (channel (name 'a) (url \"u\")))",
    '(list (channel (name \'a) (url "https://example.org/\\n")))',
    '(list (channel (name \'a) (url "\\x2f")))',
    '(list (channel (name \'a) (url "a\\\nb")))',
    '(define-module (x#|)) (list (channel (name \'a) (url "\\a"))) ;|#',
]

PIECES = (
    "(list ", "(cons ", "(append ", "(car ", "(define a ", "(channel ", "(inherit ", "(name 'a)",
    '(url "u")', "a ", "#f ", "%default-channels ", "()", "'", '"', "\\", ")", "))",
)  # fmt: skip


@pytest.mark.parametrize(("text", "channels"), PLAIN, ids=range(len(PLAIN)))
def test_plain_forms_list_their_channels(text: str, channels: list[Channel]) -> None:
    assert parse_channels(text) == tuple(channels)


@pytest.mark.parametrize("text", NOT_PLAIN, ids=range(len(NOT_PLAIN)))
def test_what_does_more_is_not_plain(text: str) -> None:
    with pytest.raises(NotPlain) as caught:
        parse_channels(text)
    assert 0 < len(str(caught.value)) < 120


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n\n(map x y)", "line 3 uses `map`"),
        ("(list\n a)", "line 2 uses `a`"),
        ("(list\n 'a)", "line 2 has `quote` where a channel is expected"),
        ("()", "it uses `(…)`"),
        ("\n(define list 1)", "line 2 defines `list`"),
        ("(list (channel (name 'a)\n (url 'u)))", "line 2 has `quote` where a string is expected"),
        ('(list (channel\n (colour "red")))', "line 2 has `colour` where a new field is expected"),
        ("(list\n (channel (name 'a)))", "line 2 has a channel without a name or URL"),
        ('"a\n" "b\\n"', "line 2 has an escape in a string"),
    ],
)
def test_what_is_not_plain_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(NotPlain) as caught:
        parse_channels(text)
    assert str(caught.value) == message


def test_lines_are_those_of_the_channels() -> None:
    text = f"(define a\n {A_TEXT})\n(cons* a\n {B_TEXT}\n %default-channels)"
    assert [channel.line for channel in parse_channels(text)] == [2, 4, 5]


def test_lists_that_are_made_of_each_other_end() -> None:
    text = "(define a0 %default-channels)" + "".join(
        f"(define a{n} (append a{n - 1} a{n - 1}))" for n in range(1, 60)
    )
    with pytest.raises(NotPlain, match="too many"):
        parse_channels(text + "a59")


def test_depth_does_no_harm() -> None:
    for opening in ("(append ", "(list (channel (inherit ", "'"):
        with pytest.raises(NotPlain):
            parse_channels(opening * 50_000 + ")" * 50_000 * opening.count("("))


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text(alphabet="()[]'`,@#;|\"\\a \n"))
def test_any_text_is_plain_or_not(text: str) -> None:
    try:
        channels = parse_channels(text)
    except NotPlain as error:
        assert str(error)
    else:
        assert channels
        assert all(channel.name and channel.url and channel.line for channel in channels)
