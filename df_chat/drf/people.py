"""People, and the sync of everything at once."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from df_chat.adapter import get_adapter
from df_chat.drf.base import ChatViewSet
from df_chat.drf.search import search_text
from df_chat.drf.serializers import SyncSerializer
from df_chat.people import contacts_of
from df_chat.sync import read_memberships, read_sync


class UserViewSet(ChatViewSet):
    """``users/``: the people the viewer may chat with; ``?search=`` by the beginning of a name."""

    kind = "USER"

    def get_queryset(self) -> QuerySet[Any]:
        people = contacts_of(self.request.user).select_related("chat")
        text = search_text(self.request)
        return people if text is None else get_adapter().search_contacts(people, text)

    def list(self, request: Request) -> Response:
        page = self.paginator.paginate_queryset(self.get_queryset(), request, view=self)
        response: Response = self.paginator.get_paginated_response(self.get_serializer(page, many=True).data)
        return response


class SyncViewSet(ChatViewSet):
    """``sync/`` and ``memberships/``: all of the viewer's streams."""

    kind = "SYNC"

    def get_serializer_class(self) -> type[SyncSerializer]:
        return SyncSerializer

    def sync(self, request: Request) -> Response:
        streams = self.cleaned(self.get_serializer_class())["streams"]
        return Response({"user_id": str(request.user.pk), "streams": read_sync(request.user, streams)})

    def memberships(self, request: Request) -> Response:
        return Response(read_memberships(request.user))
