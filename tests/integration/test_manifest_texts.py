# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests that are written and merged, as Guile reads and Guix evaluates them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from binder_lite.manifests.merging import merge_manifest
from binder_lite.manifests.model import Entry
from binder_lite.manifests.writing import write_manifest

# Prints, for each file, its encoding and the packages of the manifest that it evaluates to.
_EVALUATE = """
(use-modules (guix profiles) (guix ui) (ice-9 match))
(for-each
 (lambda (file)
   (format #t "~a~{ ~a~}~%"
           (call-with-input-file file file-encoding)
           (sort (map (lambda (entry)
                        (string-append (manifest-entry-name entry) ":"
                                       (manifest-entry-output entry)))
                      (manifest-entries
                       (load* file (make-user-module '((guix profiles) (gnu))))))
                 string<?)))
 (cdr (command-line)))
"""

_HOSTILE = '\n(exit 1) |# "  \x1b[31m -*- coding: utf-7 -*- \u2028(exit 2) +AAo-(exit 3)'
_ENTRIES = [
    Entry("hello", "kernel", _HOSTILE),
    Entry("git:send-email", "system", "apt.txt:1"),
    Entry("sed", comment=_HOSTILE * 20),
    Entry("tar"),
]
_NAMES = "git:send-email hello:out sed:out tar:out"
_REMARKS = [_HOSTILE, "", "x" * 300]

# The person's text, and what it gives with the entries above.
_MERGED = {
    '(specifications->manifest (list "hello@2" "grep"))\n': f"{_NAMES} grep:out",
    "(specifications->manifest\n '())": _NAMES,
    '(specifications->manifest\r\n (list "grep" ; one\r\n       "sed")) ; #| two\r\n': (
        f"{_NAMES} grep:out"
    ),
    "(define l `(\"grep\" #;(a) #| \" |#))\n(define c #\\\")\n(specifications->manifest l)": (
        f"{_NAMES} grep:out"
    ),
    "(use-modules (gnu packages base))\n(packages->manifest (list grep sed))\n": (
        f"{_NAMES} grep:out"
    ),
    "(use-modules (gnu packages base))\n(packages->manifest `(,grep (,grep \"out\"))) ; x": (
        f"{_NAMES} grep:out"
    ),
    '(concatenate-manifests (list (specifications->manifest (list "grep"))\n'
    '  (packages->manifest (map specification->package (list "gzip")))))': (
        f"{_NAMES} grep:out gzip:out"
    ),
}  # fmt: skip


@pytest.mark.needs("guix")
def test_guix_takes_what_is_written_and_merged(tmp_path: Path) -> None:
    texts = {
        write_manifest(_ENTRIES): _NAMES,
        write_manifest(_ENTRIES, header=_REMARKS, absent=_REMARKS): _NAMES,
        write_manifest(_ENTRIES[2:]): "sed:out tar:out",
        write_manifest([], header=_REMARKS): "",
        merge_manifest(write_manifest(_ENTRIES[:2]), _ENTRIES[2:]): _NAMES,
    }
    texts |= {merge_manifest(text, _ENTRIES): names for text, names in _MERGED.items()}
    files = []
    for number, text in enumerate(texts):
        files.append(tmp_path / f"{number}.scm")
        files[-1].write_text(text, encoding="utf-8", newline="")
    script = tmp_path / "evaluate.scm"
    script.write_text(_EVALUATE)
    words = ["guix", "repl", "--", str(script), *map(str, files)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    said = [line.split() for line in done.stdout.splitlines()]
    expected = [["#f", *sorted(names.split())] for names in texts.values()]
    assert said == expected, json.dumps(list(texts), indent=1)
