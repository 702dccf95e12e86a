"""What rows share that name files in the storage."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from django.core.files.base import File
from django.db import models
from django.urls import NoReverseMatch, reverse

from df_chat.storage import delete_bytes, delete_on_commit


class StoredFiles(models.Model):
    """Stores bytes before the row that names them is written, and deletes them after the last that did."""

    # The fields that hold names in the storage.
    stored_fields: ClassVar[tuple[str, ...]] = ()

    # Stored just now, and named by no row yet.
    _fresh: tuple[str, ...] = ()

    class Meta:
        abstract = True

    @property
    def stored_names(self) -> list[str]:
        return [getattr(self, field).name or "" for field in self.stored_fields]

    def discard(self) -> None:
        """Delete what was stored for a row that was not written."""
        delete_bytes(self._fresh)
        self._fresh = ()

    def forget(self) -> None:
        """Note that a row names what was stored: this one, or another."""
        self._fresh = ()

    def delete_replaced(self, *, using: str) -> None:
        """Let go, with the commit, what the row names and will name no more once this is written."""
        there: Any = type(self)._base_manager.using(using).get(pk=self.pk)
        delete_on_commit(set(there.stored_names) - set(self.stored_names), using=using)

    def _store(self, field: str, content: Path | File[bytes]) -> None:
        file = getattr(self, field)
        if isinstance(content, Path):
            with content.open("rb") as opened:
                file.save("", File(opened), save=False)
        else:
            content.seek(0)
            file.save("", content, save=False)
        self._fresh = (*self._fresh, file.name)


def address_of(route: str, pk: object) -> str | None:
    """Where the REST API has it; None in a project without the API."""
    try:
        return reverse(f"df_chat:{route}", args=[pk])
    except NoReverseMatch:
        return None
