"""A part of a stored file as the body of an answer, read in chunks: no more than one is in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from threading import Lock

from django.core.files import File
from django.core.files.storage import Storage

CHUNK_BYTES = 65_536


class Part:
    """``count`` bytes of a file from ``first`` on. The file is opened by the first read, and closed by the last.

    Django calls ``close`` when the answer is over, also where the client went away before its end. A read may then
    still be going on in another thread, so each waits for the other.
    """

    def __init__(self, storage: Storage, name: str, first: int, count: int) -> None:
        self._storage = storage
        self._name = name
        self._first = first
        self._left = count
        self._file: File[bytes] | None = None
        self._lock = Lock()

    def read(self) -> bytes:
        """The next chunk; nothing at the end."""
        with self._lock:
            if not self._left:
                self._end()
                return b""
            if self._file is None:
                self._file = self._storage.open(self._name)
                self._file.seek(self._first)
            chunk: bytes = self._file.read(min(CHUNK_BYTES, self._left))
            # A file that is shorter than it was ends early.
            self._left = self._left - len(chunk) if chunk else 0
            return chunk

    def close(self) -> None:
        with self._lock:
            self._left = 0
            self._end()

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class SyncPart(Part):
    """For WSGI."""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if chunk := self.read():
            return chunk
        raise StopIteration


class AsyncPart(Part):
    """For ASGI: the event loop goes on while a thread reads, and no thread waits while a slow client reads."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if chunk := await asyncio.to_thread(self.read):
            return chunk
        raise StopAsyncIteration
