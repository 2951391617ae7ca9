# SPDX-License-Identifier: GPL-3.0-or-later
"""The first half of the story that launch.py tells: from the source to the environment.

source → pinned source → checkout → requirements → engine → build → environment

Whoever needs no session calls this alone: a plan, a manifest, a build that many wait for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from binder_lite.command import redact
from binder_lite.engines.base import Choices, Engine, Recipe, Ui
from binder_lite.engines.choice import Chosen, EngineChoice, find_engine, find_guix, find_uv
from binder_lite.engines.guix.engine import GuixEngine, guix_file
from binder_lite.environments import Environment, find_among, obtain
from binder_lite.events import Built, Event, Message, Result, Step, Steps, Warn
from binder_lite.manifests.generating import Generated, accept, generate, shortfall
from binder_lite.requirements.model import Requirements
from binder_lite.requirements.notebooks import Notebook, default_notebook, read_notebook
from binder_lite.requirements.reading import read_requirements
from binder_lite.settings import Settings
from binder_lite.sources.git import fetch, resolve
from binder_lite.sources.model import Checkout, Source

__all__ = [
    "EngineChoice", "Looked", "Prepared", "Read", "Request", "Ui", "choose",
    "named_folder", "prepare", "propose", "read",
    "says_building", "says_built",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asks for; the fields are the command line's options."""

    source: Source
    engine: EngineChoice = "auto"
    ui: Ui = "lab"
    kernel: str = ""
    port: int | None = 0
    network: bool = True
    in_place: bool = False
    rebuild: bool = False
    submodules: bool = False
    allow_missing: bool = False
    strict: bool = False
    trust: bool = False
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A repository on disk and what it asks for. ``path`` is what will be opened."""

    checkout: Checkout
    requirements: Requirements
    path: str
    notebook: Notebook | None
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """All that any number of sessions of one repository share.

    ``space`` is the private space that the repository was fetched into.
    """

    read: Read
    environment: Environment
    space: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contents:
    """What is in a repository: what is opened, and what is asked for."""

    path: str
    notebook: Notebook | None
    requirements: Requirements


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found out of a repository on the way to its engine, so that it is done once.

    ``contents`` are as Guix's engine reads them and ``generated`` is what Guix has of them; both
    are left out where the other engine was chosen.
    """

    checkout: Checkout
    contents: _Contents | None = None
    generated: Generated | None = None


async def choose(request: Request, settings: Settings) -> Steps[tuple[Chosen, Looked | None]]:
    """Decide on the engine; where the repository decides it, look into that first."""
    if chosen := await find_engine(request.engine, settings):
        yield Result((chosen, None))
        return
    fetching = Step(check_out(request, settings))
    async for event in fetching:
        yield event
    checkout = fetching.result
    guix = await find_guix(settings)
    contents = await asyncio.to_thread(_contents, checkout, guix=True)
    looked = Looked(checkout=checkout, contents=contents)
    if file := guix_file(contents.requirements):
        yield Result((Chosen(guix, f"the repository has {file}"), looked))
        return
    mapping = Step(_map(request, guix, checkout, contents))
    async for event in mapping:
        yield event
    looked = replace(looked, generated=mapping.result)
    if other := mapping.result.mapped.other_language:
        yield Result((Chosen(guix, f"the repository is made for {other}"), looked))
    elif why := shortfall(mapping.result.mapped):
        # The person gets what was asked for; --engine guix takes what there is.
        uv = await find_uv(settings, f"the embedded engine; {why}")
        yield Result((uv, Looked(checkout=checkout)))
    else:
        yield Result((Chosen(guix, "Guix has all that the repository asks for"), looked))


async def propose(
    request: Request, settings: Settings, only: frozenset[str] = frozenset()
) -> Steps[tuple[Generated, Checkout]]:
    """Make a manifest of what the source asks for in other files than Guix's.

    ``only`` are the languages that count, all when it is empty. Raises ``Unsupported``; nothing
    is said of what is missing, see :func:`.manifests.generating.accept`.
    """
    fetching = Step(check_out(request, settings))
    async for event in fetching:
        yield event
    checkout = fetching.result
    contents = await asyncio.to_thread(_contents, checkout, guix=True, pass_over_guix_files=True)
    for notice in contents.requirements.notices:
        yield Message("building", notice)
    mapping = Step(_map(request, await find_guix(settings), checkout, contents, only))
    async for event in mapping:
        yield event
    yield Result((mapping.result, checkout))


def _map(
    request: Request,
    engine: GuixEngine,
    checkout: Checkout,
    contents: _Contents,
    only: frozenset[str] = frozenset(),
) -> Steps[Generated]:
    notebook = contents.notebook
    return generate(
        engine,
        checkout,
        contents.requirements,
        languages=(notebook.language,) if notebook and notebook.language else (),
        choices=_choices(request, notebook),
        only=only,
    )


