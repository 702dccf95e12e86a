"""People, rooms and messages for the tests of a host, made in one line each.

What they make is stored as anything else is: versioned, and announced after the commit. They act as the system, so
neither the host's policy nor its adapter refuses them, but for ``send``, which is a real send by a real member.
"""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone

from df_chat import actions
from df_chat.models import Message, Room, RoomUser
from df_chat.streams import stream_tx

_numbers = count(1)


def make_user(name: str | None = None, *, password: str | None = None, **fields: Any) -> Any:
    """A user of the host's own model, whatever its fields.

    Args:
        name: goes into the field people sign in by, and into each text that the model requires, which is not named in
            ``fields``; an e-mail address becomes ``<name>@example.com``.
        password: without one, the user cannot sign in by password.
        fields: values of the model's fields.

    Raises:
        TypeError: the model requires a value that cannot be guessed; name it in ``fields``.
    """
    number = next(_numbers)
    name = name or f"user{number}"
    model: Any = get_user_model()
    guesses = {
        field.name: _guess(field, name, number)
        for field in model._meta.concrete_fields
        if field.name not in fields and field.attname not in fields and _is_wanted(field, model.USERNAME_FIELD)
    }
    user = model(**guesses, **fields)
    user.set_password(password)
    user.save()
    return user


def make_room(*users: Any, title: str = "Room", **fields: Any) -> Room:
    """A group room. The first of ``users`` owns it, the others are its members; without any, an owner is made.

    Args:
        fields: values of ``Room``, such as ``is_public=True``.
    """
    owner, *others = users or (make_user(),)
    room = Room(creator=owner, title=title, **fields)
    with stream_tx(rooms=[room.pk], users=[user.pk for user in users or (owner,)], create=True):
        room.save()
        for user in others:
            RoomUser(room=room, user=user).save()
    return room


def make_member(room: Room, user: Any = None, *, role: str = RoomUser.Role.MEMBER) -> RoomUser:
    """Make a user, a new one by default, a member of the room; one who left comes back, a member stays one."""
    user = user or make_user()
    member = RoomUser.objects.filter(room=room, user=user.pk).first() or RoomUser(room=room, user=user)
    if member._state.adding or not member.is_active or member.role != role:
        member.is_active, member.role = True, role
        member.save()
    return member


def send(room: Room, sender: Any = None, body: str = "Hello", **fields: Any) -> Message:
    """Send a message; without a sender, as the system.

    Args:
        fields: what else ``df_chat.actions.send_message`` takes, such as ``parent_id``.

    Raises:
        ChatError: what ``send_message`` refuses is refused here too.
    """
    return actions.send_message(actor=sender, room_id=room.pk, body=body, **fields).message


def _is_wanted(field: Any, username_field: str) -> bool:
    """Whether a user cannot be stored, or told apart, without a value for this field."""
    if field.name == username_field or isinstance(field, models.EmailField):
        return True
    if field.name == "password" or getattr(field, "generated", False) or isinstance(field, models.AutoField):
        return False
    is_set_by_itself = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    is_optional = field.null or field.has_default() or (field.blank and not field.unique)
    return not is_set_by_itself and not is_optional


def _guess(field: Any, name: str, number: int) -> Any:
    if field.choices:
        return field.flatchoices[0][0]
    guess = _guess_text(field, name)
    if guess is not None:
        return guess
    by_type: tuple[tuple[type[models.Field[Any, Any]], Any], ...] = (
        (models.BooleanField, False),
        (models.IntegerField, number),
        (models.FloatField, float(number)),
        (models.DecimalField, Decimal(number)),
        (models.DateTimeField, timezone.now()),
        (models.DateField, datetime.date(2000, 1, 1)),
        (models.UUIDField, uuid.uuid4()),
        (models.JSONField, {}),
    )
    for kind, value in by_type:
        if isinstance(field, kind):
            return value
    raise TypeError(f"make_user() cannot guess a value for {field.name!r}: pass {field.name}=...")


def _guess_text(field: Any, name: str) -> str | None:
    if isinstance(field, models.EmailField):
        return f"{name}@example.com"
    if isinstance(field, models.URLField):
        return f"https://example.com/{name}"
    if isinstance(field, models.CharField | models.TextField):
        return name[: field.max_length]
    return None
