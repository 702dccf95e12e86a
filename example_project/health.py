"""``/healthz``: whether this server can do its work, for balancers, containers and monitors."""

from __future__ import annotations

from collections.abc import Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

PATH = "/healthz"


@sync_and_async_middleware
def answer_health(get_response: Callable) -> Callable:
    """Answer ``/healthz`` with 200, or 503 where the database does not answer; neither says more.

    As the first middleware, before the host's name and https are asked for: who knocks from beside the server has
    neither. The channel layer is not asked: the chat works without it, and a server that is taken away does not.
    """
    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponse:
            if request.path == PATH:
                return await sync_to_async(_health)()
            return await get_response(request)

        markcoroutinefunction(middleware)
        return middleware
    return lambda request: _health() if request.path == PATH else get_response(request)


def _health() -> HttpResponse:
    well = _database_answers()
    headers = {"Cache-Control": "no-store"}
    return HttpResponse("ok" if well else "unavailable", "text/plain", 200 if well else 503, headers=headers)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True
