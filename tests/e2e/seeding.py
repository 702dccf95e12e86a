"""What a test needs in bulk, written by the chat's own actions inside the example: ``manage.py shell -c``."""

from __future__ import annotations

import json
from typing import Any

PICTURE_EVERY = 40


def long_history(title: str, count: int, usernames: list[str]) -> None:
    """A room of these people with so many messages: prints its id. Some are long, and some are pictures."""
    from django.contrib.auth import get_user_model
    from django.db import transaction

    from df_chat import actions

    users = [get_user_model().objects.get(username=username) for username in usernames]
    room = actions.create_room(actor=users[0], title=title, user_ids=[user.pk for user in users[1:]])
    with transaction.atomic():
        for number in range(1, count + 1):
            body = f"Message {number}" + " and more words" * (number % 13)
            pictures = _pictures(number) if number % PICTURE_EVERY == 0 else []
            _say(users[number // 3 % len(users)], room, body, pictures)
    print(json.dumps(str(room.pk)))


def people(names: list[str], room_id: str) -> None:
    """Users with these display names, in this room; each has said something there."""
    from django.contrib.auth import get_user_model

    from df_chat import actions

    for number, name in enumerate(names):
        user = get_user_model().objects.create(
            username=f"disguised-{number}", email=f"disguised-{number}@example.com", first_name=name
        )
        actions.add_member(actor=None, room_id=room_id, user_id=user.pk)
        actions.send_message(actor=user, room_id=room_id, body=f"I am number {number}")


def _say(user: Any, room: Any, body: str, pictures: list[Any]) -> None:
    from df_chat import actions

    with actions.uploading(actor=user, room_id=room.pk, images=pictures) as uploads:
        actions.send_message(actor=user, room_id=room.pk, body=body, **uploads.ids)


def _pictures(number: int) -> list[Any]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return [SimpleUploadedFile(f"picture-{number}.png", picture(number), "image/png")]


def picture(number: int, width: int = 320, height: int = 200) -> bytes:
    """A picture as PNG, of another colour for each number."""
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (width, height), (number * 37 % 256, number * 91 % 256, 180)).save(out, "PNG")
    return out.getvalue()
