"""Where the recipes' sockets are; ``asgi.py`` puts them beside the chat's own."""

from __future__ import annotations

from django.urls import path

from recipes.direct import DirectConsumer
from recipes.messages import MessagesConsumer
from recipes.rooms import RoomConsumer

websocket_urlpatterns = [
    path("ws/direct/<str:user_id>/", DirectConsumer.as_asgi()),
    path("ws/rooms/<str:room_id>/", RoomConsumer.as_asgi()),
    path("ws/messages/", MessagesConsumer.as_asgi()),
]
