"""Rooms and members over REST."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from df_chat import actions
from df_chat.adapter import ChatAdapter
from df_chat.models import Stream

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


def test_the_list_says_up_to_where_it_tells(ada, people, room, public):
    heads = [Stream.objects.get(pk=one.pk).version for one in (room, public)]
    versions = {item["id"]: item["stream_version"] for item in ada.get("rooms/").json()["results"]}
    assert versions == {str(room.pk): heads[0], str(public.pk): heads[1]}
    actions.send_message(actor=people.ben, room_id=room.pk, body="news")
    assert ada.get("rooms/").json()["results"][0]["stream_version"] == heads[0] + 1
    assert ada.get(path(room)).json()["stream_version"] == 0


def test_unread_is_what_others_said_since(ada, ben, people, room):
    for body in "abc":
        actions.send_message(actor=people.ada, room_id=room.pk, body=body)
    actions.send_message(actor=people.ben, room_id=room.pk, body="mine")
    actions.send_message(actor=None, room_id=room.pk, body="the system's")
    assert ben.get(path(room)).json()["unread_count"] == 4
    ben.post(path(room, "messages/seen/"), {"up_to": 5})
    assert ben.get(path(room)).json()["unread_count"] == 2


def test_mentions_are_counted_while_they_are_unread(ada, ben, people, room, public):
    def say(*mentioned, actor=people.ada, place=room):
        ids = [user.pk for user in mentioned]
        return actions.send_message(actor=actor, room_id=place.pk, body="x", mention_ids=ids).message

    def counts(client, place=room):
        data = client.get(path(place)).json()
        return data["unread_count"], data["mention_count"]

    first, again = say(people.ben), say(people.ada, people.ben)
    say()
    say(people.ben, actor=people.ben)
    say(people.ben, place=public)
    assert [counts(ben), counts(ben, public), counts(ada)] == [(3, 2), (1, 1), (1, 0)]
    assert {item["title"]: item["mention_count"] for item in ben.get("rooms/").json()["results"]} == {
        "Private": 2,
        "Public": 1,
    }
    ben.post(path(room, "messages/seen/"), {"up_to": first.seq})
    assert counts(ben) == (2, 1)
    actions.delete_message(actor=people.ada, room_id=room.pk, message_id=again.pk)
    assert counts(ben) == (1, 0)
    actions.edit_message(actor=people.ada, room_id=room.pk, message_id=say().pk, mention_ids=[people.ben.pk])
    assert counts(ben) == (2, 1)


def test_mentions_of_an_earlier_membership_and_of_strangers_count_nothing(ben, cleo, people, public, settings):
    settings.DF_CHAT = {"NEW_MEMBER_HISTORY": "none"}
    mention = {"actor": people.ada, "room_id": public.pk, "body": "x", "mention_ids": [people.ben.pk]}
    actions.send_message(**mention)
    ben.post(path(public, "leave/"))
    assert [client.get(path(public)).json()["mention_count"] for client in (ben, cleo)] == [0, 0]
    ben.post(path(public, "join/"))
    assert ben.get(path(public)).json()["mention_count"] == 0
    actions.send_message(**mention)
    assert ben.get(path(public)).json()["mention_count"] == 1


class LaterAdapter(ChatAdapter):
    """Who joins reads nothing of the two messages that come next."""

    def visible_from(self, room_id, version):
        return version + 4


def test_what_may_not_be_read_is_not_counted(ben, people, public, settings):
    settings.DF_CHAT = {"ADAPTER": f"{__name__}.LaterAdapter"}
    ben.post(path(public, "leave/"))
    ben.post(path(public, "join/"))
    for expected in (0, 0, 1, 2):
        actions.send_message(actor=people.ada, room_id=public.pk, body="x", mention_ids=[people.ben.pk])
        data = ben.get(path(public)).json()
        assert (data["unread_count"], data["mention_count"]) == (expected, expected)


def test_rooms_are_found_by_title_topic_and_kind(ada, people, room, public):
    actions.open_direct(actor=people.ada, user_id=people.ben.pk)

    def titles(query):
        return [item["title"] for item in ada.get(f"rooms/?{query}").json()["results"]]

    assert titles("search=priv") == ["Private"]
    assert titles("kind=direct") == [""]
    assert ada.get("rooms/?kind=direct").json()["results"][0]["peer"]["name"] == "ben"
    assert ada.get("rooms/?search=%00").status_code == 400


def test_direct_chats_are_found_by_the_others_name(ada, ben, cleo, people, make_user):
    bert = make_user("bert")
    for user in (people.ben, people.cleo, bert):
        actions.open_direct(actor=people.ada, user_id=user.pk)
    actions.open_direct(actor=people.ben, user_id=bert.pk)
    actions.create_room(actor=people.ada, title="The bees", user_ids=[people.ben.pk])

    def found(client, query):
        rooms = client.get(f"rooms/?{query}").json()["results"]
        return sorted(room["title"] or room["peer"]["name"] for room in rooms)

    assert found(ada, "search=be") == ["The bees", "ben", "bert"]
    assert found(ada, "search=BEN") == ["ben"]
    assert found(ada, "search=be&kind=direct") == ["ben", "bert"]
    assert found(ada, "search=en") == found(ada, "search=ada") == []
    assert found(ben, "search=be") == ["The bees", "bert"]
    assert found(cleo, "search=be") == found(ada, "search=be&public=true") == []
    assert found(ada, "search=ben@example.com") == []
    bert.is_active = False
    bert.save()
    assert found(ada, "search=bert") == ["bert"]
    bert.delete()
    assert found(ada, "search=bert") == []


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


def test_rooms_say_whether_the_viewer_may_manage_them(ada, ben, people, public):
    assert [viewer.get(path(public)).json()["can_manage"] for viewer in (ada, ben)] == [True, False]
    direct, _ = actions.open_direct(actor=people.ada, user_id=people.ben.pk)
    assert ada.get(path(direct)).json()["can_manage"] is False


def test_where_staff_manage_rooms_nobody_else_is_told_they_may(ada, people, client_of, public, settings):
    settings.DF_CHAT = {"MANAGE_ROOMS": "staff"}
    assert [viewer.get(path(public)).json()["can_manage"] for viewer in (ada, client_of(people.sam))] == [False, True]


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


def test_members_are_found_by_the_beginning_of_their_names(ada, cleo, people, make_user, room, settings):
    beth, _ = make_user("beth"), make_user("beverly")
    for user in (*(make_user(f"bert{number}") for number in range(5)), beth):
        actions.add_member(actor=people.ada, room_id=room.pk, user_id=user.pk)
    actions.leave_room(actor=beth, room_id=room.pk)

    def names(query):
        return [member["name"] for member in ada.get(path(room, f"users/?{query}")).json()["results"]]

    assert names("search=be") == ["ben", *[f"bert{number}" for number in range(5)]]
    assert names("search=%20BERT3") == ["bert3"]
    assert names("search=ert") == names("search=beth") == names("search=bev") == names("search=ben@example.com") == []
    for bad in ("b", "%00be", "b" * 101):
        answer = ada.get(path(room, f"users/?search={bad}"))
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "search")
    assert cleo.get(path(room, "users/?search=be")).status_code == 404
    assert ada.get(path(room, f"users/{people.ben.pk}/?search=zz")).status_code == 200
    settings.DF_CHAT = {"PAGE_SIZE": 2}
    first = ada.get(path(room, "users/?search=bert")).json()
    second = ada.get(first["next"].removeprefix("http://testserver")).json()
    found = [[member["name"] for member in page["results"]] for page in (first, second)]
    assert found == [["bert0", "bert1"], ["bert2", "bert3"]]


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
    [
        "rooms/",
        "rooms/?search=a",
        "rooms/?public=true",
        "users/",
        "{room}users/",
        "{room}users/?search=be",
        "{room}users/?search=am",
        "{room}users/names/",
        "{room}messages/",
        "{room}messages/?search=xx",
        "{room}",
    ],
)
def test_lists_cost_the_same_at_one_and_at_fifty(ben, people, room, make_user, url):
    url = url.format(room=path(room))

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert ben.get(url).status_code == 200
        return len(queries)

    actions.send_message(actor=people.ada, room_id=room.pk, body="xxx")
    first = actions.create_room(actor=people.ada, title="p", is_public=True, user_ids=[people.ben.pk])
    actions.send_message(actor=people.ada, room_id=first.pk, body="x")
    actions.open_direct(actor=people.ada, user_id=people.ben.pk)
    before = cost()
    for number in range(49):
        user = make_user(f"am{number}")
        actions.add_member(actor=people.ada, room_id=room.pk, user_id=user.pk)
        actions.send_message(actor=user, room_id=room.pk, body="xxx")
        other = actions.create_room(actor=user, title=f"{number}", is_public=True, user_ids=[people.ben.pk])
        actions.send_message(actor=user, room_id=other.pk, body="x", mention_ids=[people.ben.pk, user.pk])
        actions.open_direct(actor=user, user_id=people.ben.pk)
    assert cost() == before
