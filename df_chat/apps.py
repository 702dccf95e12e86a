"""The app's configuration."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class DfChatConfig(AppConfig):
    name = "df_chat"
    verbose_name = _("chat")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Importing registers: system checks, and the farewell of deleted users.
        from df_chat import checks, receivers  # noqa: F401

        receivers.watch_tokens()
        if apps.is_installed("drf_spectacular"):
            from df_chat.contrib import spectacular  # noqa: F401
