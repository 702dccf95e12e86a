"""The routes of the API."""

from __future__ import annotations

from typing import Any

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter
from rest_framework_nested.routers import NestedSimpleRouter

from df_chat.drf.attachments import FileViewSet, ImageViewSet
from df_chat.drf.base import UUID_REGEX
from df_chat.drf.media import FileContentViewSet, ImageContentViewSet
from df_chat.drf.messages import DirectMessageViewSet, DirectViewSet, FlatMessageViewSet, MessageViewSet
from df_chat.drf.people import SyncViewSet, UserViewSet
from df_chat.drf.room_image import RoomImageViewSet
from df_chat.drf.rooms import RoomUserViewSet, RoomViewSet
from df_chat.drf.tickets import TicketViewSet

router = SimpleRouter()
router.register("rooms", RoomViewSet, basename="room")
router.register("users", UserViewSet, basename="user")

rooms_router = NestedSimpleRouter(router, "rooms", lookup="room")
rooms_router.register("users", RoomUserViewSet, basename="room-user")
rooms_router.register("messages", MessageViewSet, basename="room-message")

_LIST: dict[str, Any] = {"get": "list", "post": "create"}
_ONE: dict[str, Any] = {"get": "retrieve", "put": "update", "delete": "destroy"}

_IMAGE, _FILE = rf"^images/(?P<id>{UUID_REGEX})/", rf"^files/(?P<id>{UUID_REGEX})/"

urlpatterns = [
    path("messages/", FlatMessageViewSet.as_view(_LIST), name="message-list"),
    path("direct/<str:user_id>/", DirectViewSet.as_view({"get": "retrieve", "post": "open"}), name="direct"),
    path("direct/<str:user_id>/messages/", DirectMessageViewSet.as_view(_LIST), name="direct-message-list"),
    path("images/", ImageViewSet.as_view(_LIST), name="image-list"),
    path("images/<uuid:id>/", ImageViewSet.as_view(_ONE), name="image-detail"),
    path("files/", FileViewSet.as_view(_LIST), name="file-list"),
    path("files/<uuid:id>/", FileViewSet.as_view(_ONE), name="file-detail"),
    path("sync/", SyncViewSet.as_view({"post": "sync"}), name="sync"),
    path("memberships/", SyncViewSet.as_view({"get": "memberships"}), name="memberships"),
    path("ws-ticket/", TicketViewSet.as_view({"post": "create"}), name="ws-ticket"),
    re_path(rf"{_IMAGE}original/$", ImageContentViewSet.as_view({"get": "original"}), name="image-original"),
    re_path(rf"{_IMAGE}medium/$", ImageContentViewSet.as_view({"get": "medium"}), name="image-medium"),
    re_path(rf"{_IMAGE}small/$", ImageContentViewSet.as_view({"get": "small"}), name="image-small"),
    re_path(rf"{_FILE}content/$", FileContentViewSet.as_view({"get": "content"}), name="file-content"),
    path("rooms/<uuid:pk>/image/", RoomImageViewSet.as_view(_ONE), name="room-image"),
    path("rooms/<uuid:pk>/image/small/", RoomImageViewSet.as_view({"get": "small"}), name="room-image-small"),
    *router.urls,
    *rooms_router.urls,
]
