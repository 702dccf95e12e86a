"""The admin writes through the streams, and costs the same at one row and at fifty."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from df_chat import actions
from df_chat.models import Message, Room, RoomUser
from tests.media.images import png, upload

pytestmark = pytest.mark.django_db(transaction=True)
MODELS = ("room", "roomuser", "message", "messageimage", "userchat", "stream")


@pytest.fixture
def site(client, make_user):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def message(people, room):
    return actions.send_message(actor=people.ada, room_id=room.pk, body="between us").message


def url(model, page, *args):
    return reverse(f"admin:df_chat_{model}_{page}", args=args)


def form_of(response):
    """What the page's form would send, unchanged."""
    data = {}
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value or value == 0:
                data[bound.html_name] = value
    return data


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_its_pages(site, people, message, model):
    actions.set_online([people.ada.pk])
    assert site.get(url(model, "changelist")).status_code == 200
    assert site.get(url(model, "changelist") + "?q=x").status_code == 200


def test_lists_show_no_text_of_messages(site, message):
    assert b"between us" not in site.get(url("message", "changelist")).content
    assert b"between us" in site.get(url("message", "change", message.pk)).content


@pytest.mark.parametrize("model", MODELS)
def test_lists_cost_the_same_at_one_and_at_fifty(site, people, message, make_user, model):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            site.get(url(model, "changelist"))
        return len(queries)

    actions.set_online([people.ada.pk])
    cost()
    before = cost()
    for number in range(49):
        user = make_user(f"m{number}")
        room = actions.create_room(actor=user, title=f"{number}")
        actions.send_message(actor=user, room_id=room.pk, body="x")
        actions.set_online([user.pk])
    assert cost() == before


def test_a_message_changed_in_the_admin_is_heard(site, message, events):
    page = url("message", "change", message.pk)
    data = form_of(site.get(page)) | {"body": "reworded", "metadata": "{}"}
    assert site.post(page, data).status_code == 302
    (state,) = events[-1].parts["messages"]
    assert state["body"] == "reworded"
    assert state["edited_at"] is not None


def test_a_room_changed_in_the_admin_is_heard(site, room, events):
    page = url("room", "change", room.pk)
    data = form_of(site.get(page)) | {"title": "Renamed", "metadata": "{}"}
    response = site.post(page, data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert events[0].parts["room"]["title"] == "Renamed"


def test_images_of_rooms_are_removed_in_the_admin(site, people, room, events, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    actions.set_room_image(actor=people.ada, room_id=room.pk, image=upload(png()))
    assert "image" not in site.get(url("room", "change", room.pk)).context["adminform"].form.fields
    site.post(url("room", "changelist"), {"action": "remove_images", "_selected_action": [str(room.pk)]})
    assert [event.parts["room"]["image"] is None for event in events[-2:]] == [False, True]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_room_made_in_the_admin_has_a_stream(site, people, events):
    data = {
        "title": "New",
        "metadata": "{}",
        "creator": people.ada.pk,
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }
    assert site.post(url("room", "add"), data).status_code == 302
    assert Room.objects.get(title="New").memberships.get().role == "owner"
    assert events[0].version == 2


def test_what_the_admin_deletes_is_heard(site, room, message, events):
    chosen = {"action": "delete_selected", "_selected_action": [str(message.pk)], "post": "yes"}
    assert site.post(url("message", "changelist"), chosen).status_code == 302
    assert events[-1].parts["messages"][0]["deleted"]
    assert Message.objects.get(pk=message.pk).body == ""
    member = RoomUser.objects.filter(room=room, role="member").get()
    assert site.post(url("roomuser", "delete", member.pk), {"post": "yes"}).status_code == 302
    assert any(not state["is_active"] for event in events for state in event.parts.get("users", ()))
    assert site.post(url("room", "delete", room.pk), {"post": "yes"}).status_code == 302
    assert Room.objects.get(pk=room.pk).deleted_at is not None


def test_streams_are_to_look_at(site, room):
    assert site.get(url("stream", "add")).status_code == 403
    assert site.post(url("stream", "delete", room.pk), {"post": "yes"}).status_code == 403


def test_what_cannot_be_moved_is_not_offered(site, room, message):
    member = RoomUser.objects.get(room=room, role="member")
    for model, obj, fields in (
        ("message", message, {"room", "parent"}),
        ("roomuser", member, {"room", "user"}),
    ):
        offered = site.get(url(model, "change", obj.pk)).context["adminform"].form.fields.keys()
        assert not offered & fields
        assert fields <= site.get(url(model, "add")).context["adminform"].form.fields.keys()


def test_a_member_cannot_be_made_into_another_one(site, people, room, events):
    page = url("room", "change", room.pk)
    data = form_of(site.get(page)) | {"metadata": "{}"}
    (field,) = [name for name, value in data.items() if name.endswith("-user") and value == people.ben.pk]
    response = site.post(page, data | {field: people.cleo.pk})
    assert response.status_code == 200
    (errors,) = [
        form.non_field_errors() for form in response.context["inline_admin_formsets"][0].formset if form.errors
    ]
    assert errors == ["This cannot be moved. Delete it, and create another."]
    assert {member.user for member in RoomUser.objects.filter(room=room)} == {people.ada, people.ben}
    assert events == []
