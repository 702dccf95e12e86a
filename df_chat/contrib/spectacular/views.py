"""The chat's views as drf-spectacular is shown them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.drainage import isolate_view_method
from drf_spectacular.extensions import OpenApiViewExtension

from df_chat.contrib.spectacular import content, operations
from df_chat.contrib.spectacular.dialect import modernize
from df_chat.schema import Schema
from df_chat.settings import DEFAULTS, chat_settings


class _ChatView(OpenApiViewExtension):
    """A view whose operations are described, and whose pages are those that DF_CHAT names."""

    describe: Callable[[], operations.Operations]

    def view_replacement(self) -> Any:
        setting = f"{self.target.kind}_PAGINATION_CLASS"
        pagination = _describe_pages(getattr(chat_settings, setting)) if setting in DEFAULTS else None
        view = type(self.target.__name__, (self.target,), {"pagination_class": pagination})
        for name, decorate in type(self).describe().items():
            # extend_schema_view finds only methods of the usual names, or with a route of their own.
            decorate(isolate_view_method(view, name))
        return view


def _describe_pages(pagination: type[Any]) -> type[Any]:
    class Pagination(pagination):  # type: ignore[misc]  # whatever the project named
        def get_paginated_response_schema(self, schema: Schema) -> Schema:
            page: Schema = modernize(super().get_paginated_response_schema(schema))
            return page

    return Pagination


class Rooms(_ChatView):
    target_class = "df_chat.drf.rooms.RoomViewSet"
    describe = staticmethod(operations.rooms)


class Members(_ChatView):
    target_class = "df_chat.drf.rooms.RoomUserViewSet"
    describe = staticmethod(operations.members)


class Messages(_ChatView):
    target_class = "df_chat.drf.messages.MessageViewSet"
    describe = staticmethod(operations.messages)


class FlatMessages(_ChatView):
    target_class = "df_chat.drf.messages.FlatMessageViewSet"
    describe = staticmethod(operations.flat_messages)


class Direct(_ChatView):
    target_class = "df_chat.drf.messages.DirectViewSet"
    describe = staticmethod(operations.direct)


class DirectMessages(_ChatView):
    target_class = "df_chat.drf.messages.DirectMessageViewSet"
    describe = staticmethod(operations.direct_messages)


class Images(_ChatView):
    target_class = "df_chat.drf.attachments.ImageViewSet"
    describe = staticmethod(operations.images)


class Files(_ChatView):
    target_class = "df_chat.drf.attachments.FileViewSet"
    describe = staticmethod(operations.files)


class People(_ChatView):
    target_class = "df_chat.drf.people.UserViewSet"
    describe = staticmethod(operations.people)


class ImageContent(_ChatView):
    target_class = "df_chat.drf.media.ImageContentViewSet"
    describe = staticmethod(content.image_content)


class FileContent(_ChatView):
    target_class = "df_chat.drf.media.FileContentViewSet"
    describe = staticmethod(content.file_content)


class RoomImage(_ChatView):
    target_class = "df_chat.drf.room_image.RoomImageViewSet"
    describe = staticmethod(content.room_image)


class Tickets(_ChatView):
    target_class = "df_chat.drf.tickets.TicketViewSet"
    describe = staticmethod(operations.tickets)


class Sync(_ChatView):
    target_class = "df_chat.drf.people.SyncViewSet"
    describe = staticmethod(operations.sync)
