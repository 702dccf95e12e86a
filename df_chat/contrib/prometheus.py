"""The chat's metrics for Prometheus. Needs the extra ``prometheus``.

Set ``DF_CHAT["METRICS"]`` to ``df_chat.contrib.prometheus.PrometheusMetrics``, and put ``metrics_view`` at an address
that only Prometheus can reach, unless the project exposes ``prometheus_client``'s registry already.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from df_chat.metrics import METRICS, Kind, Metrics

PREFIX = "df_chat_"
# Seconds: from a lock that was free to one that LOCK_TIMEOUT_SECONDS ends.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class PrometheusMetrics(Metrics):
    """Keeps every number in ``prometheus_client``'s registry instead of the snapshot.

    Counters are called ``df_chat_<name>_total``, timings ``df_chat_<name>_seconds``, gauges ``df_chat_<name>``.
    """

    def __init__(self) -> None:
        super().__init__()
        # From the start, so that a counter that never moved is told as 0.
        for name, metric in METRICS.items():
            _instrument(metric.kind, name)

    def count(self, name: str, by: int = 1) -> None:
        _instrument("counter", name).inc(by)

    def timing(self, name: str, seconds: float) -> None:
        _instrument("timing", name).observe(seconds)

    def gauge(self, name: str, value: float) -> None:
        _instrument("gauge", name).set(value)


def metrics_view(request: HttpRequest) -> HttpResponse:
    """Everything in the registry, in the format that the scraper asks for.

    Where ``PROMETHEUS_MULTIPROC_DIR`` is set it tells the sum of all processes, otherwise this one's numbers.
    """
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), headers={"Content-Type": content_type, "Cache-Control": "no-store"})


_MAKERS: dict[Kind, Callable[[str, str], Any]] = {
    "counter": lambda name, text: Counter(PREFIX + name, text),
    "timing": lambda name, text: Histogram(f"{PREFIX}{name}_seconds", text, buckets=BUCKETS),
    "gauge": lambda name, text: Gauge(PREFIX + name, text, multiprocess_mode="livesum"),
}
_instruments: dict[str, Any] = {}
_making = threading.Lock()


def _instrument(kind: Kind, name: str) -> Any:
    """The instrument of this name, made at its first use: a registry takes each name once."""
    found = _instruments.get(name)
    if found is None:
        with _making:
            found = _instruments.get(name)
            if found is None:
                text = METRICS[name].help if name in METRICS else name
                found = _instruments[name] = _MAKERS[kind](name, text)
    return found
