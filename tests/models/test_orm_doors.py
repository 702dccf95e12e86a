"""Whatever the ORM writes is versioned and heard, or refused."""

from __future__ import annotations

import io
import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from df_chat import actions
from df_chat.exceptions import UnversionedWrite
from df_chat.ids import user_stream_id
from df_chat.models import Message, MessageImage, Room, RoomUser, Stream, UserChat
from df_chat.streams import Statement
from df_chat.sync import Cursor, read_changes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member(people, room):
    return RoomUser.objects.get(room=room, user=people.ada)


def parts(events, room):
    return [sorted(event.parts) for event in events if event.stream_id == room.pk]


def test_a_created_message_is_heard(room, member, events):
    message = Message.objects.create(room=room, room_user=member, body="by the ORM")
    assert message.seq == message.version == 4
    assert events[0].parts["messages"][0]["body"] == "by the ORM"


def test_a_saved_message_is_heard(room, member, events):
    message = Message.objects.create(room=room, room_user=member, body="one")
    message.body = "two"
    message.save()
    assert [event.parts["messages"][0]["body"] for event in events] == ["one", "two"]
    assert message.seq == 4
    assert message.version == 5


def test_a_deleted_message_leaves_a_tombstone(room, member, events):
    message = Message.objects.create(room=room, room_user=member, body="secret")
    message.delete()
    assert events[-1].parts["messages"] == [
        {"id": str(message.pk), "room_id": str(room.pk), "version": 5, "seq": 4, "deleted": True}
    ]
    assert Message.objects.get(pk=message.pk).body == ""
    assert message.delete() == (0, {})


def test_get_or_create_and_update_or_create_are_heard(room, member, events):
    key = uuid.uuid4()
    Message.objects.get_or_create(room_user=member, client_id=key, defaults={"room": room, "body": "one"})
    Message.objects.update_or_create(room_user=member, client_id=key, defaults={"room": room, "body": "two"})
    assert [event.parts["messages"][0]["body"] for event in events] == ["one", "two"]


def test_a_queryset_is_deleted_row_by_row(room, member, events):
    for body in "ab":
        Message.objects.create(room=room, room_user=member, body=body)
    events.clear()
    assert Message.objects.filter(room=room).delete() == (2, {"df_chat.Message": 2})
    assert [event.parts["messages"][0]["deleted"] for event in events] == [True, True]


@pytest.mark.parametrize(
    "write",
    [
        lambda room, member: Message.objects.update(body="x"),
        lambda room, member: Message.objects.filter(room=room).update(body="x"),
        lambda room, member: room.messages.update(body="x"),
        lambda room, member: Message.objects.bulk_create([Message(room=room, room_user=member, body="x")]),
        lambda room, member: Message.objects.bulk_update([member], ["body"]),
        lambda room, member: RoomUser.objects.update(role="owner"),
        lambda room, member: Room.objects.update(title="x"),
        lambda room, member: room.users.add(member.user),
        lambda room, member: MessageImage.objects.update(width=1),
    ],
)
def test_bulk_writes_are_refused(room, member, events, write):
    message = Message.objects.create(room=room, room_user=member, body="as it was")
    events.clear()
    with pytest.raises(UnversionedWrite):
        write(room, member)
    message.refresh_from_db()
    assert message.body == "as it was"
    assert Message.objects.count() == 1
    assert events == []


def test_a_stale_instance_undoes_nothing(people, room, member):
    message = Message.objects.create(room=room, room_user=member, body="one")
    stale, stale_member = Message.objects.get(pk=message.pk), RoomUser.objects.get(pk=member.pk)
    actions.react(actor=people.ben, room_id=room.pk, message_id=message.pk, emoji="👍")
    actions.send_message(actor=people.ben, room_id=room.pk, body="re", parent_id=message.pk)
    actions.mark_seen(actor=people.ada, room_id=room.pk, up_to=99)
    stale.body = "two"
    stale.save()
    stale_member.is_muted = True
    stale_member.save()
    message.refresh_from_db()
    member.refresh_from_db()
    assert message.body == "two"
    assert message.reply_count == 1
    assert [reaction["count"] for reaction in message.reactions] == [1]
    assert member.seen_seq > 4