async def _map_once(
    request: Request, engine: GuixEngine, looked: Looked, contents: _Contents
) -> Steps[Generated]:
    if looked.generated is not None:
        yield Result(looked.generated)
        return
    async for event in _map(request, engine, looked.checkout, contents):
        yield event


async def check_out(request: Request, settings: Settings) -> Steps[Checkout]:
    """Go from the source to its files."""
    yield Message("fetching", f"Looking up {request.source.text}.")
    pinned = await resolve(request.source)
    if pinned.commit:
        yield Message("fetching", f"Found commit {pinned.commit[:12]}.")
    fetching = Step(fetch(pinned, settings.repositories, submodules=request.submodules))
    async for event in fetching:
        yield event
    yield Result(fetching.result)


async def read(
    request: Request, engine: Engine, settings: Settings, looked: Looked | None = None
) -> Steps[Read]:
    """Read what the repository asks for, fetched unless it is ``looked`` at. Nothing is built."""
    if looked is None:
        fetching = Step(check_out(request, settings))
        async for event in fetching:
            yield event
        looked = Looked(checkout=fetching.result)
    checkout = looked.checkout
    contents = looked.contents
    if contents is None:
        contents = await asyncio.to_thread(_contents, checkout, guix=engine.name == "guix")
    requirements = contents.requirements
    for remark in _remarks(requirements):
        yield remark
    choices = _choices(request, contents.notebook)
    if isinstance(engine, GuixEngine) and not guix_file(requirements):
        mapping = Step(_map_once(request, engine, looked, contents))
        async for event in mapping:
            yield event
        async for event in Step(accept(mapping.result, choices)):
            yield event
        requirements = mapping.result.in_guix
    deciding = Step(engine.recipe(checkout, requirements, choices))
    async for event in deciding:
        yield event
    for notice in deciding.result.notices:
        yield Warn("building", notice)
    yield Result(
        Read(
            checkout=checkout,
            requirements=requirements,
            path=contents.path,
            notebook=contents.notebook,
            recipe=deciding.result,
        )
    )


def _remarks(requirements: Requirements) -> Iterator[Event]:
    """Say what the reading of the repository had to leave out or make up."""
    if requirements.guessed:
        guessed = ", ".join(f"{item.name} ({item.origin})" for item in requirements.packages)
        said = f"Nothing is declared. Guessed from what is imported: {guessed or 'nothing'}."
        yield Warn("building", said)
    for notice in requirements.notices:
        yield Warn("building", notice) if requirements.guessed else Message("building", notice)


def named_folder(checkout: Checkout) -> str:
    """Return the folder that the person named, ``""`` for the whole repository or a file."""
    path = checkout.pinned.path or ""
    return path if (checkout.directory / path).is_dir() else ""


def _page(checkout: Checkout) -> str:
    """Return what is to be opened: a file or folder as asked for, else the likeliest notebook."""
    path = checkout.pinned.path or ""
    if path and not (checkout.directory / path).is_dir():
        return path
    return default_notebook(checkout.directory, path) or path


def _contents(checkout: Checkout, *, guix: bool, pass_over_guix_files: bool = False) -> _Contents:
    path = _page(checkout)
    notebook = read_notebook(checkout.directory / path) if path.endswith(".ipynb") else None
    requirements = read_requirements(
        checkout.directory,
        folder=named_folder(checkout),
        notebook=path if notebook else None,
        guix=guix,
        pass_over_guix_files=pass_over_guix_files,
    )
    return _Contents(path=path, notebook=notebook, requirements=requirements)


def _choices(request: Request, notebook: Notebook | None) -> Choices:
    return Choices(
        allow_missing=request.allow_missing,
        strict=request.strict,
        trust=request.trust,
        ui=request.ui,
        kernel=request.kernel or (notebook.kernel_name if notebook else ""),
    )


def says_building(recipe: Recipe) -> Message:
    """Return what is told before an environment is built."""
    count = len(recipe.packages)
    return Message("building", f"Building an environment: {recipe.software}, {count} requirements.")


def says_built(environment: Environment) -> Built:
    """Return what is told of an environment that is there."""
    count = len(environment.packages)
    said = f"Environment {environment.short_name}: {environment.software}, {count} packages."
    return Built("built", said, environment=environment.name)


async def prepare(
    request: Request, engine: Engine, settings: Settings, looked: Looked | None = None
) -> Steps[Prepared]:
    """Go from the source, or from what was ``looked`` at of it, to the environment."""
    reading = Step(read(request, engine, settings, looked))
    async for event in reading:
        yield event
    found = reading.result
    environment = find_among(settings.visible_environments, found.recipe.key)
    if environment is None or request.rebuild:
        yield says_building(found.recipe)
        obtaining = Step(
            obtain(
                settings.environments,
                found.recipe,
                engine=engine.name,
                source=redact(request.source.text),
                rebuild=request.rebuild,
            )
        )
        async for event in obtaining:
            yield event
        environment = obtaining.result
    yield says_built(environment)
    yield Result(Prepared(read=found, environment=environment, space=settings.space))
