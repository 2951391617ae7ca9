# SPDX-License-Identifier: GPL-3.0-or-later
"""Guix's own words, recorded with Guix 1.5 where there is no terminal, become events."""

from __future__ import annotations

import pytest

from binder_lite.engines.guix.log import Counter
from binder_lite.events import Event, LogLine, Message, Progress, Warn
from unit.engines.guix.recordings import read_lines, recordings


def _events(recording: str) -> list[Event]:
    counter = Counter()
    return [counter.event(line) for line in read_lines(recording)]


def _told(recording: str) -> list[Event]:
    """Return what is understood: all but the tool's own lines."""
    return [event for event in _events(recording) if not isinstance(event, LogLine)]


def _packages(message: str, done: int, total: int) -> Progress:
    return Progress("building", message, done, total, "packages")


def _percent(message: str, percent: int) -> Progress:
    return Progress("building", message, percent, 100, "%")


def _octets(message: str, size: int) -> Progress:
    return Progress("building", message, size, None, "bytes")


def test_each_build_is_counted_against_the_plan() -> None:
    plan = "Building 3 packages (log-maps-1.0, log-plots-2.1, profile), 4 profile hooks."
    assert _events("success")[:12] == [
        LogLine("building", "The following derivations will be built:"),
        LogLine("building", "  log-maps-1.0"),
        LogLine("building", "  log-plots-2.1"),
        LogLine("building", "  profile"),
        LogLine("building", "The following profile hooks will be built:"),
        LogLine("building", "  fonts-dir"),
        LogLine("building", "  ca-certificate-bundle"),
        LogLine("building", "  emacs-subdirs"),
        LogLine("building", "  info-dir"),
        Message("building", plan),
        LogLine("building", "making alpha"),
        _packages("Built log-maps-1.0", 1, 7),
    ]
    assert _told("success")[2:5] == [
        _packages("Building log-plots-2.1", 1, 7),
        _packages("Built log-plots-2.1", 2, 7),
        _packages("Building CA certificate bundle", 2, 7),
    ]
    assert _told("success")[-2:] == [
        _packages("Building the profile", 6, 7),
        _packages("Built profile", 7, 7),
    ]


def test_where_ends_are_not_told_the_next_beginning_tells_them() -> None:
    assert _told("success-brief")[1:] == [
        _packages("Building log-zeta-2.1", 1, 7),
        _packages("Building CA certificate bundle", 2, 7),
        _packages("Listing Emacs sub-directories", 3, 7),
        _packages("Building fonts directory", 4, 7),
        _packages("Building directory of Info manuals", 5, 7),
        _packages("Building the profile", 6, 7),
    ]


def test_what_is_not_announced_is_not_counted() -> None:
    assert _told("success-quiet") == [
        Message("building", "Building 3 packages (log-gamma-1.0, log-delta-2.1, profile)."),
        _packages("Building log-delta-2.1", 0, 3),
        _packages("Building log-gamma-1.0", 1, 3),
        _packages("Building CA certificate bundle", 2, 3),
        _packages("Listing Emacs sub-directories", 2, 3),
        _packages("Building fonts directory", 2, 3),
        _packages("Building directory of Info manuals", 2, 3),
        _packages("Building the profile", 2, 3),
    ]


def test_builds_side_by_side_are_counted_when_they_end() -> None:
    assert _told("parallel")[1:5] == [
        _packages("Building log-tortoise-1.0", 1, 7),
        _packages("Built log-hare-1.0", 1, 7),
        _packages("Built log-tortoise-1.0", 2, 7),
        _packages("Building CA certificate bundle", 2, 7),
    ]
    assert LogLine("building", "  log-tortoise-1.0") in _events("parallel")
    assert _told("parallel")[-1] == _packages("Built profile", 7, 7)


