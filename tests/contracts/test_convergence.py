"""Old snapshot + events = new snapshot, for every action and every kind of viewer; and the same by ``changes``."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from df_chat import actions
from df_chat.exceptions import NotFound
from df_chat.models import MessageFile, MessageImage, RoomUser, Stream
from df_chat.streams.events import to_json
from df_chat.sync import Cursor, read_changes, read_snapshot
from tests.media.images import png, upload

# Actions, and what the database makes of them; what Django makes of them, their own tests show.
pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

# What each public action does in the room; an action without a line here fails the test below.
CASES = {
    "send_message": lambda w: actions.send_message(actor=w.ben, room_id=w.room.pk, body="new"),
    "send_message (reply)": lambda w: actions.send_message(
        actor=w.ben, room_id=w.room.pk, body="re", parent_id=w.message.pk
    ),
    "send_message (system)": lambda w: actions.send_message(actor=None, room_id=w.room.pk, body="noon"),
    "send_message (mentions)": lambda w: actions.send_message(
        actor=w.ben, room_id=w.room.pk, body="@ada", mention_ids=[w.ada.pk, w.late.pk]
    ),
    "send_message_on_commit": lambda w: actions.send_message_on_commit(actor=w.ben, room_id=w.room.pk, body="later"),
    "send_message (attachments)": lambda w: actions.send_message(
        actor=w.ben, room_id=w.room.pk, body="", image_ids=[image_of(w.ben).pk], file_ids=[file_of(w.ben).pk]
    ),
    "upload_image": lambda w: image_of(w.ben),
    "upload_file": lambda w: file_of(w.ben),
    "uploading": lambda w: upload_and_send(w),
    "attach": lambda w: actions.attach(
        actor=w.ada, room_id=w.room.pk, message_id=w.message.pk, file_ids=[file_of(w.ada).pk]
    ),
    "replace_attachment": lambda w: actions.replace_attachment(
        actor=w.ada, attachment=w.file, file=upload(b"other", "b.txt")
    ),
    "remove_attachment": lambda w: actions.remove_attachment(actor=w.ada, attachment=w.file),
    "remove_attachment (last)": lambda w: actions.remove_attachment(actor=w.ada, attachment=w.pending),
    "finish_scan": lambda w: actions.finish_scan(w.pending, is_clean=True),
    "finish_scan (refused)": lambda w: actions.finish_scan(w.pending, is_clean=False),
    "sweep_uploads": lambda w: actions.sweep_uploads(older_than=timedelta(0)),
    "edit_message": lambda w: actions.edit_message(
        actor=w.ada, room_id=w.room.pk, message_id=w.message.pk, body="edit"
    ),
    "edit_message (mentions)": lambda w: actions.edit_message(
        actor=w.ada, room_id=w.room.pk, message_id=w.message.pk, mention_ids=[w.late.pk]
    ),
    "delete_message": lambda w: actions.delete_message(actor=w.ada, room_id=w.room.pk, message_id=w.message.pk),
    "delete_message (reply)": lambda w: actions.delete_message(actor=w.ben, room_id=w.room.pk, message_id=w.reply.pk),
    "react": lambda w: actions.react(actor=w.ben, room_id=w.room.pk, message_id=w.message.pk, emoji="👍"),
    "react (off)": lambda w: actions.react(
        actor=w.ada, room_id=w.room.pk, message_id=w.message.pk, emoji="❤️", on=False
    ),
    "find_reaction": lambda w: actions.find_reaction(actor=w.ada, message=w.message, emoji="❤️"),
    "mark_seen": lambda w: actions.mark_seen(actor=w.ben, room_id=w.room.pk, up_to=99),
    "mark_received": lambda w: actions.mark_received(actor=w.ben, room_id=w.room.pk, up_to=99),
    "set_muted": lambda w: actions.set_muted(actor=w.ben, room_id=w.room.pk, is_muted=True),
    "set_online": lambda w: actions.set_online([w.ben.pk]),
    "set_offline": lambda w: actions.set_offline([w.ben.pk]),
    "expire_presence": lambda w: actions.expire_presence(),
    "create_room": lambda w: actions.create_room(actor=w.ada, title="Another"),
    "update_room": lambda w: actions.update_room(actor=w.ada, room_id=w.room.pk, topic="News", is_archived=True),
    "set_room_image": lambda w: actions.set_room_image(actor=w.ada, room_id=w.room.pk, image=upload(png())),
    "remove_room_image": lambda w: actions.remove_room_image(
        actor=w.ada, room_id=actions.set_room_image(actor=w.ada, room_id=w.room.pk, image=upload(png())).pk
    ),
    "delete_room": lambda w: actions.delete_room(actor=w.ada, room_id=w.room.pk),
    "add_member": lambda w: actions.add_member(actor=w.ada, room_id=w.room.pk, user_id=w.dora.pk),
    "join_room": lambda w: actions.join_room(actor=w.dora, room_id=w.room.pk),
    "join_room (again)": lambda w: actions.join_room(actor=w.gone, room_id=w.room.pk),
    "leave_room": lambda w: actions.leave_room(actor=w.ben, room_id=w.room.pk),
    "leave_room (owner)": lambda w: actions.leave_room(actor=w.ada, room_id=w.room.pk),
    "remove_member": lambda w: actions.remove_member(actor=w.ada, room_id=w.room.pk, user_id=w.ben.pk),
    "set_role": lambda w: actions.set_role(actor=w.ada, room_id=w.room.pk, user_id=w.ben.pk, role="admin"),
    "open_direct": lambda w: actions.open_direct(actor=w.ada, user_id=w.ben.pk),
    "find_direct": lambda w: actions.find_direct(actor=w.ada, user_id=w.ben.pk),
}
VIEWERS = ("ada", "ben", "late", "gone", "dora")
NOT_ACTIONS = {"SendResult", "Swept", "Uploads"}


def image_of(user) -> MessageImage:
    return actions.upload_image(actor=user, file=upload(png()))


def file_of(user, name: str = "a.txt") -> MessageFile:
    return actions.upload_file(actor=user, file=upload(b"text", name))


def upload_and_send(w) -> None:
    with actions.uploading(actor=w.ben, images=[upload(png())]) as uploads:
        actions.send_message(actor=w.ben, room_id=w.room.pk, body="", image_ids=uploads.image_ids)


@pytest.fixture
def world(people, make_user, settings, tmp_path) -> SimpleNamespace:
    """A public room: Ada owns it, Ben is in it, Late came later and sees only from then, Gone left, Dora visits.

    Ada's first message has a file, and another of hers is one that waits for the scanner.
    """
    settings.DF_CHAT = {
        "NEW_MEMBER_HISTORY": "none",
        "SYSTEM_MESSAGES": True,
        "SCANNER": "tests.contracts.test_convergence.scan",
    }
    settings.MEDIA_ROOT = tmp_path
    late, gone, dora = make_user("late"), make_user("gone"), make_user("dora")
    room = actions.create_room(actor=people.ada, title="R", is_public=True, user_ids=[people.ben.pk, gone.pk])
    file, pending = file_of(people.ada), file_of(people.ada, "pending.txt")
    message = actions.send_message(
        actor=people.ada, room_id=room.pk, body="first", file_ids=[file.pk], mention_ids=[people.ben.pk]
    ).message
    actions.send_message(actor=people.ada, room_id=room.pk, body="", file_ids=[pending.pk])
    reply = actions.send_message(actor=people.ben, room_id=room.pk, body="reply", parent_id=message.pk).message
    actions.react(actor=people.ada, room_id=room.pk, message_id=message.pk, emoji="❤️")
    actions.leave_room(actor=gone, room_id=room.pk)
    actions.add_member(actor=people.ada, room_id=room.pk, user_id=late.pk)
    actions.send_message(actor=people.ada, room_id=room.pk, body="since")
    return SimpleNamespace(
        ada=people.ada,
        ben=people.ben,
        late=late,
        gone=gone,
        dora=dora,
        room=room,
        message=message,
        reply=reply,
        file=file,
        pending=pending,
    )


def scan(attachment: Any) -> bool | None:
    return None if attachment.name == "pending.txt" else True


def client_state(snapshot: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A snapshot as a client keeps it: objects by id."""
    objects = [*snapshot["messages"], *snapshot["users"], snapshot["room"]]
    return {state["id"]: state for state in objects}


