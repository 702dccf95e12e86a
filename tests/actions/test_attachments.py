"""Images and files in messages: whose they are, how many, how much, and what becomes of their bytes."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from df_chat import actions
from df_chat.exceptions import Conflict, Denied, Invalid, NotFound
from df_chat.models import Message, MessageFile, MessageImage, Room
from tests.media.images import png, upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def text(actor, content=b"text", name="a.txt"):
    return actions.upload_file(actor=actor, file=upload(content, name))


def send(actor, room, *files, body="", **fields):
    ids = [file.pk for file in files]
    return actions.send_message(actor=actor, room_id=room.pk, body=body, file_ids=ids, **fields)


def stored(media):
    return sorted(path for path in media.rglob("*") if path.is_file())


def refused(act, *arguments, **fields):
    with pytest.raises(Invalid) as error:
        act(*arguments, **fields)
    return error.value.code, error.value.attr


def test_a_message_goes_out_with_its_attachments_as_one_event(people, room, events):
    image, file = actions.upload_image(actor=people.ben, file=upload(png())), text(people.ben)
    assert events == []
    result = actions.send_message(actor=people.ben, room_id=room.pk, body="", image_ids=[image.pk], file_ids=[file.pk])
    (event,) = events
    (state,) = event.parts["messages"]
    assert (event.version, state["body"], result.created) == (event.prev + 1, "", True)
    assert [one["id"] for one in state["images"]] == [str(image.pk)]
    assert state["images"][0]["small"] == f"/api/v1/chat/images/{image.pk}/small/"
    assert state["files"] == [
        {
            "id": str(file.pk),
            "name": "a.txt",
            "content_type": "text/plain; charset=utf-8",
            "size": 4,
            "is_pending": False,
            "url": f"/api/v1/chat/files/{file.pk}/content/",
        }
    ]
    message = Message.objects.with_sender().get(pk=result.message.pk)
    assert message.state() == state
    assert [one.state() for one in (*message.images.all(), *message.files.all())] == [*state["images"], *state["files"]]


def test_a_message_needs_a_body_or_an_attachment(people, room):
    assert refused(send, people.ben, room) == ("blank", "body")
    message = send(people.ben, room, text(people.ben)).message
    change = {"actor": people.ben, "room_id": room.pk, "message_id": message.pk}
    assert actions.edit_message(**change, body="now").body == "now"
    assert actions.edit_message(**change, body="").body == ""
    plain = actions.send_message(actor=people.ben, room_id=room.pk, body="x").message
    assert refused(actions.edit_message, **{**change, "message_id": plain.pk}, body=" ") == ("blank", "body")


def test_only_ones_own_loose_uploads_are_sent(people, room, public):
    used, foreign, gone = text(people.ben), text(people.ada), text(people.ben)
    send(people.ben, room, used)
    gone_id = gone.pk
    gone.delete()
    for key in (used.pk, foreign.pk, gone_id, uuid.uuid4(), "nonsense"):
        act = {"actor": people.ben, "room_id": public.pk, "body": "x"}
        assert refused(actions.send_message, **act, file_ids=[key]) == ("not_found", "file_ids")
        assert refused(actions.send_message, **act, image_ids=[key]) == ("not_found", "image_ids")
    assert Message.objects.filter(room=public).count() == 0


def test_a_retry_answers_the_first_and_other_content_is_a_conflict(people, room):
    key = uuid.uuid4()
    first = text(people.ben)
    sent = send(people.ben, room, first, client_id=key)
    assert send(people.ben, room, first, client_id=key).message == sent.message
    # The same content uploaded anew, by a client that never heard the answer.
    again = send(people.ben, room, text(people.ben), client_id=key)
    assert (again.created, again.message) == (False, sent.message)
    for files in ([], [text(people.ben, b"other")], [text(people.ben), text(people.ben)]):
        with pytest.raises(Conflict):
            send(people.ben, room, *files, body="x" if not files else "", client_id=key)
    # What comes into a message later is none of what was sent.
    actions.attach(actor=people.ben, room_id=room.pk, message_id=sent.message.pk, file_ids=[text(people.ben).pk])
    assert not send(people.ben, room, first, client_id=key).created


def test_a_plain_retry_of_a_message_with_attachments_is_a_conflict(people, room):
    key = uuid.uuid4()
    send(people.ben, room, text(people.ben), body="look", client_id=key)
    with pytest.raises(Conflict):
        send(people.ben, room, body="look", client_id=key)


def test_a_send_that_fails_leaves_the_upload_for_the_next(people, room):
    file = text(people.ben)
    actions.update_room(actor=people.ada, room_id=room.pk, is_archived=True)
    with pytest.raises(Denied):
        send(people.ben, room, file)
    actions.update_room(actor=people.ada, room_id=room.pk, is_archived=False)
    assert send(people.ben, room, file).created


def test_a_plain_send_asks_nothing_of_attachments(people, room):
    with CaptureQueriesContext(connection) as plain:
        actions.send_message(actor=people.ben, room_id=room.pk, body="plain")
    assert not any("messagefile" in query["sql"] or "messageimage" in query["sql"] for query in plain)
    uploaded = text(people.ben)
    with CaptureQueriesContext(connection) as full:
        send(people.ben, room, uploaded)
    assert any("messagefile" in query["sql"] for query in full)


# -- Limits -----------------------------------------------------------------------------------------------------
def test_limits_are_told(people, room, settings):
    settings.DF_CHAT = {"MAX_ATTACHMENTS_PER_MESSAGE": 1}
    files = [text(people.ben), text(people.ben)]
    assert refused(send, people.ben, room, *files) == ("too_many_attachments", "file_ids")
    message = send(people.ben, room, files[0]).message
    act = {"actor": people.ben, "room_id": room.pk, "message_id": message.pk, "file_ids": [files[1].pk]}
    assert refused(actions.attach, **act) == ("too_many_attachments", "file_ids")
    settings.DF_CHAT = {"MAX_UPLOAD_BYTES_PER_ROOM": 7}
    assert refused(actions.attach, **act) == ("room_storage_full", "file_ids")
    settings.DF_CHAT = {"MAX_UPLOAD_BYTES_PER_USER": 11}
    assert refused(text, people.ben) == ("user_storage_full", "file")
    files[1].delete()
    text(people.ben)


def test_what_is_refused_leaves_nothing(people, media, settings):
    settings.DF_CHAT = {"MAX_UPLOAD_BYTES_PER_USER": 300}
    content = png((200, 200))
    # Smaller than the limit as it comes, and larger once it is there in three sizes.
    assert len(content) < 300 or refused(text, people.ben, content) is not None
    settings.DF_CHAT = {"MAX_UPLOAD_BYTES_PER_USER": len(content) + 1}
    assert refused(actions.upload_image, actor=people.ben, file=upload(content))[0] == "user_storage_full"
    assert refused(actions.upload_image, actor=people.ben, file=upload(b"no image"))[0] == "not_an_image"
    assert stored(media) == []
    assert MessageImage.objects.count() == 0


def test_quotas_hold_when_uploads_come_at_once(people, settings):
    settings.DF_CHAT = {"MAX_UPLOAD_BYTES_PER_USER": 12}
    together, outcomes = threading.Barrier(6), []

    def run():
        together.wait()
        try:
            text(people.ben)
            outcomes.append("done")
        except Invalid as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done"] * 3 + ["user_storage_full"] * 3


def test_one_upload_is_in_one_message_when_sends_come_at_once(people, room, public):
    file, together, done = text(people.ben), threading.Barrier(2), []

    def run(place):
        together.wait()
        try:
            done.append(send(people.ben, place, file).message)
        except Invalid:
            done.append(None)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[place]) for place in (room, public)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (message,) = [one for one in done if one is not None]
    assert MessageFile.objects.get().message_id == message.pk
    assert Message.objects.exclude(file_states=[]).count() == 1


# -- Changing ---------------------------------------------------------------------------------------------------
def test_attaching_is_the_authors_and_safe_to_repeat(people, room, events):
    message = actions.send_message(actor=people.ben, room_id=room.pk, body="x").message
    file, foreign = text(people.ben), text(people.ada)
    act = {"room_id": room.pk, "message_id": message.pk}
    with pytest.raises(Denied):
        actions.attach(actor=people.ada, file_ids=[foreign.pk], **act)
    with pytest.raises(NotFound):
        actions.attach(actor=people.cleo, file_ids=[file.pk], **act)
    events.clear()
    for _ in range(2):
        assert len(actions.attach(actor=people.ben, file_ids=[file.pk], **act).file_states) == 1
    assert len(events) == 1


def test_replacing_keeps_the_place_and_takes_the_old_bytes_away(people, room, media, events):
    file = text(people.ben)
    message = send(people.ben, room, file, text(people.ben, b"second")).message
    before = stored(media)
    events.clear()
    current = actions.replace_attachment(actor=people.ben, attachment=file, file=upload(b"newer", "b.txt"))
    assert (current.pk, current.name, current.size) == (file.pk, "b.txt", 5)
    assert [one["name"] for one in events[-1].parts["messages"][0]["files"]] == ["b.txt", "a.txt"]
    assert len(set(before) & set(stored(media))) == 1
    assert len(stored(media)) == 2
    message.refresh_from_db()
    assert message.edited_at is not None
    with pytest.raises(Denied):
        actions.replace_attachment(actor=people.ada, attachment=file, file=upload(b"x", "x.txt"))
    with pytest.raises(Invalid):
        actions.replace_attachment(actor=people.ben, attachment=file, file=upload(b"\0", "x.txt"))
    assert len(stored(media)) == 2


def test_a_message_that_is_left_with_nothing_is_deleted(people, room, media):
    files = [text(people.ben), text(people.ben)]
    message = send(people.ben, room, *files).message
    with pytest.raises(NotFound):
        actions.remove_attachment(actor=people.cleo, attachment=files[0])
    actions.remove_attachment(actor=people.ada, attachment=files[0])
    message.refresh_from_db()
    assert (len(message.file_states), message.deleted_at) == (1, None)
    actions.remove_attachment(actor=people.ben, attachment=files[1])
    message.refresh_from_db()
    assert message.deleted_at is not None
    assert stored(media) == []


def test_an_upload_that_is_in_no_message_is_its_uploaders_alone(people):
    file = text(people.ben)
    with pytest.raises(NotFound):
        actions.remove_attachment(actor=people.ada, attachment=file)
    actions.remove_attachment(actor=people.ben, attachment=file)
    with pytest.raises(NotFound):
        actions.remove_attachment(actor=people.ben, attachment=file)


# -- Bytes ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("delete", ["message", "room", "user_room", "orm"])
def test_bytes_go_with_what_they_belong_to(people, room, media, delete):
    image = actions.upload_image(actor=people.ben, file=upload(png()))
    sent = actions.send_message(
        actor=people.ben, room_id=room.pk, body="", image_ids=[image.pk], file_ids=[text(people.ben).pk]
    )
    assert len(stored(media)) == 4
    {
        "message": lambda: actions.delete_message(actor=people.ben, room_id=room.pk, message_id=sent.message.pk),
        "room": lambda: actions.delete_room(actor=people.ada, room_id=room.pk),
        "user_room": lambda: Room.objects.get(pk=room.pk).delete(),
        "orm": lambda: (MessageImage.objects.all().delete(), MessageFile.objects.all().delete()),
    }[delete]()
    assert stored(media) == []
    assert (MessageImage.objects.count(), MessageFile.objects.count()) == (0, 0)


class RolledBack(Exception):
    pass


def test_a_deletion_that_is_rolled_back_deletes_no_bytes(people, room, media):
    file = text(people.ben)
    message = send(people.ben, room, file).message
    for delete in (message.delete, file.delete, room.delete):
        with pytest.raises(RolledBack), transaction.atomic():
            delete()
            raise RolledBack
    assert len(stored(media)) == 1
    assert MessageFile.objects.get().message_id == message.pk


def test_an_attachment_made_for_a_deleted_message_keeps_no_bytes(people, room, media):
    message = actions.send_message(actor=people.ben, room_id=room.pk, body="x").message
    message.delete()
    with pytest.raises(Conflict):
        MessageFile.objects.create(message=message, file=ContentFile(b"text", "a.txt"))
    assert stored(media) == []
    assert MessageFile.objects.count() == 0


def test_what_host_code_creates_is_heard(people, room, events, media):
    message = actions.send_message(actor=people.ben, room_id=room.pk, body="x").message
    MessageFile.objects.create(message=message, file=ContentFile(b"text", "a.txt"))
    image = MessageImage.objects.create(message=message, image=ContentFile(png(), "../a.png"))
    state = events[-1].parts["messages"][0]
    assert ([one["name"] for one in state["files"]], [one["name"] for one in state["images"]]) == (["a.txt"], ["a.png"])
    image.image = ContentFile(png((8, 8)), "b.png")
    image.save()
    assert events[-1].parts["messages"][0]["images"][0]["width"] == 8
    assert len(stored(media)) == 4
    with pytest.raises(Invalid):
        MessageImage.objects.create(message=message, image=ContentFile(b"<svg>", "a.png"))
    assert len(stored(media)) == 4


def test_sweeping_takes_what_is_old_and_in_no_message(people, room, media, settings, capsys):
    kept = text(people.ben)
    send(people.ben, room, kept)
    text(people.ben)
    with pytest.raises(RolledBack), transaction.atomic():
        text(people.ben)
        raise RolledBack
    assert len(stored(media)) == 3
    assert actions.sweep_uploads() == actions.Swept(0, 0)
    call_command("chat_sweep_uploads", "--older-than", "0")
    assert capsys.readouterr().out == "Deleted 1 upload and 1 stray file.\n"
    assert MessageFile.objects.get() == kept
    assert len(stored(media)) == 1


# -- Scanner ----------------------------------------------------------------------------------------------------
VERDICTS: dict[str, bool | None] = {}


def scan(attachment):
    return VERDICTS.get(attachment.name)


def test_what_waits_for_the_scanner_has_no_address(people, room, settings, events):
    settings.DF_CHAT = {"SCANNER": "tests.actions.test_attachments.scan"}
    file = text(people.ben)
    send(people.ben, room, file)
    assert [(one["is_pending"], one["url"]) for one in events[-1].parts["messages"][0]["files"]] == [(True, None)]
    actions.finish_scan(file, is_clean=True)
    (state,) = events[-1].parts["messages"][0]["files"]
    assert state["url"]
    actions.finish_scan(file, is_clean=True)
    assert len(events) == 2


def test_what_the_scanner_refuses_is_gone(people, room, settings, media):
    settings.DF_CHAT = {"SCANNER": "tests.actions.test_attachments.scan"}
    file = text(people.ben)
    message = send(people.ben, room, file).message
    actions.finish_scan(file, is_clean=False)
    actions.finish_scan(file, is_clean=True)
    message.refresh_from_db()
    assert message.deleted_at is not None
    assert stored(media) == []


def test_a_scanner_may_answer_at_once(people, settings, media, monkeypatch):
    settings.DF_CHAT = {"SCANNER": "tests.actions.test_attachments.scan"}
    monkeypatch.setitem(VERDICTS, "good.txt", True)
    monkeypatch.setitem(VERDICTS, "bad.txt", False)
    assert text(people.ben, name="good.txt").scan == "clean"
    assert refused(text, people.ben, name="bad.txt") == ("refused_by_scanner", "file")
    assert len(stored(media)) == 1


def test_the_age_of_orphans_is_a_setting(people, settings):
    settings.DF_CHAT = {"UPLOAD_ORPHAN_SECONDS": 1}
    file = text(people.ben)
    MessageFile._base_manager.filter(pk=file.pk).update(created=file.created - timedelta(seconds=2))
    assert actions.sweep_uploads().uploads == 1
