"""The ASGI application of the Django contender that ``BENCH_SERVES`` names."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import path

_CONSUMERS = {
    "tutorial": "benchmarks.servers.tutorial.ChatConsumer",
    "observer": "benchmarks.servers.observer.ObserverConsumer",
}


def _websocket_application() -> Any:
    serves = os.environ["BENCH_SERVES"]
    if serves == "chat":
        return import_module("df_chat.asgi").websocket_application
    module, _, name = _CONSUMERS[serves].rpartition(".")
    consumer = getattr(import_module(module), name)
    routes = URLRouter([path("ws/chat/<str:room_name>/", consumer.as_asgi())])
    return AllowedHostsOriginValidator(AuthMiddlewareStack(routes))


_http = get_asgi_application()
application = ProtocolTypeRouter({"http": _http, "websocket": _websocket_application()})