def shown(objects: dict[str, dict[str, Any]]) -> Any:
    """What a client shows of its objects: tombstones and those who left are kept, but not shown."""
    live = (state for state in objects.values() if not state.get("deleted") and state.get("is_active", True))
    return json.loads(to_json(sorted(live, key=lambda state: state["id"])))


def fold(objects: dict[str, dict[str, Any]], lists: dict[str, Any], *, visible_from: int = 0) -> None:
    """Take in a frame or an answer of ``changes`` as the protocol says: newer versions replace older ones."""
    room = [lists["room"]] if "room" in lists else []
    for state in [*lists.get("messages", ()), *lists.get("users", ()), *room]:
        if state.get("seq", visible_from) >= visible_from and state["version"] > objects.get(state["id"], {}).get(
            "version", -1
        ):
            objects[state["id"]] = state


def access_of(user, room):
    member = RoomUser.objects.filter(room=room, user=user, is_active=True).first()
    return (member.member_epoch, member.visible_from_seq) if member else (0, 0)


@pytest.mark.parametrize("case", CASES)
def test_old_snapshot_and_events_make_the_new_snapshot(world, events, case):
    """For every viewer, of one world: to make it is most of the work."""
    viewers = [getattr(world, name) for name in VIEWERS]
    before = [(read_snapshot(user, world.room.pk), access_of(user, world.room)) for user in viewers]
    events.clear()
    CASES[case](world)
    mine = [event for event in events if event.stream_id == world.room.pk]
    version = before[0][0]["version"]
    for event in mine:
        assert event.prev == version, "events follow on one another"
        version = event.version
    assert version == Stream.objects.get(pk=world.room.pk).version
    for name, user, (snapshot, access) in zip(VIEWERS, viewers, before, strict=True):
        assert snapshot["version"] == before[0][0]["version"]
        try:
            after = read_snapshot(user, world.room.pk)
        except NotFound:
            assert case == "delete_room"
            continue
        if access_of(user, world.room) != access:
            assert read_changes(user, world.room.pk, Cursor(snapshot["gen"], snapshot["version"]))["reset"], name
            continue
        objects = client_state(snapshot)
        for event in mine:
            fold(objects, event.frame(), visible_from=access[1])
        assert shown(objects) == shown(client_state(after)), name
        for limit in (1, 3, 200):
            assert shown(caught_up(user, world.room, snapshot, limit)) == shown(client_state(after)), (name, limit)


