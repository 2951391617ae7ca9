# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sources a server opens for strangers."""

from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.errors import LaunchError, SourceRefused
from binder_lite.sources.model import Source
from binder_lite.sources.policy import (
    Policy,
    check_addresses,
    check_onward,
    check_source,
    is_public,
    normalised,
)


def url(text: str) -> Source:
    return Source(text, url=text)


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ("https://GitHub.com/o/r.git", "https://github.com/o/r"),
        ("https://ada:secret@github.com:443/o/r/", "https://github.com/o/r"),
        ("https://github.com./o//r", "https://github.com/o/r"),
        ("https://github.com/%6f/./r", "https://github.com/o/r"),
        ("http://host.example:8080/x.git", "http://host.example:8080/x"),
        ("git@github.com:o/r.git", "ssh://github.com/o/r"),
        ("ssh://git@host.example:22/o/r", "ssh://host.example/o/r"),
        ("http://[2001:DB8::1]:80/x", "http://[2001:db8::1]/x"),
    ],
)
def test_patterns_see_one_form_of_an_address(given: str, form: str) -> None:
    assert normalised(given) == form


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.2.1",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::1",
    ],
)  # fmt: skip
def test_private_addresses_however_they_are_written(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "140.82.121.4", "2606:50c0::1", "::ffff:8.8.8.8"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "source",
    [
        Source("/etc", directory=Path("/etc")),
        url("ssh://git@github.com/o/r"),
        url("git@github.com:o/r.git"),
        url("git://github.com/o/r"),
    ],
)
def test_what_is_on_disk_or_not_of_the_web_is_refused(source: Source) -> None:
    with pytest.raises(SourceRefused) as raised:
        check_source(source, Policy())
    assert raised.value.hint


def test_patterns_are_of_the_whole_address_and_deny_wins() -> None:
    allow = (r"https://github\.com/good/.*", r"ssh://git\.example/.*")
    policy = Policy(allow=allow, deny=(r"https://github\.com/good/bad",))
    assert check_source(url("https://github.com/good/x.git"), policy)
    assert check_source(url("git@git.example:x/y"), policy)
    for text in (
        "https://github.com/good/bad.git",
        "https://GITHUB.com/good//bad",
        "https://github.com/good/%62ad",
        "https://github.com/other/x",
        "https://evil.example/https://github.com/good/x",
        "https://github.com.evil.example/good/x",
        "http://github.com/good/x",
    ):
        with pytest.raises(SourceRefused):
            check_source(url(text), policy)
    with pytest.raises(LaunchError):
        check_source(url("https://github.com/good/%2e%2e/other"), policy)


def test_an_operator_may_open_what_is_closed() -> None:
    assert not check_source(url("https://host.example/x"), Policy())
    assert check_source(url("https://host.example/x"), Policy(private_addresses=True))
    assert check_source(Source("/x", directory=Path("/x")), Policy(local_files=True))


_ONE = (r"https://one\.example/.*",)


@pytest.mark.parametrize(
    ("source", "onward", "policy", "anywhere"),
    [
        ("https://one.example/o/r", "https://one.example:443/", Policy(), False),
        ("https://one.example/o/r", "https://two.example:443/", Policy(), False),
        ("https://one.example/o/r", "https://two.example:8443/", Policy(), False),
        ("https://one.example/o/r", "https://one.example:443/", Policy(allow=_ONE), True),
        ("http://one.example:81/o/r", "https://one.example:443/",
         Policy(allow=(r"http://one\.example:81/.*",)), True),
        ("https://one.example/o/r", "https://two.example:443/",
         Policy(allow=(r"https://(one|two)\.example/o/.*",)), True),
        ("https://one.example/o/r", "https://two.example:443/", Policy(private_addresses=True),
         True),
    ],
)  # fmt: skip
def test_where_a_source_may_lead(source: str, onward: str, policy: Policy, anywhere: bool) -> None:
    assert check_onward(onward, source, policy) is anywhere


@pytest.mark.parametrize(
    ("source", "onward", "policy"),
    [
        # A submodule comes here as a source of its own.
        ("https://two.example/o/r", "https://two.example:443/", Policy(allow=_ONE)),
        ("https://one.example/o/r", "https://two.example:443/", Policy(allow=_ONE)),
        ("https://one.example/o/r", "https://one.example:6379/", Policy(allow=_ONE)),
        ("https://one.example/o/r", "https://two.example:443/",
         Policy(deny=(r"https://two\.example/.*",))),
        ("http://one.example/o/r", "http://two.example/bad/info/refs",
         Policy(deny=(r"http://two\.example/bad/.*",))),
        ("https://one.example:25/o/r", "https://one.example:25/", Policy()),
        ("https://one.example/o/r", "https://two.example:22/", Policy(private_addresses=True)),
    ],
)  # fmt: skip
def test_where_a_source_may_not_lead(source: str, onward: str, policy: Policy) -> None:
    with pytest.raises(SourceRefused):
        check_onward(onward, source, policy)


def test_files_of_git_lfs_may_lie_with_another_than_the_repository() -> None:
    policy = Policy(allow=_ONE, deny=(r"https://three\.example/.*",))
    source = "https://one.example/o/r"
    assert not check_onward("https://two.example/", source, policy, storage=True)
    with pytest.raises(SourceRefused):
        check_onward("https://three.example/", source, policy, storage=True)


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost/x", "http://LOCALHOST:8081/x", "http://a.localhost/x", "http://127.1/x",
        "http://0x7f000001/x", "http://2130706433/x", "http://[::1]/x", "http://host.local/x",
        "http://metadata.google.internal/x", "http://[::ffff:169.254.169.254]/x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("proxied", [False, True])
async def test_hosts_that_name_this_network(
    text: str, proxied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    if proxied:
        monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    with pytest.raises(SourceRefused):
        await check_addresses(text)
