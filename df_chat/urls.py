"""The REST API, for a host's ``include("df_chat.urls")``."""

from __future__ import annotations

from df_chat.drf.urls import urlpatterns

app_name = "df_chat"

__all__ = ["app_name", "urlpatterns"]
