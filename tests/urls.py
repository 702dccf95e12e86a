from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from df_chat.asyncapi.views import AsyncAPIView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/chat/", include("df_chat.urls")),
    path("chat/", include("df_chat.page_urls")),
    path("accounts/", include("django.contrib.auth.urls")),
    path("asyncapi.json", AsyncAPIView.as_view()),
]
