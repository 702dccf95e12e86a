"""A site that sends one folder's files by StreamSender, for servers that a test starts."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application
from django.core.files.storage import FileSystemStorage
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from df_chat.media.senders import Sending, StreamSender


def send(request: HttpRequest, name: str) -> HttpResponseBase:
    sending = Sending(FileSystemStorage(os.environ["FILES"]), name, "application/zip", "big.zip", False, "1")
    return StreamSender().send(request, sending)


urlpatterns = [path("<name>", send)]
application = get_asgi_application()
