"""Run every probe, each within its time, and gather what they found."""

from __future__ import annotations

import logging
import threading
import traceback
from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from django.db import connections

from df_chat.doctor.configuration import probe_configuration
from df_chat.doctor.database import probe_clock, probe_database, probe_isolation, probe_locks, probe_migrations
from df_chat.doctor.findings import Finding, Probe, failed
from df_chat.doctor.integrity import probe_streams
from df_chat.doctor.layer import probe_layer
from df_chat.doctor.media import probe_media
from df_chat.doctor.socket import probe_socket

# A layer that hangs is as good as none.
DEADLINE_SECONDS = {"layer": 1.5}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Every finding, in the order of the probes."""

    findings: list[Finding]

    def count(self, status: str) -> int:
        return sum(finding.status == status for finding in self.findings)

    @property
    def is_sound(self) -> bool:
        """Whether nothing failed; warnings are allowed."""
        return not self.count("FAIL")


def diagnose(*, url: str | None = None, trace: bool = False) -> Diagnosis:
    """Probe this installation. Takes a second or two, and leaves nothing behind.

    It makes two streams and a file of its own for the time of the probe, and reads from everything else.

    Args:
        url: where the site is reached, such as ``https://chat.example``, to ask it for a file as a stranger would.
        trace: write the traceback of a probe that breaks to stderr.
    """
    probes: list[tuple[str, Probe]] = [
        ("configuration", probe_configuration),
        ("layer", probe_layer),
        ("socket", probe_socket),
        ("media", partial(probe_media, url)),
        ("database", probe_database),
        ("isolation", probe_isolation),
        ("clock", probe_clock),
        ("migrations", probe_migrations),
        ("locks", probe_locks),
        ("streams", probe_streams),
    ]
    findings: list[Finding] = []
    with _quiet():
        for name, probe in probes:
            found = _run(name, probe, trace=trace)
            findings += found
            # Without them the rest has nothing to ask.
            if name in ("database", "migrations") and any(finding.status == "FAIL" for finding in found):
                break
    return Diagnosis(findings)


def _run(name: str, probe: Probe, *, trace: bool) -> list[Finding]:
    """What the probe finds, on a thread that is left behind when it does not come back in time."""
    seconds = DEADLINE_SECONDS.get(name, 15.0)
    found: list[Finding] = []

    def work() -> None:
        try:
            found.extend(probe())
        except (Exception, CancelledError) as error:
            if trace:
                traceback.print_exc()
            # No more than its class: messages of drivers quote addresses and rows.
            found.append(failed(f"ended with {type(error).__name__}", "Run it with --traceback to see where."))
        finally:
            connections.close_all()

    thread = threading.Thread(target=work, name=f"df_chat-doctor-{name}", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        found = [failed(f"no answer within {seconds:g} s", "Whatever it asks hangs: it should answer or refuse.")]
    return [replace(finding, probe=name) for finding in found]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the probed parts log out of the report: they are asked to fail, and say so with tracebacks."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
