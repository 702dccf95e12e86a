"""The routes of the API."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework.routers import SimpleRouter
from rest_framework_nested.routers import NestedSimpleRouter

from df_chat.drf.messages import DirectMessageViewSet, DirectViewSet, FlatMessageViewSet, MessageViewSet
from df_chat.drf.people import SyncViewSet, UserViewSet
from df_chat.drf.rooms import RoomUserViewSet, RoomViewSet

router = SimpleRouter()
router.register("rooms", RoomViewSet, basename="room")
router.register("users", UserViewSet, basename="user")

rooms_router = NestedSimpleRouter(router, "rooms", lookup="room")
rooms_router.register("users", RoomUserViewSet, basename="room-user")
rooms_router.register("messages", MessageViewSet, basename="room-message")

_LIST: dict[str, Any] = {"get": "list", "post": "create"}

urlpatterns = [
    path("messages/", FlatMessageViewSet.as_view(_LIST), name="message-list"),
    path("direct/<str:user_id>/", DirectViewSet.as_view({"get": "retrieve", "post": "open"}), name="direct"),
    path("direct/<str:user_id>/messages/", DirectMessageViewSet.as_view(_LIST), name="direct-message-list"),
    path("sync/", SyncViewSet.as_view({"post": "sync"}), name="sync"),
    path("memberships/", SyncViewSet.as_view({"get": "memberships"}), name="memberships"),
    *router.urls,
    *rooms_router.urls,
]
