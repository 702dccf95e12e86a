"""Streams and their rows: whether the counters and what they count agree."""

from __future__ import annotations

from collections.abc import Iterator

from df_chat.doctor.findings import Finding, failed, passed
from df_chat.exceptions import NotFound
from df_chat.models import Message, Room, RoomUser, Stream
from df_chat.people import user_key
from df_chat.settings import chat_settings

# Streams of each kind that are looked at, and rows of each.
STREAMS = 50
ROWS = 500
# A stream that is written to meanwhile is read again.
TRIES = 5


def probe_streams() -> Iterator[Finding]:
    """Look at the newest rows of the streams that moved last.

    A stream stands at the version of its newest row, and no two rows have one version.
    """
    rows = Stream.objects.using(chat_settings.DATABASE)
    rooms = rows.filter(kind=Stream.Kind.ROOM, version__gt=0).order_by("-active_at")[:STREAMS]
    users = rows.filter(kind=Stream.Kind.USER, version__gt=0).order_by("-version")[:STREAMS]
    count = 0
    for stream in (*rooms, *users):
        count += 1
        trouble = _trouble(stream)
        if trouble:
            yield failed(f"{stream.name} {trouble}", "Something wrote to the chat's tables past the models.")
    yield passed(f"{count} streams were compared with their rows")


def _trouble(stream: Stream) -> str:
    """What is wrong with a stream, or nothing."""
    trouble = ""
    for _ in range(TRIES):
        stream.refresh_from_db(using=chat_settings.DATABASE)
        versions = _versions(stream)
        newest = max(versions, default=0)
        if versions and len(set(versions)) < len(versions):
            trouble = "gave one version to two rows"
        elif versions and newest != stream.version:
            trouble = f"stands at {stream.version}, its newest row at {newest}"
        else:
            return ""
        if Stream.objects.using(chat_settings.DATABASE).filter(pk=stream.pk, version=stream.version).exists():
            return trouble
    return ""


def _versions(stream: Stream) -> list[int]:
    """Versions of the newest rows; none if the owner is gone."""
    using = chat_settings.DATABASE
    if stream.kind == Stream.Kind.USER:
        try:
            rows = RoomUser._base_manager.using(using).filter(user=user_key(stream.owner_id), user_version__gt=0)
        except NotFound:
            return []
        return list(rows.order_by("-user_version").values_list("user_version", flat=True)[:ROWS])
    found = list(Room._base_manager.using(using).filter(pk=stream.pk).values_list("version", flat=True))
    for model in (RoomUser, Message):
        mine = model._base_manager.using(using).filter(room=stream.pk, version__gt=0)
        found += mine.order_by("-version").values_list("version", flat=True)[:ROWS]
    return found
