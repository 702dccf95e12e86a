"""Ids are taken as UUIDs and as text, by every action alike; what is no id is nobody's."""

from __future__ import annotations

import inspect
import uuid
from types import SimpleNamespace

import pytest

from df_chat import actions
from df_chat.exceptions import Invalid, NotFound
from df_chat.models import Message, RoomUser
from tests.media.images import png, upload

pytestmark = pytest.mark.django_db(transaction=True)

IDS = ("room_id", "message_id", "message_ids", "parent_id", "client_id", "file_ids")


@pytest.fixture
def here(people, public, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    message = actions.send_message(actor=people.ada, room_id=public.pk, body="first").message
    return SimpleNamespace(people=people, room=public, message=message)


# What each action that names rooms or messages is called with.
CALLS = {
    "add_member": lambda here: {
        "actor": here.people.ada,
        "room_id": here.room.pk,
        "user_id": here.people.cleo.pk,
    },
    "attach": lambda here: {
        "actor": here.people.ada,
        "room_id": here.room.pk,
        "message_id": here.message.pk,
        "file_ids": [actions.upload_file(actor=here.people.ada, file=upload(b"text", "a.txt")).pk],
    },
    "delete_message": lambda here: {
        "actor": here.people.ada,
        "room_id": here.room.pk,
        "message_id": here.message.pk,
    },
    "delete_room": lambda here: {"actor": here.people.ada, "room_id": here.room.pk},
    "edit_message": lambda here: {
        "actor": here.people.ada,
        "room_id": here.room.pk,
        "message_id": here.message.pk,
        "body": "edited",
    },
    "join_room": lambda here: {"actor": here.people.cleo, "room_id": here.room.pk},
    "leave_room": lambda here: {"actor": here.people.ada, "room_id": here.room.pk},
    "mark_received": lambda here: {
        "actor": here.people.ben,
        "room_id": here.room.pk,
        "message_ids": [here.message.pk],
    },
    "mark_seen": lambda here: {
        "actor": here.people.ben,
        "room_id": here.room.pk,
        "message_ids": [here.message.pk],
    },
    "react": lambda here: {
        "actor": here.people.ben,
        "room_id": here.room.pk,
        "message_id": here.message.pk,
        "emoji": "👍",
    },
    "remove_member": lambda here: {
        "actor": here.people.ada,
        "room_id": here.room.pk,
        "user_id": here.people.ben.pk,
    },
    "remove_room_image": lambda here: {
        "actor": here.people.ada,
        "room_id": actions.set_room_image(actor=here.people.ada, room_id=here.room.pk, image=upload(png())).pk,
    },
    "send_message": lambda here: {
        "actor": here.people.ben,
        "room_id": here.room.pk,
        "body": "re",
        "parent_id": here.message.pk,
        "client_id": uuid.UUID(int=7),
    },
    "send_message_on_commit": lambda here: {"actor": here.people.ben, "room_id": here.room.pk, "body": "later"},
    "set_muted": lambda here: {"actor": here.people.ben, "room_id": here.room.pk, "is_muted": True},
    "set_role": lambda here: {
        "actor": here.people.ada,
        "room_id": here.room.pk,
        "user_id": here.people.ben.pk,
        "role": "admin",
    },
    "set_room_image": lambda here: {"actor": here.people.ada, "room_id": here.room.pk, "image": upload(png())},
    "update_room": lambda here: {"actor": here.people.ada, "room_id": here.room.pk, "title": "Renamed"},
}


def as_text(arguments, text=str):
    """The same call, its ids as text."""
    given = {name: value for name, value in arguments.items() if name in IDS}
    return arguments | {
        name: [text(each) for each in value] if isinstance(value, list) else text(value)
        for name, value in given.items()
    }


def test_every_action_that_names_rooms_is_here():
    naming = {
        name
        for name in actions.__all__
        # ``uploading`` writes nothing where nothing is uploaded: see below.
        if not inspect.isclass(action := getattr(actions, name))
        and name != "uploading"
        and (set(IDS) & inspect.signature(action).parameters.keys() or name == "send_message_on_commit")
    }
    assert CALLS.keys() == naming


@pytest.mark.parametrize("text", [str, lambda key: str(key).upper(), lambda key: key.hex], ids=["str", "upper", "hex"])
@pytest.mark.parametrize("name", CALLS)
def test_text_is_as_good_as_a_uuid(here, events, name, text):
    events.clear()
    arguments = CALLS[name](here)
    getattr(actions, name)(**as_text(arguments, text))
    assert events
    assert {event.stream for event in events} <= {
        f"room:{here.room.pk}",
        *(f"user:{user.pk}" for user in vars(here.people).values()),
    }
    for event in events:
        assert event.version > event.prev
        for message in event.parts.get("messages", ()):
            assert message["room_id"] == str(here.room.pk)


@pytest.mark.parametrize("name", [name for name in CALLS if name != "send_message_on_commit"])
@pytest.mark.parametrize("junk", ["", "x", "room:1", "1' OR '1'='1", "\x00", "٣" * 32, "f" * 4000, 5, None])
def test_what_is_no_id_is_nobodys_room(here, events, name, junk):
    arguments = CALLS[name](here)
    events.clear()
    with pytest.raises(NotFound):
        getattr(actions, name)(**arguments | {"room_id": junk})
    assert events == []


@pytest.mark.parametrize("text", [str, lambda key: str(key).upper(), lambda key: key.hex], ids=["str", "upper", "hex"])
def test_uploading_takes_text_too(here, text):
    where = {"actor": here.people.ada, "room_id": here.room.pk, "message_id": here.message.pk}
    with actions.uploading(**as_text(where, text), files=[upload(b"text", "a.txt")]) as uploads:
        assert len(uploads.file_ids) == 1
    with pytest.raises(NotFound), actions.uploading(**where | {"room_id": "x"}):
        pass


@pytest.mark.parametrize("name", ["delete_message", "edit_message", "react", "mark_seen", "mark_received"])
def test_what_is_no_id_is_nobodys_message(here, name):
    arguments = CALLS[name](here)
    junk = {"message_ids": ["x"]} if "message_ids" in arguments else {"message_id": "x"}
    with pytest.raises(NotFound):
        getattr(actions, name)(**arguments | junk)


@pytest.mark.parametrize("name", ["parent_id", "client_id"])
def test_what_is_no_id_is_no_parent_and_no_key(here, name):
    with pytest.raises(Invalid) as caught:
        actions.send_message(**CALLS["send_message"](here) | {name: "x"})
    assert caught.value.attr == name


def test_a_send_is_repeated_whichever_way_its_ids_are_written(here):
    arguments = CALLS["send_message"](here)
    first = actions.send_message(**arguments)
    again = actions.send_message(**as_text(arguments, lambda key: str(key).upper()))
    assert again.message == first.message
    assert (first.created, again.created) == (True, False)
    assert Message.objects.get(pk=first.message.pk).client_id == uuid.UUID(int=7)


def test_the_system_may_name_rooms_by_text(here):
    key = str(uuid.UUID(int=8))
    first = actions.send_message(actor=None, room_id=str(here.room.pk), body="notice", client_id=key)
    again = actions.send_message(actor=None, room_id=str(here.room.pk), body="notice", client_id=key)
    assert again.message == first.message


def test_leaving_by_text_hands_the_room_on(here):
    actions.leave_room(actor=here.people.ada, room_id=str(here.room.pk))
    assert RoomUser.objects.get(room=here.room, user=here.people.ben).role == "owner"
