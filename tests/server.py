from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from df_chat.asgi import websocket_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

if seconds := os.environ.get("TEST_STALLED_SECONDS"):
    from df_chat.hub import writer

    writer.STALLED_SECONDS = float(seconds)

application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": websocket_application})
