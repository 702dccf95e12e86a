from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
# First: it sets Django up, and what follows imports models.
http_application = get_asgi_application()

from recipes.routing import websocket_urlpatterns  # noqa: E402

from df_chat.asgi.urls import build_application  # noqa: E402

websocket_application = build_application(*websocket_urlpatterns)
application = ProtocolTypeRouter({"http": http_application, "websocket": websocket_application})