def caught_up(user, room, snapshot: dict[str, Any], limit: int) -> dict[str, dict[str, Any]]:
    """What a client has after all pages of ``changes`` since its snapshot."""
    objects, cursor = client_state(snapshot), snapshot["version"]
    for _ in range(100):
        answer = read_changes(user, room.pk, Cursor(snapshot["gen"], cursor), limit=limit)
        fold(objects, answer)
        cursor = answer["next"]
        if not answer["more"]:
            break
    return objects


@pytest.mark.parametrize("case", CASES)
def test_an_object_changes_exactly_when_its_version_does(world, case):
    def everything():
        return client_state(read_changes(world.ada, world.room.pk, Cursor("1.1", 0)) | {"room": world.room.state()})

    before = everything()
    CASES[case](world)
    try:
        after = everything()
    except (NotFound, KeyError):
        return
    for key, state in after.items():
        if key in before and key != str(world.room.pk):
            assert (state == before[key]) == (state["version"] == before[key]["version"])


def test_every_public_action_has_a_case():
    named = {case.split(" ")[0] for case in CASES}
    assert named == set(actions.__all__) - NOT_ACTIONS


def test_the_fold_can_fail(world, events):
    """Sabotage: an event that is left out is noticed."""
    before = read_snapshot(world.ada, world.room.pk)
    events.clear()
    CASES["edit_message"](world)
    CASES["send_message"](world)
    objects = client_state(before)
    fold(objects, events[0].frame())
    assert shown(objects) != shown(client_state(read_snapshot(world.ada, world.room.pk)))
