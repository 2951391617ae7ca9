# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from binder_lite.errors import LaunchError

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600)


class Metrics:
    """Counters and durations; what is counted when somebody looks is given by :meth:`watch`."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._launches = Counter(
            "binder_lite_launches",
            "Launches that ended, by error code (ready: a session)",
            ["code"],
            registry=self._registry,
        )
        self._launch_seconds = Histogram(
            "binder_lite_launch_seconds",
            "Time from a launch's begin to its session",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._builds = Counter(
            "binder_lite_builds",
            "Builds that ended, by error code (built: an environment)",
            ["code"],
            registry=self._registry,
        )
        self._build_seconds = Histogram(
            "binder_lite_build_seconds",
            "Time that builds took, their wait for a turn included",
            buckets=_SECONDS,
            registry=self._registry,
        )

    def launched(self, code: str, seconds: float) -> None:
        """Count a launch that ended."""
        self._launches.labels(code).inc()
        if code == "ready":
            self._launch_seconds.observe(seconds)

    def built(self, seconds: float, error: BaseException | None) -> None:
        """Count a build that ended."""
        code = "built"
        if error is not None:
            code = error.code if isinstance(error, LaunchError) else type(error).__name__
        self._builds.labels(code).inc()
        self._build_seconds.observe(seconds)

    def watch(self, name: str, what: str, count: Callable[[], float]) -> None:
        """Show a number that is counted when somebody looks."""
        gauge = Gauge(f"binder_lite_{name}", what, registry=self._registry)
        gauge.set_function(count)

    def text(self) -> bytes:
        """Return all in Prometheus' form."""
        return generate_latest(self._registry)
