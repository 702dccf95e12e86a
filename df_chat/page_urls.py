"""The pages, for a host's ``include("df_chat.page_urls")``."""

from __future__ import annotations

from django.urls import path

from df_chat.views import IndexView, RoomView

app_name = "df_chat_pages"

urlpatterns = [
    path("", IndexView.as_view(), name="index"),
    path("<uuid:room_id>/", RoomView.as_view(), name="room"),
]
