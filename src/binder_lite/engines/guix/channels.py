# SPDX-License-Identifier: GPL-3.0-or-later
"""From a repository's ``channels.scm`` to the Guix that it names.

The file is read as data and never evaluated; Guix is given what we write of it. Guix's own channel,
authenticated by its own introduction, needs nobody's consent. Any other channel is code with the
rights of whoever builds, and authenticates with its own introduction: the person is told which
ones, and asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from binder_lite import process
from binder_lite.engines.base import Choices
from binder_lite.engines.guix.commands import repl_command, time_machine_command
from binder_lite.engines.guix.description import trust_needed
from binder_lite.engines.guix.failures import error_for
from binder_lite.engines.guix.installation import Guix, Revision
from binder_lite.engines.guix.log import Counter
from binder_lite.errors import BadManifest, ChannelFailed
from binder_lite.events import Message, Result, Steps
from binder_lite.requirements.guix.channels import (
    Channel,
    is_official,
    parse_describe,
    pinned,
    write_channels,
)
from binder_lite.requirements.guix.channels_text import parse_channels
from binder_lite.requirements.guix.text import NotPlain
from binder_lite.requirements.model import Requirements
from binder_lite.storage import read_record, write_record

CHANNELS = "channels.scm"


def channels_file(requirements: Requirements) -> str | None:
    """Return the path of the repository's ``channels.scm``, if it has one."""
    return next((f for f in requirements.build_files if Path(f).name == CHANNELS), None)


def read_channels(checkout: Path, file: str) -> tuple[Channel, ...]:
    """Return the channels that a repository's file lists. Raises ``BadManifest``."""
    try:
        found = parse_channels((checkout / file).read_text(encoding="utf-8"))
    except (NotPlain, UnicodeDecodeError) as error:
        raise BadManifest(
            f"{file} does more than list channels: {error}.",
            hint="Write it as `guix describe --format=channels` prints it.",
        ) from error
    if not found:
        raise BadManifest(f"{file} lists no channel.", hint="Remove it, or list Guix's own.")
    return found


def pin_remark(channels: Sequence[Channel] | None) -> str:
    """Return the sentence that says whether the repository is pinned."""
    if channels is None:
        return (
            "Not pinned: there is no channels.scm, so that another Guix gives other versions. "
            "`binder-lite pin` writes one."
        )
    if not pinned(channels):
        loose = ", ".join(each.name for each in channels if not pinned([each]))
        return f"Not pinned: {CHANNELS} names no commit for {loose}. `binder-lite pin` writes one."
    return f"Pinned by {CHANNELS}: {', '.join(_short(each) for each in channels)}."


def _short(channel: Channel) -> str:
    return f"{channel.name} {(channel.commit or '?')[:12]}"


def check_trust(channels: Sequence[Channel], file: str, choices: Choices) -> None:
    """Raise ``TrustNeeded`` for channels that are not Guix's own, unless the person trusts them."""
    foreign = [each for each in channels if not is_official(each)]
    if foreign and not choices.trust:
        told = "; ".join(map(_told, foreign))
        raise trust_needed(f"{file} names channels that are not Guix's own: {told}.")


def _told(channel: Channel) -> str:
    known = channel.introduction
    signed = f", introduced by key {known.fingerprint}" if known else ", not authenticated"
    return f"{channel.name} from {channel.url}{signed}"


class _Travelled(msgspec.Struct, frozen=True):
    profile: str
    version: str
    described: str


async def travel(guix: Guix, channels: Sequence[Channel], file: str, cache: Path) -> Steps[Guix]:
    """Return the Guix that these channels make, which ``file`` names.

    ``guix time-machine`` fetches, authenticates and builds it, once. Raises ``ChannelFailed``.
    """
    text = write_channels(channels)
    name = hashlib.sha256(msgspec.json.encode([guix.identity, text])).hexdigest()[:32]
    kept = cache / f"travelled-{name}.json"
    known = read_record(kept, _Travelled) if pinned(channels) else None
    if known is None or not Path(known.profile).exists():
        yield Message("building", f"Fetching the Guix that {file} names.")
        cache.mkdir(parents=True, exist_ok=True)
        listed = cache / f"channels-{name}.scm"
        listed.write_text(text, encoding="utf-8")
        questions = guix.library / "binder-lite" / "serve-questions.scm"
        asking = repl_command(guix, questions, process.host_environment())
        command = time_machine_command(guix, listed, asking)
        counter, answer, log = Counter(), "", cache / f"channels-{name}.log"
        try:
            async for line in process.lines(command, log=log, input_bytes=_QUESTION):
                if line.stream == "stdout":
                    answer = line.text
                else:
                    yield counter.event(line.text)
        except process.CommandFailed as failure:
            raise error_for(failure, log, file) from failure
        known = _parse_versions(answer, file)
        write_record(kept, known)
    yield Result(_travelled(guix, known))


_QUESTION = b'{"id":1,"question":"versions"}\n'


def _parse_versions(answer: str, file: str) -> _Travelled:
    try:
        said = msgspec.json.decode(answer)["answer"]
        described = msgspec.json.encode(said["channels"]).decode()
        return _Travelled(str(said["profile"]), str(said["guix"]), described)
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise ChannelFailed(
            f"The Guix that {file} names does not say where it is.",
            hint="It may be older than 1.3: name a later commit.",
        ) from error


def _travelled(guix: Guix, known: _Travelled) -> Guix:
    try:
        channels = parse_describe(known.described)
    except NotPlain:
        channels = ()
    program = Path(known.profile) / "bin/guix"
    revision = Revision(version=known.version, channels=channels)
    return replace(guix, program=program, revision=revision)
