from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("api/v1/chat/", include("df_chat.urls")), path("chat/", include("df_chat.page_urls"))]
