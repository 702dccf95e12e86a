"""The pages: the chat, and the chat with one room open."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from df_chat.access import load_access
from df_chat.adapter import get_adapter
from df_chat.exceptions import NotFound
from df_chat.models import Room


# What people say is in them: nobody's browser keeps that for whoever comes next.
@method_decorator(never_cache, name="dispatch")
class IndexView(LoginRequiredMixin, TemplateView):
    """The rooms I am in, the public ones, and people to write to."""

    template_name = "df_chat/index.html"


@method_decorator(never_cache, name="dispatch")
class RoomView(LoginRequiredMixin, TemplateView):
    """The same with one room open: its address, to be shared. 404 where the user may not see it."""

    template_name = "df_chat/room.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        try:
            room = load_access(self.request.user, self.kwargs["room_id"]).room
        except NotFound:
            raise Http404 from None
        return super().get_context_data(room=room, title=self._title(room), **kwargs)

    def _title(self, room: Room) -> str:
        """A direct chat is called by the other person's name."""
        if not room.is_direct:
            return str(room)
        other = room.memberships.select_related("user").exclude(user=self.request.user.pk).first()
        return get_adapter().display_name(other.user) if other is not None and other.user is not None else str(room)
