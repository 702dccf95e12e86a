"""``{% df_chat %}`` and ``{% df_chat_room room %}``: the chat, or one room of it, in any template of a project."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django import template
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.html import json_script
from rest_framework.utils.encoders import JSONEncoder

from df_chat.exceptions import NotFound
from df_chat.first_view import Answers, first_answers, read_first_view
from df_chat.ids import to_uuid
from df_chat.models import Room
from df_chat.policy import get_policy
from df_chat.settings import chat_settings
from df_chat.words import word, words_of_page

register = template.Library()
register.filter("word", word)

# No room has it: what is no id at all is, to those who look, a room that they may not see.
_NOWHERE = uuid.UUID(int=0)


@register.inclusion_tag("df_chat/element.html", takes_context=True)
def df_chat(context: template.Context, room: Room | uuid.UUID | str | None = None) -> dict[str, Any]:
    """The whole chat of the user who looks; with ``room``, a ``Room`` or its id, that one is open.

    Strangers get ``df_chat/anonymous.html``, a way to log in. Raises ImproperlyConfigured where templates do not know
    the request, and where the chat's REST API has no address.
    """
    return _element(context, "df-chat", None if room is None else _room_id(room))


@register.inclusion_tag("df_chat/element.html", takes_context=True)
def df_chat_room(context: template.Context, room: Room | uuid.UUID | str) -> dict[str, Any]:
    """One room, given as a ``Room`` or by its id. Whether the user may see it, the REST API decides as always."""
    return _element(context, "df-chat-room", _room_id(room))


def _room_id(room: Room | uuid.UUID | str) -> uuid.UUID:
    if isinstance(room, Room):
        return room.pk
    try:
        return to_uuid(room)
    except NotFound:
        return _NOWHERE


def _element(context: template.Context, name: str, room_id: uuid.UUID | None) -> dict[str, Any]:
    request = context.get("request")
    if request is None:
        raise ImproperlyConfigured(
            "The chat's template tags need the request: add django.template.context_processors.request to the "
            "context processors in TEMPLATES, and render with the request."
        )
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"request": request, "element": None, "login": _login_address(request)}
    api = _api_address()
    answers = first_answers(request, room_id)
    return {
        "request": request,
        "element": name,
        "api": api,
        "socket": f"/{chat_settings.WEBSOCKET_PATH}",
        "user": str(user.pk),
        "csrf": get_token(request),
        "page": _page_address(),
        "room": room_id or "",
        "may_create_rooms": get_policy().can_create_room(user),
        "is_one_room": name == "df-chat-room",
        "first_answers": json_script(answers, encoder=JSONEncoder) if answers else "",
        "first_view": _first_view(answers, room_id, str(user.pk)),
        "words": json.dumps(words_of_page(), ensure_ascii=False, separators=(",", ":")),
    }


def _first_view(answers: Answers, room_id: uuid.UUID | None, viewer: str) -> dict[str, Any] | None:
    if room_id is None or not answers:
        return None
    return read_first_view(answers[f"rooms/{room_id}/"], answers[f"rooms/{room_id}/snapshot/"], viewer)


def _api_address() -> str:
    try:
        return reverse("df_chat:room-list").removesuffix("rooms/")
    except NoReverseMatch:
        raise ImproperlyConfigured('The chat needs its REST API: include("df_chat.urls") in your URLs.') from None


def _page_address() -> str:
    """Where the chat's own pages are; empty in a project that has none."""
    try:
        return reverse("df_chat_pages:index")
    except NoReverseMatch:
        return ""


def _login_address(request: HttpRequest) -> str:
    """Empty in a project without a login page."""
    try:
        return resolve_url(settings.LOGIN_URL)
    except NoReverseMatch:
        return ""