def test_a_room_made_by_the_orm_has_its_creator_as_owner(people, events):
    room = Room.objects.create(title="By hand", creator=people.ada)
    assert room.memberships.get().role == "owner"
    assert parts(events, room) == [["room", "users"]]
    room.title = "Renamed"
    room.save()
    assert events[-1].parts["room"]["title"] == "Renamed"


def test_a_deleted_room_is_wiped_and_told(people, room, member, events):
    Message.objects.create(room=room, room_user=member, body="secret")
    events.clear()
    room.delete()
    told = {event.stream: event for event in events}
    assert told.pop(f"room:{room.pk}").parts["room"] == {"id": str(room.pk), "version": room.version, "deleted": True}
    assert told.keys() == {f"user:{people.ada.pk}", f"user:{people.ben.pk}"}
    assert not Message.objects.filter(room=room).exists()
    assert Room.objects.get(pk=room.pk).title == ""
    assert room.delete() == (0, {})


def test_a_member_who_is_switched_back_on_begins_anew(people, room, member):
    member.delete()
    left = RoomUser.objects.get(pk=member.pk)
    assert not left.is_active
    left.is_active = True
    left.save()
    left.refresh_from_db()
    assert left.member_epoch == 2
    assert left.seen_seq >= 4


def test_a_deleted_user_leaves_every_room_and_the_words_stay(people, room, events):
    message = actions.send_message(actor=people.ben, room_id=room.pk, body="I was here").message
    events.clear()
    people.ben.delete()
    assert parts(events, room) == [["users"]]
    message.refresh_from_db()
    assert message.body == "I was here"
    assert message.state()["user_id"] is None
    assert RoomUser.objects.active().filter(room=room).count() == 1


def test_an_image_shows_in_its_message_and_goes_with_it(people, room, member, events, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    message = Message.objects.create(room=room, room_user=member, body="look")
    file = io.BytesIO()
    Image.new("RGB", (3, 2)).save(file, "PNG")
    image = MessageImage(message=message)
    image.image.save("../../evil.png", ContentFile(file.getvalue()), save=False)
    image.save()
    (state,) = events[-1].parts["messages"][0]["images"]
    assert (state["id"], state["width"], state["height"]) == (str(image.pk), 3, 2)
    stored = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(stored) == 3
    assert not any("evil" in path.name for path in stored)
    message.delete()
    assert not MessageImage.objects.exists()
    assert not any(path.exists() for path in stored)


def test_fixtures_load_as_they_were(people, room, member, tmp_path):
    message = Message.objects.create(room=room, room_user=member, body="kept")
    file = tmp_path / "chat.json"
    call_command("dumpdata", "df_chat", "auth.user", output=str(file), verbosity=0)
    Message._base_manager.all()._raw_delete("default")
    call_command("loaddata", str(file), verbosity=0)
    assert Message.objects.get(pk=message.pk).seq == 4


def test_presence_is_a_lease(people):
    assert not UserChat.objects.online().exists()
    actions.set_online([people.ada.pk])
    actions.set_online([people.ada.pk, people.ben.pk])
    assert UserChat.objects.online().count() == 2
    assert UserChat.objects.get(user=people.ada).is_online
    actions.set_offline([people.ada.pk])
    assert not UserChat.objects.get(user=people.ada).is_online


def test_a_deleted_user_keeps_nobody_offline(people):
    key = people.cleo.pk
    people.cleo.delete()
    actions.set_online([people.ada.pk, key])
    assert [chat.user_id for chat in UserChat.objects.online()] == [people.ada.pk]


def test_saving_no_field_is_no_change(room, member, events):
    message = Message.objects.create(room=room, room_user=member, body="one")
    message.save(update_fields=[])
    assert len(events) == 1


def test_post_save_receivers_of_a_host_still_hear_sends(people, room):
    from django.db.models.signals import post_save

    heard = []

    def hear(instance, created, **kwargs):
        heard.append((instance.body, created))

    post_save.connect(hear, sender=Message)
    try:
        actions.send_message(actor=people.ada, room_id=room.pk, body="hello")
    finally:
        post_save.disconnect(hear, sender=Message)
    assert heard == [("hello", True)]
    assert Message.objects.get().seq == 4


def test_a_user_stream_is_found_without_a_query(people, room, django_assert_num_queries):
    with django_assert_num_queries(0):
        stream_id = user_stream_id(people.ada.pk)
    assert Stream.objects.get(pk=stream_id).name == f"user:{people.ada.pk}"


def test_a_stale_save_brings_back_nothing_that_was_deleted(people, room, member):
    message = Message.objects.create(room=room, room_user=member, body="secret")
    stale, stale_room = Message.objects.get(pk=message.pk), Room.objects.get(pk=room.pk)
    ben = RoomUser.objects.get(room=room, user=people.ben)
    actions.remove_member(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
    ben.is_muted = True
    ben.save()
    assert not RoomUser.objects.get(pk=ben.pk).is_active
    message.delete()
    stale.save()
    assert Message.objects.get(pk=message.pk).state()["deleted"]
    room.delete()
    stale_room.save()
    assert Room.objects.get(pk=room.pk).state()["deleted"]


def test_a_save_that_failed_can_be_tried_again(room, member, monkeypatch):
    message = Message(room=room, room_user=member, body="again")
    real = Message.stamp
    monkeypatch.setattr(Message, "stamp", lambda self, tx: (real(self, tx), tx.run_last(Statement("SELECT broken"))))
    with pytest.raises(DatabaseError):
        message.save()
    monkeypatch.undo()
    message.save()
    assert Message.objects.get().body == "again"


def test_update_or_create_locks_the_stream_alone(room, member, django_assert_max_num_queries):
    message = Message.objects.create(room=room, room_user=member, body="one")
    with django_assert_max_num_queries(20) as queries:
        Message.objects.update_or_create(pk=message.pk, defaults={"body": "two"})
    locked = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]]
    assert all("df_chat_message" not in sql.partition("FOR UPDATE")[0].partition("FROM")[2][:20] for sql in locked)


