# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine's clock that can be set, for one program and what it starts.

A library that is loaded into each of them adds a number of seconds to the time of day. The clock by
which durations are measured stays as it is, as it does when somebody sets a machine's clock; files
keep the machine's own time.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_LIBRARY = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const long long *seconds;

static void __attribute__((constructor)) open_seconds(void) {
  int file = open(SECONDS, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *mapped = mmap(0, sizeof *seconds, PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) seconds = mapped;
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int status = syscall(SYS_clock_gettime, clock, now);
  if (!status && seconds && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    now->tv_sec += *seconds;
  return status;
}

int gettimeofday(struct timeval *now, void *zone) {
  struct timespec read;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &read)) return -1;
  now->tv_sec = read.tv_sec;
  now->tv_usec = read.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *now) {
  struct timespec read;
  clock_gettime(CLOCK_REALTIME, &read);
  if (now) *now = read.tv_sec;
  return read.tv_sec;
}
"""
# $1 is a new directory, which becomes /etc with a line that has $2 loaded.
_LOAD = """\
set -e
cp -a /etc/. "$1"
echo "$2" > "$1/ld.so.preload"
mount --bind "$1" /etc
shift 2
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class MovedClock:
    """The clock, and the words that run a program with it."""

    around: list[str]
    _file: Path

    def move(self, seconds: int) -> None:
        """Set it to so many seconds after (before, when negative) the machine's."""
        # At once, as one number: programs look at it all the time.
        descriptor = os.open(self._file, os.O_WRONLY)
        os.pwrite(descriptor, struct.pack("q", seconds), 0)
        os.close(descriptor)

    def now(self) -> float:
        """Return what programs with this clock take for the time."""
        [seconds] = struct.unpack("q", self._file.read_bytes())
        return time.time() + float(seconds)


@contextlib.contextmanager
def moved_clock(directory: Path) -> Iterator[MovedClock]:
    """Make such a clock in a directory. Only root can."""
    if os.geteuid() != 0:
        pytest.skip("only root can have another /etc")
    file, library, etc = (directory / name for name in ("seconds", "clock.so", "etc"))
    file.write_bytes(struct.pack("q", 0))
    etc.mkdir()
    words = [
        "cc",
        "-shared",
        "-fPIC",
        "-O2",
        f'-DSECONDS="{file}"',
        "-x",
        "c",
        "-",
        "-o",
        str(library),
    ]
    subprocess.run(words, input=_LIBRARY, text=True, check=True)
    unshare = ["unshare", "--mount", "--propagation=private", "--"]
    clock = MovedClock([*unshare, "sh", "-c", _LOAD, "sh", str(etc), str(library)], file)
    clock.move(86400)
    told = subprocess.run([*clock.around, "date", "+%s"], capture_output=True, text=True)
    if told.returncode or told.stderr:
        pytest.skip("this machine does not let root mount")
    assert abs(int(told.stdout) - clock.now()) < 60
    clock.move(0)
    yield clock
