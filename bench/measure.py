"""Runs the same work with one or more clients and says what a completion cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Sample:
    """What one client measured: seconds of each completion, CPU seconds of its process, wall seconds."""

    seconds: list[float]
    cpu: float
    wall: float


@dataclass(frozen=True)
class Cost:
    """The completions of a run.

    Attributes:
        per_second: completions per second, all clients together.
        p50, p95, p99: milliseconds of one completion.
        cpu: milliseconds of CPU of the client's process per completion, its submissions included.
    """

    per_second: float
    p50: float
    p95: float
    p99: float
    cpu: float


def timed(changes: Sequence[Callable[[], Any]]) -> list[float]:
    """Seconds that each change takes, one after the other."""
    seconds = []
    for change in changes:
        begun = time.perf_counter()
        change()
        seconds.append(time.perf_counter() - begun)
    return seconds


def cost_of(samples: Sequence[Sample]) -> Cost:
    """One figure from all clients' samples."""
    seconds = sorted(s for sample in samples for s in sample.seconds)
    return Cost(
        per_second=len(seconds) / max(sample.wall for sample in samples),
        p50=median(seconds) * 1000,
        p95=seconds[int(len(seconds) * 0.95)] * 1000,
        p99=seconds[int(len(seconds) * 0.99)] * 1000,
        cpu=sum(sample.cpu for sample in samples) / len(seconds) * 1000,
    )


def run(client: Callable[..., Sample], arguments: Sequence[tuple[Any, ...]]) -> Cost:
    """Runs one process for each tuple of arguments, all at once.

    Args:
        client: a function of a module, so that a new process can import it.
    """
    with ProcessPoolExecutor(len(arguments), mp_context=get_context("spawn")) as pool:
        list(pool.map(_warm, range(len(arguments))))
        futures = [pool.submit(client, *one) for one in arguments]
        return cost_of([future.result() for future in futures])


def _warm(_: int) -> None:
    """Starts a worker process before the clock does."""
    time.sleep(0.2)
