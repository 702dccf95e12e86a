"""The requests that the web client begins with, answered while the page is made."""

from __future__ import annotations

import copy
import uuid
from typing import Any

from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest, QueryDict
from django.urls import get_script_prefix, resolve, reverse

# As the client asks for it, or it asks again.
_LIST = "limit=100"

Answers = dict[str, Any]


def first_answers(request: HttpRequest, room_id: uuid.UUID | None) -> Answers:
    """What REST says to this user, by address below its root: a room and its snapshot, or the list of rooms.

    The views are those of the URLs, with all that a project has put there: what they refuse is left out. So is
    everything where the page is made by an event loop.
    """
    if room_id is None:
        asked = {f"rooms/?{_LIST}": (reverse("df_chat:room-list"), _LIST)}
    else:
        names = {f"rooms/{room_id}/snapshot/": "room-snapshot", f"rooms/{room_id}/": "room-detail"}
        asked = {path: (reverse(f"df_chat:{name}", args=[room_id]), "") for path, name in names.items()}
    answers = {}
    for path, (address, query) in asked.items():
        try:
            response = _ask(request, address, query)
        except SynchronousOnlyOperation:
            return {}
        # A room that may not be seen has no snapshot either.
        if response.status_code != 200:
            return {}
        answers[path] = response.data
    return answers


def _ask(request: HttpRequest, address: str, query: str) -> Any:
    """Answer a GET of the browser that looks at the page, without the way from there."""
    asked = copy.copy(request)
    asked.__dict__.pop("headers", None)
    asked.method, asked.content_type, asked.GET = "GET", "", QueryDict(query)
    asked.path = address
    asked.path_info = "/" + address.removeprefix(get_script_prefix())
    about = {"REQUEST_METHOD": "GET", "PATH_INFO": asked.path_info, "QUERY_STRING": query}
    body = {"CONTENT_TYPE": "", "CONTENT_LENGTH": "", "HTTP_ACCEPT": "application/json"}
    asked.META = {**request.META, **about, **body}
    view, args, kwargs = resolve(asked.path_info)
    return view(asked, *args, **kwargs)