def test_a_deleted_owner_hands_the_room_on_and_leaves_a_tombstone(people, room):
    message = actions.send_message(actor=people.ada, room_id=room.pk, body="hi").message
    actions.react(actor=people.ada, room_id=room.pk, message_id=message.pk, emoji="👍")
    people.ada.delete()
    assert RoomUser.objects.get(room=room, user=people.ben).role == "owner"
    gone = [state for state in read_changes(people.ben, room.pk, Cursor("1.1", 0))["users"] if not state["is_active"]]
    assert [state["user_id"] for state in gone] == [None]
    reaction = actions.react(actor=people.ben, room_id=room.pk, message_id=message.pk, emoji="👍").reactions[0]
    assert (reaction["count"], reaction["user_ids"]) == (2, [str(people.ben.pk)])


@pytest.fixture
def elsewhere(people):
    """Another room of Ada's, and a message in it."""
    room = actions.create_room(actor=people.ada, title="Elsewhere")
    return actions.send_message(actor=people.ada, room_id=room.pk, body="other").message


def moved(obj, **fields):
    for name, value in fields.items():
        setattr(obj, name, value)
    return obj


MOVES = {
    "room": lambda message, other: moved(message, room=other.room).save(),
    "room, by key": lambda message, other: moved(message, room_id=other.room_id).save(),
    "room, unwritten": lambda message, other: moved(message, room=other.room).save(update_fields=["body"]),
    "room, then deleted": lambda message, other: moved(message, room=other.room).delete(),
    "parent": lambda message, other: moved(message, parent=other).save(),
    "update_or_create": lambda message, other: Message.objects.update_or_create(
        pk=message.pk, defaults={"room": other.room}
    ),
    "add": lambda message, other: other.room.messages.add(message),
    "add one by one": lambda message, other: other.room.messages.add(message, bulk=False),
    "set": lambda message, other: other.room.messages.set([message]),
    "replies.add": lambda message, other: other.replies.add(message),
    "replies.set": lambda message, other: other.replies.set([message]),
    "member's room": lambda message, other: moved(message.room_user, room=other.room).save(),
    "member's user": lambda message, other: moved(
        message.room_user, user=message.room.memberships.exclude(pk=message.room_user_id).get().user
    ).save(),
    "member without user": lambda message, other: moved(message.room_user, user=None).save(),
    "member, then deleted": lambda message, other: moved(message.room_user, room=other.room).delete(),
    "memberships.add": lambda message, other: other.room.memberships.add(message.room_user),
    "chat_memberships.remove": lambda message, other: message.room_user.user.chat_memberships.remove(message.room_user),
    "chat_memberships.clear": lambda message, other: message.room_user.user.chat_memberships.clear(),
    "chat_memberships.clear one by one": lambda message, other: message.room_user.user.chat_memberships.clear(
        bulk=False
    ),
    "messages of another member": lambda message, other: other.room_user.messages.add(message),
}


