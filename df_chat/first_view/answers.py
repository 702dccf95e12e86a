"""The requests that the web client begins with, answered while the page is made."""

from __future__ import annotations

import copy
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import SynchronousOnlyOperation
from django.db import DatabaseError, connections
from django.http import HttpRequest, QueryDict
from django.urls import get_script_prefix, resolve, reverse

# As the client asks for it, or it asks again.
_LIST = "limit=100"

logger = logging.getLogger("df_chat")

Answers = dict[str, Any]


def first_answers(request: HttpRequest, room_id: uuid.UUID | None) -> Answers:
    """What REST says to this user, by address below its root: a room and its snapshot, or the list of rooms.

    The views are those of the URLs, with all that a project has put there: what they refuse is left out. So is
    everything where the page is made by an event loop, and where a view fails, which is logged: the page is not at
    fault, and the client asks again.
    """
    if room_id is None:
        asked = {f"rooms/?{_LIST}": (reverse("df_chat:room-list"), _LIST)}
    else:
        names = {f"rooms/{room_id}/snapshot/": "room-snapshot", f"rooms/{room_id}/": "room-detail"}
        asked = {path: (reverse(f"df_chat:{name}", args=[room_id]), "") for path, name in names.items()}
    # Templates that REST framework renders know its own request.
    request = getattr(request, "_request", request)
    try:
        return _all_or_nothing({path: _ask(request, *address) for path, address in asked.items()})
    except SynchronousOnlyOperation:
        return {}
    except DatabaseError:
        # A transaction of the page's is broken as well.
        raise
    except Exception:
        logger.exception("The chat's REST API failed while a page was made.")
        return {}


def _all_or_nothing(responses: dict[str, Any]) -> Answers:
    """A room that may not be seen has no snapshot either."""
    if any(response.status_code != 200 for response in responses.values()):
        return {}
    return {path: response.data for path, response in responses.items()}


def _ask(request: HttpRequest, address: str, query: str) -> Any:
    """Answer a GET of the browser that looks at the page, without the way from there."""
    asked = copy.copy(request)
    asked.__dict__.pop("headers", None)
    asked.method, asked.content_type, asked.GET = "GET", "", QueryDict(query)
    asked.path = unquote(address)
    asked.path_info = "/" + asked.path.removeprefix(get_script_prefix())
    about = {"REQUEST_METHOD": "GET", "PATH_INFO": asked.path_info, "QUERY_STRING": query}
    body = {"CONTENT_TYPE": "", "CONTENT_LENGTH": "", "HTTP_ACCEPT": "application/json"}
    asked.META = {**request.META, **about, **body}
    asked.resolver_match = match = resolve(asked.path_info)
    with _own_rollback():
        return match.func(asked, *match.args, **match.kwargs)


@contextmanager
def _own_rollback() -> Iterator[None]:
    """Where REST refuses, it rolls back the transaction of its request: here that would be the page's."""
    open_ones = [connection for connection in connections.all(initialized_only=True) if connection.in_atomic_block]
    before = [connection.get_rollback() for connection in open_ones]
    yield
    for connection, is_doomed in zip(open_ones, before, strict=True):
        connection.set_rollback(is_doomed)
