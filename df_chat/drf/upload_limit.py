"""Uploads are counted while they are read out of their form, and few forms are read at a time."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler
from django.core.handlers.asgi import ASGIRequest

from df_chat.exceptions import Invalid
from df_chat.media.places import Places
from df_chat.settings import chat_settings

# Threads that take forms apart hold the interpreter by turns of 5 ms, and each message of others needs it many times.
READING = Places("MAX_FORMS_AT_ONCE", "uploads_busy")


class UploadLimit(FileUploadHandler):
    """Ends a request as soon as one of its files is larger than any may be, whatever length was declared.

    ``let_go`` has to follow, however the request ends.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._place = ExitStack()

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        # Under WSGI the form comes from the network while it is read: a slow client would keep all others waiting.
        if isinstance(self.request, ASGIRequest):
            self._place.enter_context(READING.one())

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.arrived = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.arrived += len(raw_data)
        limit = max(chat_settings.MAX_IMAGE_BYTES, chat_settings.MAX_FILE_BYTES)
        if self.arrived > limit:
            # Django ends them only where a client went away.
            for handler in self.request.upload_handlers if self.request is not None else ():
                handler.upload_interrupted()
            raise Invalid("file_too_large", attr=self.field_name, max_megabytes=f"{limit / 2**20:.4g}")
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the host's handlers."""

    def upload_complete(self) -> None:
        self.let_go()

    def let_go(self) -> None:
        """Let the next form be read."""
        self._place.close()
