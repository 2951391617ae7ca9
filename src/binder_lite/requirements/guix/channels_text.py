# SPDX-License-Identifier: GPL-3.0-or-later
"""channels.scm of the plain forms → the channels that it lists, read as text.

The file is a program, and never evaluated here; one that does more than list channels is not
plain. What is done with the channels is told in `guix/channels.py`.

Each expression gets its value in turn, so a name means what it meant where it was used, and a
definition that nothing uses must be plain too. Guix itself takes the value of the last expression
(`channel-list` of guix/scripts/pull.scm).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TypeAlias, TypeVar

from binder_lite.requirements.guix.channels import (
    CHANNEL_NAME,
    GUIX_CHANNEL,
    Channel,
    Introduction,
    introduction,
)
from binder_lite.requirements.guix.text import (
    Expression,
    NotPlain,
    Symbol,
    Text,
    read_expressions,
    tokens,
)

_HARMLESS = frozenset({"use-modules", "define-module"})
# More than a person writes; lists that are made of each other could grow without end.
_MOST_CHANNELS = 100
_WITHOUT_ESCAPES = re.compile(r'"(?:\\["\\]|[^"\\])*"')


@dataclass(frozen=True, slots=True)
class _Name:
    """A quoted symbol."""

    text: str


@dataclass(frozen=True, slots=True)
class _Fingerprint:
    """What `openpgp-fingerprint` returns, as it was written."""

    text: str


# None is #f, and what a definition returns.
_Value: TypeAlias = (
    "str | _Name | _Fingerprint | Introduction | Channel | tuple[Channel, ...] | None"
)
_Scope: TypeAlias = dict[str, _Value]
_Form: TypeAlias = tuple[Expression, ...]
_Kind = TypeVar("_Kind", str, _Name, _Fingerprint, Introduction, Channel)
_KINDS: dict[type, str] = {
    str: "a string",
    _Name: "a quoted name",
    _Fingerprint: "a fingerprint",
    Introduction: "an introduction",
    Channel: "a channel",
}


def parse_channels(text: str) -> tuple[Channel, ...]:
    """Return the channels that a plain channels.scm lists, at least one, in its order.

    Raises :class:`NotPlain`.
    """
    expressions = read_expressions(text)
    _refuse_escapes(text)
    scope: _Scope = {}
    value: _Value = None
    try:
        for expression in expressions:
            value = _step(expression, scope)
    except RecursionError as error:
        raise NotPlain("its lists are too deep") from error
    if not isinstance(value, tuple) or not value:
        raise NotPlain("it does not end with a list of channels")
    return value


def _refuse_escapes(text: str) -> None:
    r"""Refuse strings of well-formed text in which Guile reads more than ``\"`` and ``\\``.

    In others, such as ``\n`` and ``\x2f``, it would see another character than we do.
    """
    for kind, token, line, _ in tokens(text):
        if kind == "string" and not _WITHOUT_ESCAPES.fullmatch(token):
            raise NotPlain(f"line {line} has an escape in a string")


def _step(expression: Expression, scope: _Scope) -> _Value:
    """Return the value of an expression of the file itself, which may define a name."""
    head = _head(expression)
    if head in _HARMLESS:
        return None
    if head not in ("define", "define-public"):
        return _value(expression, scope)
    if not isinstance(expression, tuple) or len(expression) != 3:
        raise _not_plain(expression)
    name = expression[1]
    if not isinstance(name, Symbol) or any(name.name in a for a in (scope, _FORMS, _CONSTANTS)):
        raise NotPlain(f"line {_line(expression)} defines {_shown(name)}")
    scope[name.name] = _value(expression[2], scope)
    return None


def _value(expression: Expression, scope: _Scope) -> _Value:
    if isinstance(expression, Text):
        return expression.value
    if isinstance(expression, Symbol):
        if expression.name in _CONSTANTS:
            return _CONSTANTS[expression.name](expression.line)
        if expression.name in scope:
            return scope[expression.name]
    elif form := _FORMS.get(_head(expression)):
        return form(expression, scope)
    raise _not_plain(expression)


def _as(kind: type[_Kind], expression: Expression, scope: _Scope) -> _Kind:
    value = _as_or_false(kind, expression, scope)
    if value is None:
        raise _not_a(_KINDS[kind], expression)
    return value


def _as_or_false(kind: type[_Kind], expression: Expression, scope: _Scope) -> _Kind | None:
    value = _value(expression, scope)
    if value is not None and not isinstance(value, kind):
        raise _not_a(_KINDS[kind], expression)
    return value


def _as_channels(expression: Expression, scope: _Scope) -> tuple[Channel, ...]:
    value = _value(expression, scope)
    if not isinstance(value, tuple):
        raise _not_a("a list of channels", expression)
    return value


def _quote(form: _Form, scope: _Scope) -> _Name | tuple[Channel, ...]:
    quoted = _only(form)
    if quoted == ():
        return ()
    if not isinstance(quoted, Symbol) or not CHANNEL_NAME.fullmatch(quoted.name):
        raise _not_a("a plain name", quoted, form)
    return _Name(quoted.name)


def _list(form: _Form, scope: _Scope) -> tuple[Channel, ...]:
    return _joined(form, ((_as(Channel, item, scope),) for item in form[1:]))


def _cons(form: _Form, scope: _Scope) -> tuple[Channel, ...]:
    if len(form) != 3:
        raise _not_plain(form)
    return _cons_star(form, scope)


def _cons_star(form: _Form, scope: _Scope) -> tuple[Channel, ...]:
    if len(form) < 2:
        raise _not_plain(form)
    return _joined(form, (_list(form[:-1], scope), _as_channels(form[-1], scope)))


def _append(form: _Form, scope: _Scope) -> tuple[Channel, ...]:
    return _joined(form, (_as_channels(part, scope) for part in form[1:]))


def _joined(form: _Form, parts: Iterable[tuple[Channel, ...]]) -> tuple[Channel, ...]:
    channels = tuple(islice(chain.from_iterable(parts), _MOST_CHANNELS + 1))
    if len(channels) > _MOST_CHANNELS:
        raise NotPlain(f"line {_line(form)} lists too many channels")
    return channels


def _car(form: _Form, scope: _Scope) -> Channel:
    channels = _as_channels(_only(form), scope)
    if not channels:
        raise _not_plain(form)
    return channels[0]


def _fingerprint(form: _Form, scope: _Scope) -> _Fingerprint:
    return _Fingerprint(_as(str, _only(form), scope))


def _introduction(form: _Form, scope: _Scope) -> Introduction:
    if len(form) != 3:
        raise _not_plain(form)
    commit, signer = _as(str, form[1], scope), _as(_Fingerprint, form[2], scope)
    try:
        return introduction(commit, signer.text)
    except ValueError as error:
        raise NotPlain(f"line {_line(form)}: {error}") from error


def _channel(form: _Form, scope: _Scope) -> Channel:
    """Return the channel of ``(channel (inherit …) (FIELD VALUE) …)``, each field once.

    Only the first clause may say what to inherit: `make-syntactic-constructor`, guix/records.scm.
    """
    line, clauses, base = _line(form), form[1:], Channel("", "")
    if clauses and _head(clauses[0]) == "inherit":
        base = _as(Channel, _only(clauses[0]), scope)
        clauses = clauses[1:]
    values: dict[str, object] = {}
    for clause in clauses:
        name = _head(clause)
        if name not in _FIELDS or name in values:
            raise _not_a("a new field", clause, form)
        values[name] = _FIELDS[name](_only(clause), scope)
    channel = replace(base, line=line, **values)  # type: ignore[arg-type]
    if not channel.name or not channel.url:
        raise NotPlain(f"line {line} has a channel without a name or URL")
    return channel


_FIELDS: dict[str, Callable[[Expression, _Scope], object]] = {
    "name": lambda expression, scope: _as(_Name, expression, scope).text,
    "url": lambda expression, scope: _as(str, expression, scope),
    "branch": lambda expression, scope: _as_or_false(str, expression, scope),
    "commit": lambda expression, scope: _as_or_false(str, expression, scope),
    "introduction": lambda expression, scope: _as_or_false(Introduction, expression, scope),
}

_FORMS: dict[str, Callable[[_Form, _Scope], _Value]] = {
    "append": _append,
    "car": _car,
    "channel": _channel,
    "cons": _cons,
    "cons*": _cons_star,
    "list": _list,
    "make-channel-introduction": _introduction,
    "openpgp-fingerprint": _fingerprint,
    "openpgp-fingerprint->bytevector": _fingerprint,
    "quote": _quote,
}

# Each from the line where it is used.
_CONSTANTS: dict[str, Callable[[int], _Value]] = {
    "#f": lambda line: None,
    "%default-channels": lambda line: (replace(GUIX_CHANNEL, line=line),),
    "%default-guix-channel": lambda line: replace(GUIX_CHANNEL, line=line),
}


def _head(expression: Expression) -> str:
    if isinstance(expression, tuple) and expression and isinstance(expression[0], Symbol):
        return expression[0].name
    return ""


def _only(expression: Expression) -> Expression:
    """Return the one argument of a form."""
    if not isinstance(expression, tuple) or len(expression) != 2:
        raise _not_plain(expression)
    return expression[1]


def _not_plain(expression: Expression) -> NotPlain:
    line = _line(expression)
    return NotPlain(f"{f'line {line}' if line else 'it'} uses {_shown(expression)}")


def _not_a(wanted: str, found: Expression, form: Expression = ()) -> NotPlain:
    """Say that ``found`` is not what is wanted; ``form`` is around it and has a line."""
    line = _line(found) or _line(form)
    return NotPlain(f"line {line} has {_shown(found)} where {wanted} is expected")


def _line(expression: Expression) -> int:
    """Return where ``expression`` begins, 0 when it is made of parentheses only."""
    while isinstance(expression, tuple):
        if not expression:
            return 0
        expression = expression[0]
    return expression.line


def _shown(expression: Expression) -> str:
    if isinstance(expression, Text):
        return repr(expression.value[:60])
    if isinstance(expression, Symbol):
        return f"`{expression.name[:60]}`"
    return f"`{_head(expression)[:60] or '(…)'}`"
