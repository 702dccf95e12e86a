"""A host with its own user model that replaces every hook."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.projects.custom.people"]  # noqa: F405
AUTH_USER_MODEL = "people.Person"
INSTALLED_APPS.remove("django.contrib.admin")
ROOT_URLCONF = "tests.projects.custom.urls"
HOOKS = "tests.projects.custom.hooks"
DF_CHAT = {
    "ADAPTER": f"{HOOKS}.Adapter",
    "POLICY": f"{HOOKS}.Policy",
    "PUBLISHER": f"{HOOKS}.Publisher",
    "METRICS": f"{HOOKS}.Metrics",
    "CONSUMER": f"{HOOKS}.Consumer",
    "MEDIA_SENDER": f"{HOOKS}.MediaSender",
    "SCANNER": f"{HOOKS}.scan",
    "ROOM_SERIALIZER": f"{HOOKS}.RoomSerializer",
    "ROOM_USER_SERIALIZER": f"{HOOKS}.RoomUserSerializer",
    "MESSAGE_SERIALIZER": f"{HOOKS}.MessageSerializer",
    "USER_SERIALIZER": f"{HOOKS}.UserSerializer",
    "IMAGE_SERIALIZER": f"{HOOKS}.ImageSerializer",
    "FILE_SERIALIZER": f"{HOOKS}.FileSerializer",
    "ROOM_PERMISSION_CLASSES": [f"{HOOKS}.Permission"],
    "ROOM_USER_PERMISSION_CLASSES": [f"{HOOKS}.Permission"],
    "MESSAGE_PERMISSION_CLASSES": [f"{HOOKS}.Permission"],
    "USER_PERMISSION_CLASSES": [f"{HOOKS}.Permission"],
    "SYNC_PERMISSION_CLASSES": [f"{HOOKS}.Permission"],
    "TICKET_PERMISSION_CLASSES": [f"{HOOKS}.Permission"],
    "DIRECT_PERMISSION_CLASSES": [f"{HOOKS}.Permission"],
    "ATTACHMENT_PERMISSION_CLASSES": [f"{HOOKS}.Permission"],
    "CONSUMER_PERMISSION_CLASSES": [f"{HOOKS}.SocketPermission"],
    "THROTTLE_CLASSES": [f"{HOOKS}.Throttle"],
    "ROOM_PAGINATION_CLASS": f"{HOOKS}.RoomPagination",
    "ROOM_USER_PAGINATION_CLASS": f"{HOOKS}.RoomUserPagination",
    "MESSAGE_PAGINATION_CLASS": f"{HOOKS}.MessagePagination",
    "USER_PAGINATION_CLASS": f"{HOOKS}.UserPagination",
    "ATTACHMENT_PAGINATION_CLASS": f"{HOOKS}.AttachmentPagination",
}
