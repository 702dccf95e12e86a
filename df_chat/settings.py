"""Every setting of the ``DF_CHAT`` dict, its default and what it does.

The docs page is made from ``DEFAULTS``: the comment above a key is its manual.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

DEFAULTS: dict[str, Any] = {
    # -- Rooms and messages --------------------------------------------------------------------------
    # Who may create group rooms: "anyone" who is signed in, or "staff" only. Direct chats stay open to all.
    "CREATE_ROOMS": "anyone",
    # Who may change and delete group rooms: "anyone" means the owner and admins of the room; "staff" means staff
    # only, on every room they can see.
    "MANAGE_ROOMS": "anyone",
    # Members a room may have at most. A room's own ``max_users`` can only lower it.
    "MAX_USERS_IN_ROOM": 1000,
    # Seconds an author may edit a message after sending it; None sets no limit, 0 forbids editing.
    "EDIT_WINDOW_SECONDS": None,
    # Characters a message may have at most.
    "MAX_BODY_CHARS": 10_000,
    # Emoji one message may collect at most; one more answers 400.
    "MAX_REACTIONS_PER_MESSAGE": 50,
    # Whether joins and leaves are written into the room as messages of the system.
    "SYSTEM_MESSAGES": False,
    # What a new member of a room may read of the time before: "all" or "none".
    "NEW_MEMBER_HISTORY": "all",
    # -- Pages and limits ----------------------------------------------------------------------------
    # Rows of a page of a list, and the most a client may ask for with ``?limit=``.
    "PAGE_SIZE": 50,
    "MAX_PAGE_SIZE": 200,
    # Bytes of the largest event that travels through the channel layer whole; a larger one travels as a poke, and
    # clients fetch it.
    "EVENT_MAX_BYTES": 16_384,
    # Bytes of the largest frame a client may send on the socket.
    "FRAME_MAX_BYTES": 65_536,
    # Versions a client may lag behind a stream before it is told to load a fresh snapshot.
    "MAX_CHANGES": 1_000,
    # Seconds after a killed server's last sign of life that its users still count as online.
    "ONLINE_SECONDS": 60,
    # Members of the largest room that is told who comes online and who leaves; 0 tells nobody.
    "PRESENCE_MAX_USERS": 100,
    # Members of the largest room that is told live how far its members have received and seen; 0 tells nobody.
    "RECEIPTS_MAX_USERS": 100,
    # -- Images and files ----------------------------------------------------------------------------
    # Bytes of the largest image and of the largest file that is taken.
    "MAX_IMAGE_BYTES": 10 * 2**20,
    "MAX_FILE_BYTES": 25 * 2**20,
    # Pixels of the largest image; the frames of a moving one count together.
    "MAX_IMAGE_PIXELS": 20_000_000,
    # Frames a moving image may have.
    "MAX_IMAGE_FRAMES": 200,
    # Images that one process has decoded at a time, each by a process of its own; others wait.
    "MAX_IMAGE_WORKERS": 2,
    # Forms with images and files that one process reads at a time under ASGI; others wait. More of them are no faster,
    # and hold up the messages of everybody else.
    "MAX_FORMS_AT_ONCE": 1,
    # Images and files of one message, together.
    "MAX_ATTACHMENTS_PER_MESSAGE": 10,
    # Bytes that one user's uploads, and those of one room, may take in the storage.
    "MAX_UPLOAD_BYTES_PER_USER": 2**30,
    "MAX_UPLOAD_BYTES_PER_ROOM": 10 * 2**30,
    # Extensions of files that are taken; ``df_chat.media.signatures`` knows how each begins. Images belong into
    # ``images``: one that is listed here is kept as it came, with the place where it was taken.
    "FILE_TYPES": [
        *("pdf", "txt", "md", "csv", "docx", "xlsx", "pptx", "odt", "ods", "odp", "zip"),
        *("mp3", "m4a", "ogg", "flac", "wav", "mp4", "mov", "webm"),
    ],
    # Seconds after which ``chat_sweep_uploads`` deletes what was uploaded and put into no message.
    "UPLOAD_ORPHAN_SECONDS": 86_400,
    # Alias of STORAGES: where images and files are kept.
    "STORAGE": "default",
    # A callable that looks at each upload before others may, or None. It takes the attachment and answers True for a
    # clean one, False for one to delete, or None where ``actions.finish_scan`` will tell later.
    "SCANNER": None,
    # How the bytes of attachments leave, once the viewer was found to have access: StreamSender works everywhere;
    # AccelSender lets nginx send them, SendfileSender Apache or lighttpd, RedirectSender an object storage.
    "MEDIA_SENDER": "df_chat.media.senders.StreamSender",
    # The internal location by which nginx reaches the storage's files, as "/private-media/"; AccelSender needs it.
    "ACCEL_PREFIX": None,
    # -- Infrastructure ------------------------------------------------------------------------------
    # Alias of the database that holds every chat table.
    "DATABASE": "default",
    # Alias of the channel layer that carries live events.
    "CHANNEL_LAYER": "default",
    # Path of the WebSocket, without a leading slash.
    "WEBSOCKET_PATH": "api/v1/chat/ws/",
    # Seconds a write waits for a busy room before it answers 503.
    "LOCK_TIMEOUT_SECONDS": 3,
    # Origins, besides the site's own and CSRF_TRUSTED_ORIGINS, whose pages may open the socket.
    "ALLOWED_ORIGINS": [],
    # The scheme of a token in the socket's address: with "Bearer", ?token=... counts as "Authorization: Bearer ...".
    # Addresses are written into logs, so None ignores it.
    "SOCKET_QUERY_SCHEME": None,
    # Sockets of one user that one process keeps open.
    "MAX_SOCKETS_PER_USER": 20,
    # Actions a second that one socket may ask for, twice as many in a burst; None sets no limit.
    "MAX_ACTIONS_PER_SECOND": 20,
    # -- Behaviour (import strings, subclass the default) ----------------------------------------------
    # Names, avatars, contacts, wording and text cleaning.
    "ADAPTER": "df_chat.adapter.ChatAdapter",
    # Every "may this user?".
    "POLICY": "df_chat.policy.ChatPolicy",
    # Takes each committed event to the channel layer.
    "PUBLISHER": "df_chat.hub.publisher.LayerPublisher",
    # Takes the numbers that tell how the chat is doing; the default keeps them in the process.
    "METRICS": "df_chat.metrics.Metrics",
    # The WebSocket consumer.
    "CONSUMER": "df_chat.asgi.consumers.RoomsConsumer",
    # -- Classes of the REST API (import strings, subclass the default) -----------------------------------
    # What rooms, members, messages, people, images and files look like.
    "ROOM_SERIALIZER": "df_chat.drf.serializers.RoomSerializer",
    "ROOM_USER_SERIALIZER": "df_chat.drf.serializers.RoomUserSerializer",
    "MESSAGE_SERIALIZER": "df_chat.drf.serializers.MessageSerializer",
    "USER_SERIALIZER": "df_chat.drf.serializers.UserSerializer",
    "IMAGE_SERIALIZER": "df_chat.drf.serializers.ImageSerializer",
    "FILE_SERIALIZER": "df_chat.drf.serializers.FileSerializer",
    # Who may use the views of rooms, members, messages, people, sync, tickets, direct chats, and of images and
    # files, at all; the policy decides the rest.
    "ROOM_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "ROOM_USER_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "MESSAGE_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "USER_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "SYNC_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "TICKET_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DIRECT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "ATTACHMENT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    # Permissions of the socket: asked when it opens and before each action.
    "CONSUMER_PERMISSION_CLASSES": ["df_chat.asgi.permissions.IsAuthenticated"],
    # Throttles of every REST view of the chat.
    "THROTTLE_CLASSES": [],
    # How lists of rooms, members, messages, people, and of images and files, are paged.
    "ROOM_PAGINATION_CLASS": "df_chat.drf.pagination.RoomPagination",
    "ROOM_USER_PAGINATION_CLASS": "df_chat.drf.pagination.RoomUserPagination",
    "MESSAGE_PAGINATION_CLASS": "df_chat.drf.pagination.MessagePagination",
    "USER_PAGINATION_CLASS": "df_chat.drf.pagination.UserPagination",
    "ATTACHMENT_PAGINATION_CLASS": "df_chat.drf.pagination.AttachmentPagination",
}

# Settings that name one class, and settings that name a list of classes, by import string.
IMPORT_STRINGS = frozenset(
    key
    for key in DEFAULTS
    if key.endswith(("_SERIALIZER", "_PAGINATION_CLASS"))
    or key in {"ADAPTER", "POLICY", "PUBLISHER", "METRICS", "CONSUMER", "MEDIA_SENDER", "SCANNER"}
)
IMPORT_LISTS = frozenset(key for key in DEFAULTS if key.endswith("_CLASSES"))


class ChatSettings:
    """The host's ``DF_CHAT`` over ``DEFAULTS``: values as attributes, import strings as what they name.

    Raises:
        AttributeError: no such setting.
        ImportError: an import string that leads nowhere.
    """

    @cached_property
    def user_settings(self) -> dict[str, Any]:
        return dict(getattr(django_settings, "DF_CHAT", {}))

    def __getattr__(self, name: str) -> Any:
        if name not in DEFAULTS:
            raise AttributeError(f"df_chat has no setting {name!r}")
        value = self.user_settings.get(name, DEFAULTS[name])
        if name in IMPORT_STRINGS:
            value = _load(value)
        elif name in IMPORT_LISTS:
            value = [_load(item) for item in value]
        # Kept on the instance, so the hot path finds it without coming here; reload() forgets it.
        self.__dict__[name] = value
        return value

    def reload(self) -> None:
        self.__dict__.clear()


def _load(value: Any) -> Any:
    return import_string(value) if isinstance(value, str) else value


chat_settings = ChatSettings()


def _reload(*, setting: str, **kwargs: Any) -> None:
    if setting == "DF_CHAT":
        chat_settings.reload()


setting_changed.connect(_reload)
