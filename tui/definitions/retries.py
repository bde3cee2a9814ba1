"""`RetryPolicy`: how often a function is tried again, and after how long."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tui.definitions.errors import DefinitionError


class Backoff(Enum):
    """How the wait grows from one try to the next."""

    LINEAR = "LINEAR"
    EXPONENTIAL = "EXPONENTIAL"


class Jitter(Enum):
    """How chance changes a wait: FULL takes anything up to it, PLUS_MINUS shifts
    it by up to the delay.
    """

    FULL = "FULL"
    PLUS_MINUS = "PLUS_MINUS"


@dataclass(frozen=True)
class RetryPolicy:
    """How often to try again.

    Args:
        max_retries: Tries after the first.
        delay: Seconds before the next try; none by default.
        backoff: How the wait grows.
        jitter: How chance changes it.

    Raises:
        DefinitionError: when backoff or jitter have no delay to work on.
    """

    max_retries: int = 1
    delay: float | None = None
    backoff: Backoff | None = None
    jitter: Jitter | None = None

    def __post_init__(self) -> None:
        if self.max_retries < 0 or (self.delay is not None and self.delay < 0):
            raise DefinitionError("RetryPolicy: max_retries and delay cannot be negative.")
        if self.delay is None and (self.backoff or self.jitter):
            raise DefinitionError("RetryPolicy: backoff and jitter need a delay.")

    def seconds_before(self, retry: int) -> float:
        """How long to wait before a retry, counted from 1."""
        wait = self.delay or 0.0
        if self.backoff is Backoff.LINEAR:
            wait *= retry
        elif self.backoff is Backoff.EXPONENTIAL:
            wait *= 2**retry - 1
        if self.jitter is Jitter.FULL:
            return random.uniform(0, wait)
        if self.jitter is Jitter.PLUS_MINUS:
            return wait + random.uniform(-1, 1) * (self.delay or 0.0)
        return wait


@dataclass(eq=False)
class Failure(Exception):
    """That a function failed, with what there is to say of it.

    Args:
        description: In a sentence.
        metadata: Label → value, see `MetadataValue`; shown with the failed asset.
        allow_retries: Whether its retry policy applies.
    """

    description: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    allow_retries: bool = True

    def __str__(self) -> str:
        return self.description or "failed"


@dataclass(eq=False)
class RetryRequested(Exception):
    """That a function wants to be tried again.

    Args:
        max_retries: Tries after the first.
        seconds_to_wait: Before the next one.
    """

    max_retries: int = 1
    seconds_to_wait: float | None = None

    @property
    def policy(self) -> RetryPolicy:
        """The same as a policy."""
        return RetryPolicy(self.max_retries, self.seconds_to_wait)
