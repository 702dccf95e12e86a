"""Rooms and members over REST."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from df_chat import actions

pytestmark = pytest.mark.django_db


def path(room, rest=""):
    return f"rooms/{room.pk}/{rest}"


def test_a_room_is_made_and_its_maker_owns_it(ada, people):
    answer = ada.post("rooms/", {"title": "New", "topic": "t", "user_ids": [people.ben.pk], "metadata": {"k": 1}})
    assert answer.status_code == 201
    data = answer.json()
    assert (data["title"], data["role"], data["member_count"], data["is_public"]) == ("New", "owner", 2, False)
    assert data["metadata"] == {"k": 1}


def test_the_list_is_mine_newest_talk_first(ada, cleo, people, room, public):
    actions.send_message(actor=people.ben, room_id=room.pk, body="news")
    rooms = ada.get("rooms/").json()["results"]
    assert [item["title"] for item in rooms] == ["Private", "Public"]
    assert rooms[0]["last_message"]["body"] == "news"
    assert [item["unread_count"] for item in rooms] == [1, 0]
    assert cleo.get("rooms/").json()["results"] == []
    directory = cleo.get("rooms/?public=true").json()["results"]
    assert [(item["title"], item["is_member"], item["member_count"]) for item in directory] == [("Public", False, 2)]


def test_unread_is_what_others_said_since(ada, ben, people, room):
    for body in "abc":
        actions.send_message(actor=people.ada, room_id=room.pk, body=body)
    actions.send_message(actor=people.ben, room_id=room.pk, body="mine")
    actions.send_message(actor=None, room_id=room.pk, body="the system's")
    assert ben.get(path(room)).json()["unread_count"] == 4
    ben.post(path(room, "messages/seen/"), {"up_to": 5})
    assert ben.get(path(room)).json()["unread_count"] == 2


def test_rooms_are_found_by_title_topic_and_kind(ada, people, room, public):
    actions.open_direct(actor=people.ada, user_id=people.ben.pk)

    def titles(query):
        return [item["title"] for item in ada.get(f"rooms/?{query}").json()["results"]]

    assert titles("search=priv") == ["Private"]
    assert titles("kind=direct") == [""]
    assert ada.get("rooms/?kind=direct").json()["results"][0]["peer"]["name"] == "ben"
    assert ada.get("rooms/?search=%00").status_code == 400


def test_pages_go_by_cursor(ada, people):
    for number in range(5):
        actions.create_room(actor=people.ada, title=f"{number}")
    first = ada.get("rooms/?limit=2").json()
    second = ada.get(first["next"].removeprefix("http://testserver")).json()
    titles = [item["title"] for page in (first, second) for item in page["results"]]
    assert titles == ["4", "3", "2", "1"]


def test_a_room_is_changed_whole_or_in_part(ada, ben, room):
    assert ada.patch(path(room), {"topic": "part"}).json()["title"] == "Private"
    whole = ada.put(path(room), {"title": "Whole"}).json()
    assert (whole["title"], whole["topic"]) == ("Whole", "")
    assert ben.patch(path(room), {"topic": "x"}).status_code == 403


def test_a_deleted_room_is_gone_for_everybody(ada, ben, room):
    assert ben.delete(path(room)).status_code == 403
    assert ada.delete(path(room)).status_code == 204
    assert [client.get(path(room)).status_code for client in (ada, ben)] == [404, 404]


@pytest.mark.parametrize("method", ["post", "put"])
def test_join_and_leave_take_post_and_put(cleo, public, method):
    joined = getattr(cleo, method)(path(public, "join/"))
    assert (joined.status_code, joined.json()["is_member"]) == (200, True)
    assert getattr(cleo, method)(path(public, "leave/")).status_code == 204
    assert cleo.get(path(public)).json()["is_member"] is False


def test_muting_is_ones_own(ada, ben, room):
    assert ben.post(path(room, "mute/")).json()["is_muted"] is True
    assert ada.get(path(room)).json()["is_muted"] is False
    assert ben.post(path(room, "unmute/")).json()["is_muted"] is False


def test_members_are_listed_added_changed_and_removed(ada, ben, people, room):
    assert [m["name"] for m in ada.get(path(room, "users/")).json()["results"]] == ["ada", "ben"]
    added = ada.post(path(room, "users/"), {"user_id": people.cleo.pk})
    assert (added.status_code, added.json()["role"]) == (201, "member")
    one = f"users/{people.cleo.pk}/"
    assert ada.patch(path(room, one), {"role": "admin"}).json()["role"] == "admin"
    assert ben.patch(path(room, one), {"role": "member"}).status_code == 403
    assert ada.get(path(room, one)).json()["is_me"] is False
    assert ada.delete(path(room, one)).status_code == 204
    assert ada.get(path(room, one)).status_code == 404
    assert ada.get(path(room, "users/names/")).json()[1] == {"user_id": str(people.ben.pk), "name": "ben"}


def test_people_are_those_one_may_write_to(ada, people):
    names = [person["name"] for person in ada.get("users/").json()["results"]]
    assert names == ["ben", "cleo", "sam"]
    assert [p["name"] for p in ada.get("users/?search=cl").json()["results"]] == ["cleo"]
    assert ada.get("users/?search=cleo@example.com").json()["results"] == []


def test_online_is_counted(ada, people, room):
    actions.set_online([people.ben.pk])
    assert ada.get(path(room)).json()["online_count"] == 1
    assert ada.get(path(room, f"users/{people.ben.pk}/")).json()["is_online"] is True


def test_a_direct_chat_opens_with_the_first_message(ada, ben, people):
    there = f"direct/{people.ben.pk}/"
    assert ada.get(there).status_code == 404
    assert ada.get(there + "messages/").json()["results"] == []
    assert ada.post(there + "messages/", {"body": " "}).status_code == 400
    assert ada.get(there).status_code == 404
    assert ada.post(there + "messages/", {"body": "hi"}).status_code == 201
    assert ben.get(f"direct/{people.ada.pk}/messages/").json()["results"][0]["body"] == "hi"
    assert ada.post(there).status_code == 200
    assert ada.post(f"direct/{people.cleo.pk}/").status_code == 201
    assert ada.get("direct/999/messages/").status_code == 404
    assert ada.post(f"direct/{people.ada.pk}/").status_code == 400


@pytest.mark.parametrize(
    "url",
    ["rooms/", "rooms/?public=true", "users/", "{room}users/", "{room}users/names/", "{room}messages/", "{room}"],
)
def test_lists_cost_the_same_at_one_and_at_fifty(ben, people, room, make_user, url):
    url = url.format(room=path(room))

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert ben.get(url).status_code == 200
        return len(queries)

    actions.send_message(actor=people.ada, room_id=room.pk, body="x")
    first = actions.create_room(actor=people.ada, title="p", is_public=True, user_ids=[people.ben.pk])
    actions.send_message(actor=people.ada, room_id=first.pk, body="x")
    actions.open_direct(actor=people.ada, user_id=people.ben.pk)
    before = cost()
    for number in range(49):
        user = make_user(f"m{number}")
        actions.add_member(actor=people.ada, room_id=room.pk, user_id=user.pk)
        actions.send_message(actor=user, room_id=room.pk, body="x")
        other = actions.create_room(actor=user, title=f"{number}", is_public=True, user_ids=[people.ben.pk])
        actions.send_message(actor=user, room_id=other.pk, body="x")
        actions.open_direct(actor=user, user_id=people.ben.pk)
    assert cost() == before
