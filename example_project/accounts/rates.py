"""How often one address may try: counted in the cache, by one atomic increment per attempt.

With Redis all processes count together; without it each counts for itself, as its cache is its own.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

logger = logging.getLogger(__name__)

PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class AttemptThrottle(BaseThrottle):
    """``THROTTLE_RATES`` of a view's ``throttle_scope``: a number of attempts in each window, like ``30/minute``."""

    waiting: int | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        self.waiting = take(view.throttle_scope, address_of(request))
        return self.waiting is None

    def wait(self) -> int | None:
        return self.waiting


def address_of(request: Any) -> str | None:
    """Where a request of Django's or of DRF's comes from; NUM_PROXIES says whom to believe."""
    return BaseThrottle().get_ident(request)


def spend(scope: str, request: Any) -> None:
    """Count an attempt. Raises Throttled where it was one too many."""
    if wait := take(scope, address_of(request)):
        raise Throttled(wait)


def take(scope: str, address: str | None) -> int | None:
    """Count an attempt. Returns the seconds to wait where it was one too many."""
    rate = settings.THROTTLE_RATES[scope]
    if not rate:
        return None
    limit, _, period = rate.partition("/")
    seconds = PERIODS[period]
    now = time.time()
    used = _count(_key(scope, address, seconds, now), 1, seconds)
    return math.ceil(seconds - now % seconds) if used > int(limit) else None


def give_back(scope: str, address: str | None) -> None:
    """Count one attempt less: it was none, but somebody who may come in."""
    if rate := settings.THROTTLE_RATES[scope]:
        seconds = PERIODS[rate.partition("/")[2]]
        _count(_key(scope, address, seconds, time.time()), -1, seconds)


def _key(scope: str, address: str | None, seconds: int, now: float) -> str:
    # Hashed: an address with spaces would be no key.
    return f"rate-{scope}-{int(now // seconds)}-{hashlib.sha256(str(address).encode()).hexdigest()}"


def _count(key: str, count: int, seconds: int) -> int:
    try:
        cache.add(key, 0, seconds + 1)
        return int(cache.incr(key, count))
    except Exception:
        # Nobody is locked out because the cache is away.
        logger.warning("Attempts are not counted: the cache does not answer", exc_info=True)
        return 0