def test_a_second_plan_adds_to_the_first() -> None:
    plans = [event for event in _told("grafts") if isinstance(event, Message)]
    assert plans == [
        Message("building", "Building 2 packages (log-base-1.0, log-user-1.0)."),
        Message(
            "building", "Building 2 packages (log-base-1.1, profile), 4 profile hooks, 1 graft."
        ),
    ]
    assert _packages("Built log-user-1.0", 2, 2) in _told("grafts")
    assert _packages("Applying 1 graft to log-user-1.0", 3, 9) in _told("grafts")
    assert _told("grafts")[-1] == _packages("Built profile", 9, 9)


def test_downloads_tell_names_bytes_and_speed() -> None:
    told = _told("substitutes-growing")
    plan = "Building 1 package (profile). Downloading 2 packages (log-delta-0.3, log-gamma-1.0)."
    assert told[:9] == [
        _percent("Looking for substitutes", 0),
        _percent("Looking for substitutes on 127.0.0.1:18765", 0),
        _percent("Looking for substitutes on 127.0.0.1:18765", 50),
        _percent("Looking for substitutes on 127.0.0.1:18765", 100),
        Message("building", plan),
        _packages("Downloading log-delta-0.3 from 127.0.0.1:18765", 0, 3),
        _octets("Downloading log-delta-0.3 (1 of 2, about 1 MiB/s)", 8192),
        _octets("Downloading log-delta-0.3 (1 of 2, about 5 MiB/s)", 30720),
        _packages("Downloaded log-delta-0.3", 1, 3),
    ]
    assert told[-4:] == [
        _octets("Downloading log-gamma-1.0 (2 of 2, about 50 MiB/s)", 59978547),
        _packages("Downloaded log-gamma-1.0", 2, 3),
        _packages("Building the profile", 2, 3),
        _packages("Built profile", 3, 3),
    ]


def test_where_the_size_is_announced_only_names_and_counts_are_told() -> None:
    assert _told("substitutes") == [
        Message(
            "building",
            "Building 1 package (profile). Downloading 2 packages (log-delta-0.3, log-gamma-1.0; "
            "60.0 MB).",
        ),
        _packages("Downloading log-delta-0.3 from 127.0.0.1:18766", 0, 3),
        _packages("Downloaded log-delta-0.3", 1, 3),
        _packages("Downloading log-gamma-1.0", 1, 3),
        _packages("Downloading log-gamma-1.0 from 127.0.0.1:18766", 1, 3),
        _packages("Downloaded log-gamma-1.0", 2, 3),
        _packages("Building the profile", 2, 3),
        _packages("Built profile", 3, 3),
    ]


def test_downloads_that_are_not_named_are_counted_where_their_number_is_known() -> None:
    told = _told("substitutes-counted")
    assert told[4:7] == [
        Message("building", "Building 1 package (profile)."),
        Message("building", "Downloading 2 items."),
        _octets("Downloading log-images-1.0 (1 of 2, about 500 KiB/s)", 8192),
    ]
    assert _packages("Downloading", 1, 3) in told
    assert told[-1] == _packages("Building the profile", 2, 3)
    assert _told("substitutes-quiet")[4:] == [
        Message("building", "Building 1 package (profile)."),
        Message("building", "Downloading 60.0 MB."),
        _packages("Downloading", 0, 1),
        _packages("Downloading", 0, 1),
        _packages("Building the profile", 0, 1),
    ]


def test_downloads_side_by_side_are_counted_when_they_end() -> None:
    counts = [event for event in _told("substitutes-parallel") if isinstance(event, Progress)]
    assert [event.message for event in counts if event.unit == "packages"] == [
        "Downloading log-words-0.3",
        "Downloading log-images-1.0 from 127.0.0.1:18765",
        "Downloading log-words-0.3 from 127.0.0.1:18765",
        "Downloaded log-words-0.3",
        "Downloaded log-words-0.3",
        "Downloaded log-images-1.0",
        "Building the profile",
        "Built profile",
    ]
    assert [event.done for event in counts if event.unit == "packages"] == [0, 0, 0, 1, 1, 2, 2, 3]


def test_a_source_s_download_is_part_of_its_build() -> None:
    assert _told("hash-source")[1:] == [
        _packages("Downloading log-hash-1.0.tar.gz from 127.0.0.1:18799", 0, 7),
        _packages("Downloading log-hash-1.0.tar.gz", 0, 7),
    ]