def rows():
    return {
        model: sorted(model._base_manager.values_list(*fields))
        for model, fields in {
            Message: ("pk", "room", "room_user", "version"),
            RoomUser: ("pk", "room", "user", "version"),
            Stream: ("pk", "version"),
        }.items()
    }


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_no_row_is_moved(room, member, elsewhere, events, move):
    message = Message.objects.create(room=room, room_user=member, body="here")
    before = rows()
    events.clear()
    with pytest.raises(UnversionedWrite):
        move(message, elsewhere)
    assert rows() == before
    assert events == []


def test_a_reply_stays_a_reply(room, member, elsewhere):
    message = Message.objects.create(room=room, room_user=member, body="here")
    reply = Message.objects.create(room=room, room_user=member, parent=message, body="re")
    for write in (
        lambda: message.replies.clear(),
        lambda: message.replies.remove(reply, bulk=False),
        lambda: message.replies.set([]),
        lambda: moved(reply, parent=None).save(),
    ):
        with pytest.raises(UnversionedWrite):
            write()
        reply.refresh_from_db()
        assert reply.parent_id == message.pk


def test_an_image_stays_in_its_message(room, member, elsewhere, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    message = Message.objects.create(room=room, room_user=member, body="look")
    file = io.BytesIO()
    Image.new("RGB", (3, 2)).save(file, "PNG")
    image = MessageImage(message=message)
    image.image.save("a.png", ContentFile(file.getvalue()), save=False)
    image.save()
    for write in (
        lambda image: moved(image, message=elsewhere).save(),
        lambda image: moved(image, message=elsewhere).delete(),
        lambda image: elsewhere.images.add(image),
    ):
        with pytest.raises(UnversionedWrite):
            write(MessageImage.objects.get())
    message.refresh_from_db()
    elsewhere.refresh_from_db()
    assert [len(message.image_states), len(elsewhere.image_states)] == [1, 0]
    assert MessageImage.objects.get().message_id == message.pk
    assert MessageImage.objects.get().delete() == (1, {"df_chat.MessageImage": 1})


def test_related_managers_still_create(room, member, events):
    message = room.messages.create(room_user=member, body="one")
    room.messages.add(Message(room_user=member, body="two"), bulk=False)
    message.replies.create(room=room, room_user=member, body="three")
    message.replies.add()
    bodies = [state["body"] for event in events for state in event.parts["messages"]]
    assert bodies == ["one", "two", "three", "one"]


def test_a_save_in_place_costs_no_query_more(room, member):
    message = Message.objects.create(room=room, room_user=member, body="one")
    message.body = "two"
    with CaptureQueriesContext(connection) as captured:
        message.save()
    updates = [query["sql"] for query in captured if 'UPDATE "df_chat_message"' in query["sql"].replace("`", '"')]
    reads = [
        query["sql"] for query in captured if query["sql"].startswith("SELECT") and "df_chat_message" in query["sql"]
    ]
    assert (len(updates), len(reads)) == (1, 1)


def test_a_message_made_with_keys_as_text_is_like_any_other(room, member, events):
    message = Message.objects.create(room_id=str(room.pk), room_user_id=str(member.pk), body="one")
    message.body = "two"
    message.save()
    message.delete()
    assert [event.stream for event in events] == [f"room:{room.pk}"] * 3
