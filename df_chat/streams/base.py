"""Models whose every write goes through their stream."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ClassVar, NoReturn, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.base import ModelBase
from django.utils.translation import gettext_lazy as _
from model_utils.models import TimeStampedModel

from df_chat.exceptions import UnversionedWrite
from df_chat.ids import uuid7
from df_chat.settings import chat_settings
from df_chat.streams.transaction import StreamNames, StreamTx, retrying, stream_tx

M = TypeVar("M", bound=models.Model)


class VersionedQuerySet(models.QuerySet[M]):
    """Reads as any other; bulk writes either go row by row through the stream, or refuse."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete each row as ``row.delete()`` does: with a version, and heard by clients."""
        count = 0
        for row in self:
            row.delete()
            count += 1
        return count, {self.model._meta.label: count}

    def update(self, **kwargs: Any) -> NoReturn:
        raise UnversionedWrite(self._refusal("update"))

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise UnversionedWrite(self._refusal("bulk_create"))

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise UnversionedWrite(self._refusal("bulk_update"))

    def select_for_update(self, *args: Any, **kwargs: Any) -> Self:
        """Lock nothing: a stream's row is the only one that is locked, and a second lock would close a circle with it.

        ``update_or_create()`` asks for it; its ``save()`` takes the stream's lock.
        """
        return self.all()

    def _refusal(self, method: str) -> str:
        return (
            f"{self.model.__name__}.objects.{method}() would change rows that no client hears of. "
            "Save the objects one by one, or use df_chat.actions."
        )


class VersionedManager(models.Manager[M]):
    """Reads from the one database that holds the chat, whatever the host's routers say: a replica may lag."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Django subclasses this for the far side of a foreign key, and its add() moves rows by an UPDATE of its own.
        add = vars(cls).get("add")
        if add is not None and "bulk" in inspect.signature(add).parameters:
            cls.add = _row_by_row(add)  # type: ignore[attr-defined]

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().using(chat_settings.DATABASE)


def _row_by_row(add: Callable[..., None]) -> Callable[..., None]:
    @wraps(add)
    def checked(self: models.Manager[Any], *objs: models.Model, bulk: bool = True) -> None:
        if bulk and objs:
            raise UnversionedWrite(
                f"add() would move rows of {self.model.__name__} unheard by clients. Create them where they belong."
            )
        add(self, *objs, bulk=bulk)

    return checked


class AnchoredModel(models.Model):
    """A row that stays where it was created: clients hear of it in the streams that it belongs to by then."""

    # Attribute names of foreign keys that never change.
    anchors: ClassVar[tuple[str, ...]] = ()
    # Those of them that may be empty at first, and are set once.
    late_anchors: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse in forms, too, what ``save()`` refuses. Costs a query."""
        super().clean()
        if not self._state.adding and self.anchors:
            there = type(self)._base_manager.using(chat_settings.DATABASE).filter(pk=self.pk).first()
            if there is not None and self._is_moved_from(there):
                raise ValidationError(_("This cannot be moved. Delete it, and create another."), code="moved")

    def _do_update(self, base_qs: models.QuerySet[Any], using: Any, pk_val: Any, *args: Any, **kwargs: Any) -> Any:
        # Django's step that runs the UPDATE. A row that was moved in memory is not found, and only then asked for.
        there = models.Q()
        for name in self.anchors:
            if name in self.__dict__:
                here = models.Q(**{name: self.__dict__[name]})
                there &= here | models.Q(**{name: None}) if name in self.late_anchors else here
        done = super()._do_update(base_qs.filter(there), using, pk_val, *args, **kwargs)
        if not done and base_qs.filter(pk=pk_val).exists():
            raise self._moved()
        return done

    def check_unmoved(self, current: Self) -> None:
        """Refuse to go on with an instance that is elsewhere than its row. Raises UnversionedWrite."""
        if self._is_moved_from(current):
            raise self._moved()

    def _is_moved_from(self, current: Self) -> bool:
        # As text, for keys may have been given so.
        return any(
            str(getattr(self, name)) != str(there)
            for name in self.anchors
            if (there := getattr(current, name)) is not None or name not in self.late_anchors
        )

    def _moved(self) -> UnversionedWrite:
        return UnversionedWrite(f"A {self._meta.object_name} keeps its {' and '.join(self.anchors)}. Create another.")


class VersionedModel(AnchoredModel, TimeStampedModel):
    """A row that a stream carries: ``save()`` and ``delete()`` lock, stamp and announce."""

    # Kept by the streams: an ordinary save() leaves these columns as they stand in the database, so that a stale
    # instance cannot undo a concurrent change of them.
    derived_fields: ClassVar[frozenset[str]] = frozenset()
    # What state() follows, for reading it in one query.
    state_relations: ClassVar[tuple[str, ...]] = ()
    # Whether a new row of this model begins a stream of its own.
    begins_stream: ClassVar[bool] = False

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    def streams(self) -> StreamNames:
        """The streams that carry this row, as arguments of ``stream_tx``."""
        raise NotImplementedError

    def stamp(self, tx: StreamTx) -> None:
        """Take the next version of each stream that carries this row."""
        raise NotImplementedError

    @retrying
    def save(
        self,
        *,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Write the row through its streams. Raises what the database raises; nothing is announced then.

        A row that was deleted meanwhile stays deleted: nothing is written.
        """
        is_new = self._state.adding
        try:
            self._save(None if update_fields is None else set(update_fields))
        except BaseException:
            # What was rolled back is no row: a second try has to insert it again.
            self._state.adding = is_new
            raise

    def _save(self, update_fields: set[str] | None) -> None:
        if update_fields is not None and not update_fields:
            return  # as Django does: nothing is to be written
        with stream_tx(**self.streams(), create=self.begins_stream and self._state.adding) as tx:
            fields = self._ordinary_fields() if update_fields is None else update_fields
            if not self._state.adding:
                fields = fields - self.derived_fields | self.prepare(tx)
                if self.is_tombstone:
                    return
            self.write(tx, update_fields=fields)

    def write(self, tx: StreamTx, *, update_fields: Iterable[str]) -> None:
        """Stamp and store a row that was read, or made, under the lock of ``tx``."""
        self.stamp(tx)
        if self._state.adding:
            super().save(force_insert=True, using=tx.using)
        else:
            super().save(using=tx.using, update_fields={*update_fields, *self.stamped_fields})

    def prepare(self, tx: StreamTx) -> set[str]:
        """Ready a stale instance for ``save()``: read again, under the lock, what the streams keep.

        Returns:
            Derived fields that the change sets after all.
        """
        if self.derived_fields:
            self.refresh_from_db(using=tx.using, fields=sorted(self.derived_fields))
        return set()

    @property
    def is_tombstone(self) -> bool:
        """Whether the row was deleted, and is kept for clients to hear of."""
        return getattr(self, "deleted_at", None) is not None

    def _ordinary_fields(self) -> set[str]:
        return {field.name for field in self._meta.local_concrete_fields if not field.primary_key}

    @property
    def stamped_fields(self) -> set[str]:
        """The fields that ``stamp`` sets on every write."""
        return {"version"}

    @classmethod
    def locked(cls, pk: object) -> Self | None:
        """The row as it stands now; call it under the lock of its stream."""
        rows = cls._base_manager.using(chat_settings.DATABASE).filter(pk=pk)
        return (rows.select_related(*cls.state_relations) if cls.state_relations else rows).first()
