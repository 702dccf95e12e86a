"""The chat's system checks, those for production included."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import ERROR
from django.core.checks.registry import registry

from df_chat import checks
from df_chat.doctor.findings import Finding, failed, passed, warned


def probe_configuration() -> Iterator[Finding]:
    """Each message of a check as a finding; with DEBUG on, production is not yet asked for."""
    # Only the chat's own: those of others may reach for a database that is down.
    ours = [
        check
        for check in registry.get_checks(include_deployment_checks=not settings.DEBUG)
        if check.__module__ == checks.__name__
    ]
    messages = [
        message for check in ours for message in check(app_configs=None, databases=None) if not message.is_silenced()
    ]
    for message in messages:
        find = failed if message.level >= ERROR else warned
        yield find(f"{message.id} {message.msg}", str(message.hint or ""))
    if not messages:
        yield passed(f"{len(ours)} system checks have nothing to say")
