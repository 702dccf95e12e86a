"""The pages: a list of rooms, and a room."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404
from django.urls import reverse
from django.views.generic import TemplateView

from df_chat.access import load_access
from df_chat.adapter import get_adapter
from df_chat.exceptions import NotFound
from df_chat.models import Room
from df_chat.settings import chat_settings


class ChatPage(LoginRequiredMixin, TemplateView):
    """A page of the chat; its scripts find what they need in ``data-`` attributes."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            api_url=reverse("df_chat:room-list").removesuffix("rooms/"),
            websocket_path=f"/{chat_settings.WEBSOCKET_PATH}",
            user_id=str(self.request.user.pk),
        )


class IndexView(ChatPage):
    """The rooms I am in, the public ones, and people to write to."""

    template_name = "df_chat/index.html"


class RoomView(ChatPage):
    """One room."""

    template_name = "df_chat/room.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        try:
            access = load_access(self.request.user, self.kwargs["room_id"])
        except NotFound:
            raise Http404 from None
        title = self._title(access.room)
        return super().get_context_data(room=access.room, title=title, is_member=access.is_member, **kwargs)

    def _title(self, room: Room) -> str:
        """A direct chat is called by the other person's name."""
        if not room.is_direct:
            return str(room)
        other = room.memberships.select_related("user").exclude(user=self.request.user.pk).first()
        return get_adapter().display_name(other.user) if other is not None and other.user is not None else str(room)