def test_a_bar_is_a_percentage_and_hides_nothing_behind_it() -> None:
    told = _told("build-phase-quiet")
    assert told[2:4] == [
        _percent("Building module-import-compiled", 12),
        _percent("Building module-import-compiled", 25),
    ]
    assert told[-1] == _packages("Building log-broken-1.0", 1, 3)


def test_phases_are_told() -> None:
    assert _packages("Building log-broken-1.0, phase configure", 0, 6) in _told("build-phase")
    counter = Counter()
    assert isinstance(counter.event("starting phase `configure'"), LogLine)


def test_a_silent_server_is_a_warning() -> None:
    warning = "The substitute server 127.0.0.1 does not answer: Connection refused."
    assert Warn("building", warning) in _told("servers-silent")


def test_channels_are_told() -> None:
    assert _events("channel-unsigned")[:2] == [
        Message("building", "Fetching the channel extra from file:///srv/channels/extra."),
        Message("building", "Authenticating the channel extra: 2 new commits."),
    ]
    assert _percent("Authenticating commits", 100) in _told("channel-no-guix")
    error = "guix time-machine: error: commit f1b1b2153779057ba825ada6f2effe03fb612bbd lacks a "
    assert LogLine("building", f"{error}signature") in _events("channel-unsigned")


def test_builds_that_were_not_announced_are_not_part_of_a_later_plan() -> None:
    counter = Counter()
    path = "/gnu/store/00000000000000000000000000000000-compute.drv"
    assert counter.event(f"building {path}...") == Progress(
        "building", "Building compute", 0, None, "packages"
    )
    counter.event("The following derivation will be built:")
    counter.event("  /gnu/store/11111111111111111111111111111111-a.drv")
    counter.event("")
    counter.event("building /gnu/store/11111111111111111111111111111111-a.drv...")
    assert counter.event("building CA certificate bundle...") == _packages(
        "Building CA certificate bundle", 1, 1
    )


def test_long_plans_are_shortened() -> None:
    counter = Counter()
    counter.event("The following derivations will be built:")
    for number in range(40):
        counter.event(f"  /gnu/store/{number:032}-name-{number}.drv")
    assert counter.event("") == Message(
        "building", "Building 40 packages (name-0, name-1, name-2, name-3, name-4 and 35 more)."
    )


@pytest.mark.parametrize(
    "line",
    [
        "",
        "  indented",
        "... and so on",
        "building the documentation...",
        "[ 12/345] Compiling x.scm",
        "substitute: something new",
        "The following things will be different:",
        "100% tests passed",
        "\tcc -o x x.c",
    ],
)
def test_what_is_not_understood_is_shown_as_it_is(line: str) -> None:
    assert Counter().event(line) == LogLine("building", line)


@pytest.mark.parametrize(
    "line",
    [
        f"{'9' * 5000}% ▕██▏",
        f" x {'1' * 8000}",
        " x 1.2.3MiB/s 00:00 | 1.2.3MiB transferred",
        f" x 1MiB/s 00:00 | {'1' * 5000}MiB transferred",
        f"{'1' * 5000} items will be downloaded",
        f"substitute: looking for substitutes on 'http://[x'...  {'1' * 5000}.0%",
        "downloading from http://[x ...",
        "downloading from http://[x/nar/00000000000000000000000000000000-x ...",
        "." * 8000 + "/",
        "▕" + "█" * 8000,
    ],
)
def test_a_hostile_builder_breaks_nothing(line: str) -> None:
    counter = Counter()
    counter.event("building /gnu/store/00000000000000000000000000000000-x-1.0.drv...")
    assert counter.event(line).phase == "building"


@pytest.mark.parametrize("recording", sorted(recordings()))
def test_no_line_is_swallowed(recording: str) -> None:
    """Whatever is not a drawing, or told in other words, is there as it was."""
    for line, event in zip(read_lines(recording), _events(recording), strict=True):
        assert not isinstance(event, LogLine) or event.message.strip() in line
    for event in _told(recording):
        assert "/gnu/store/" not in event.message
