"""Few places for work that many do at once: whoever finds none waits for a while, and is then asked to come again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.signals import setting_changed

from df_chat.exceptions import Busy
from df_chat.settings import chat_settings

# Seconds that a place is waited for.
WAIT_SECONDS = 15


class Places:
    """As many places in this process as the setting says.

    Args:
        setting: the key of DF_CHAT with their number.
        code: of the error for those who waited in vain.
    """

    def __init__(self, setting: str, code: str) -> None:
        self._setting = setting
        self._code = code
        self._lock = threading.Lock()
        self._free: threading.BoundedSemaphore | None = None
        setting_changed.connect(self._forget)

    @contextmanager
    def one(self) -> Iterator[None]:
        """A place until the block ends. Raises Busy."""
        free = self._semaphore()
        if not free.acquire(timeout=WAIT_SECONDS):
            raise Busy(self._code)
        try:
            yield
        finally:
            free.release()

    def _semaphore(self) -> threading.BoundedSemaphore:
        with self._lock:
            if self._free is None:
                self._free = threading.BoundedSemaphore(getattr(chat_settings, self._setting))
            return self._free

    def _forget(self, *, setting: str, **kwargs: Any) -> None:
        if setting == "DF_CHAT":
            self._free = None
