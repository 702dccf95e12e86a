"""Messages over REST."""

from __future__ import annotations

import json
import uuid

import pytest

from df_chat import actions

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(room):
    return f"rooms/{room.pk}/messages/"


def test_a_message_is_sent_read_edited_and_deleted(ada, ben, url):
    sent = ben.post(url, {"body": "hi", "metadata": {"a": [1]}})
    assert sent.status_code == 201
    one = f"{url}{sent.json()['id']}/"
    assert sent.json()["is_me"] is True
    assert ada.get(one).json()["is_me"] is False
    assert ben.patch(one, {"body": "hello"}).json()["body"] == "hello"
    assert ben.put(one, {"body": "again"}).json()["edited_at"] is not None
    assert ada.patch(one, {"body": "x"}).status_code == 403
    assert ben.delete(one).status_code == 204
    assert ben.get(one).status_code == 404
    assert ada.get(url).json()["results"][0]["deleted"] is True


def test_a_retry_answers_200_and_another_text_409(ben, url):
    key = str(uuid.uuid4())
    answers = [ben.post(url, {"body": body, "client_id": key}) for body in ("one", "one", "two")]
    assert [answer.status_code for answer in answers] == [201, 200, 409]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[2].json()["errors"][0]["code"] == "client_id_conflict"


def test_a_like_is_a_message_with_a_parent(ada, ben, url):
    parent = ada.post(url, {"body": "hi"}).json()["id"]
    like = ben.post(url, {"body": "👍", "parent_id": parent, "is_reaction": True})
    assert (like.status_code, like.json()["is_reaction"]) == (201, True)
    assert ada.get(f"{url}{parent}/").json()["reactions"][0]["count"] == 1
    assert ben.delete(f"{url}{like.json()['id']}/").status_code == 204
    assert ada.get(f"{url}{parent}/").json()["reactions"] == []
    assert ben.post(f"{url}{parent}/react/", {"emoji": "🎉"}).json()["reactions"][0]["emoji"] == "🎉"
    assert ben.post(f"{url}{parent}/react/", {"emoji": "🎉", "on": False}).json()["reactions"] == []


def test_history_goes_by_seq_both_ways(ada, url, people, room):
    seqs = [actions.send_message(actor=people.ben, room_id=room.pk, body=f"{n}").message.seq for n in range(9)]

    def page(query):
        answer = ada.get(f"{url}?{query}").json()
        return [message["seq"] for message in answer["results"]], answer

    newest, answer = page("limit=3")
    assert newest == seqs[:-4:-1]
    assert answer["previous"] is None
    following = ada.get(answer["next"].removeprefix("http://testserver")).json()
    assert [message["seq"] for message in following["results"]] == seqs[-4:-7:-1]
    assert page(f"after={seqs[4]}&limit=2")[0] == [seqs[6], seqs[5]]
    around, answer = page(f"around={seqs[4]}&limit=3")
    assert around == [seqs[5], seqs[4], seqs[3]]
    assert answer["next"]
    assert answer["previous"]
    oldest, answer = page(f"before={seqs[1]}")
    assert oldest == [seqs[0]]
    assert answer["next"] is None
    assert page("limit=1000")[0] == seqs[::-1]


def test_a_thread_is_listed_by_its_parent(ada, url):
    parent = ada.post(url, {"body": "hi"}).json()["id"]
    reply = ada.post(url, {"body": "re", "parent_id": parent}).json()["id"]
    ada.post(url, {"body": "else"})
    assert [message["id"] for message in ada.get(f"{url}?parent={parent}").json()["results"]] == [reply]


def test_who_has_seen_a_message_shows_on_its_page(ada, ben, url):
    message = ada.post(url, {"body": "hi"}).json()
    assert ben.post(f"{url}received/", {"message_id": message["id"]}).json()["received_seq"] == message["seq"]
    page = ada.get(f"{url}{message['id']}/").json()
    assert ([r["name"] for r in page["received_by"]], page["seen_by"]) == (["ben"], [])
    seen = ben.post(f"{url}seen/", {"message_ids": [message["id"], str(uuid.uuid4())]}).json()
    assert seen["message_ids"] == [message["id"]]
    assert [r["name"] for r in ada.get(f"{url}{message['id']}/").json()["seen_by"]] == ["ben"]
    assert ben.get(url).json()["results"][0]["is_seen_by_me"] is True


def test_the_flat_list_is_the_rooms(ben, cleo, room, url):
    sent = ben.post("messages/", {"room_id": str(room.pk), "body": "flat"})
    assert sent.status_code == 201
    assert ben.get(f"messages/?room={room.pk}").json() == ben.get(url).json() | {"next": None}
    assert cleo.get(f"messages/?room={room.pk}").status_code == 404
    assert ben.get("messages/").json()["errors"][0]["attr"] == "room_id"


def test_what_changed_is_asked_for_by_cursor(ben, room, url):
    snapshot = ben.get(f"rooms/{room.pk}/snapshot/").json()
    ben.post(url, {"body": "new"})
    changes = ben.get(f"rooms/{room.pk}/changes/?since={snapshot['version']}&gen={snapshot['gen']}").json()
    assert [message["body"] for message in changes["messages"]] == ["new"]
    cursor = {"gen": snapshot["gen"], "version": snapshot["version"]}
    synced = ben.post("sync/", {"streams": {snapshot["stream"]: cursor}}).json()
    assert synced["streams"][snapshot["stream"]]["messages"] == changes["messages"]
    assert ben.get("memberships/").json()["memberships"][0]["room_id"] == str(room.pk)


def test_a_state_over_rest_is_the_state_in_the_frame(ada, url, events, room, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        sent = ada.post(url, {"body": "hi"}).json()
    (event,) = events
    frame = json.loads(event.encode(16_384))["messages"][0]
    assert {key: sent[key] for key in frame} == frame


def test_mentions_come_in_as_keys_and_go_out_with_names(ada, ben, cleo, people, url):
    sent = ada.post(url, {"body": "@ben", "mention_ids": [people.ben.pk]})
    expected = [{"user_id": str(people.ben.pk), "name": "ben"}]
    assert (sent.status_code, sent.json()["mentions"]) == (201, expected)
    one = f"{url}{sent.json()['id']}/"
    assert ben.get(one).json()["mentions"] == ben.get(url).json()["results"][0]["mentions"] == expected
    assert ada.put(one, {"body": "@ben!"}).json()["mentions"] == expected
    assert ada.patch(one, {"metadata": {"k": 1}}).json()["mentions"] == expected
    both = ada.patch(one, {"mention_ids": [str(people.ada.pk), str(people.ben.pk)]}).json()
    assert ([mention["name"] for mention in both["mentions"]], both["body"]) == (["ada", "ben"], "@ben!")
    assert ada.put(one, {"body": "you", "mention_ids": []}).json()["mentions"] == []
    assert ben.patch(one, {"mention_ids": []}).status_code == 403
    assert cleo.patch(one, {"mention_ids": []}).status_code == 404
    assert ada.get(url).json()["results"][0]["mentions"] == []


def test_a_form_mentions_too(ada, people, url):
    form = {"body": "hi", "mention_ids": [str(people.ben.pk), str(people.ada.pk)]}
    assert [one["name"] for one in ada.post(url, form, format="multipart").json()["mentions"]] == ["ben", "ada"]


@pytest.mark.parametrize("ids", [None, "1", 1, {"a": 1}, [None], [["1"]], [{}], [True], [1.5], ["\x00"], ["9" * 5000]])
def test_mentions_that_are_none_are_refused(ada, url, ids):
    answer = ada.post(url, {"body": "hi", "mention_ids": ids})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"].split(".")[0] == "mention_ids"


def test_strangers_and_strange_lists_are_not_mentioned(ada, people, url):
    def refusal(ids, **more):
        answer = ada.post(url, {"body": "hi", "mention_ids": ids, **more})
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        return error["code"], error["attr"]

    assert refusal([people.cleo.pk]) == refusal([99_999]) == ("not_a_member", "mention_ids")
    assert refusal(list(range(1, 100_000))) == ("too_many_mentions", "mention_ids")
    assert refusal([people.ben.pk], body="") == ("blank", "body")
    parent = ada.post(url, {"body": "hi"}).json()["id"]
    like = {"parent_id": parent, "is_reaction": True, "body": "👍"}
    assert refusal([people.ben.pk], **like) == ("invalid", "is_reaction")
    assert ada.get(url).json()["results"][0]["id"] == parent


@pytest.fixture
def find(room, client_of, people):
    """The bodies that a search finds, newest first."""

    def find(text, viewer=people.ada, url=f"rooms/{room.pk}/messages/", **query):
        answer = client_of(viewer).get(url, {"search": text, **query})
        assert answer.status_code == 200, answer.content
        return [message["body"] for message in answer.json()["results"]]

    return find


def test_messages_are_found_by_what_they_contain(ada, ben, people, url, find, room, public):
    for body in ("Tea at nine?", "50% of it", "5000 of it", "under_score", "underscore", "back\\slash", "Ünter Éva"):
        ada.post(url, {"body": body})
    parent = ben.post(url, {"body": "tea\nand cake"}).json()
    ben.post(url, {"body": "more TEA", "parent_id": parent["id"]})
    ben.post(f"{url}{parent['id']}/react/", {"emoji": "🍵"})
    ben.post(f"rooms/{public.pk}/messages/", {"body": "tea elsewhere"})
    assert find("tea") == find("  TeA ") == ["more TEA", "tea\nand cake", "Tea at nine?"]
    assert find("0%") == ["50% of it"]
    assert find("r_s") == ["under_score"]
    assert find("k\\s") == ["back\\slash"]
    assert find("Éva") == find("E\u0301va") == ["Ünter Éva"]
    assert find("🍵🍵") == find("' OR 1=1") == find("no such") == []
    assert find("tea", parent=parent["id"]) == ["more TEA"]
    assert find("tea", url="messages/", room=room.pk) == find("tea")
    assert len(find("")) == 9


def test_what_is_found_comes_in_the_same_pages(ada, url, find):
    seqs = [ada.post(url, {"body": f"{'odd' if n % 2 else 'even'} {n}"}).json()["seq"] for n in range(9)]
    assert find("odd", limit=2) == ["odd 7", "odd 5"]
    assert find("odd", before=seqs[5]) == ["odd 3", "odd 1"]
    assert find("odd", after=seqs[3], limit=1) == ["odd 5"]
    assert find("odd", around=seqs[4], limit=3) == ["odd 7", "odd 5", "odd 3"]
    answer = ada.get(url, {"search": "odd", "limit": 3}).json()
    following = ada.get(answer["next"].removeprefix("http://testserver")).json()
    assert ([message["body"] for message in following["results"]], following["next"]) == (["odd 1"], None)


def test_nothing_is_found_that_was_deleted_or_may_not_be_read(people, room, find, client_of, settings):
    settings.DF_CHAT = {"NEW_MEMBER_HISTORY": "none"}
    sent = [actions.send_message(actor=people.ada, room_id=room.pk, body=f"secret {n}").message for n in range(2)]
    actions.delete_message(actor=people.ada, room_id=room.pk, message_id=sent[0].pk)
    assert find("secret") == ["secret 1"]
    there = f"rooms/{room.pk}/messages/?search=secret"
    assert client_of(people.cleo).get(there).status_code == 404
    actions.add_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)
    actions.send_message(actor=people.ada, room_id=room.pk, body="secret since")
    assert find("secret", people.cleo) == ["secret since"]
    actions.edit_message(actor=people.ada, room_id=room.pk, message_id=sent[1].pk, body="harmless")
    assert find("secret") == ["secret since"]
    actions.leave_room(actor=people.cleo, room_id=room.pk)
    assert client_of(people.cleo).get(there).status_code == 404


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a", "too_short"),
        (" a ", "too_short"),
        ("\u202e\u202da", "too_short"),
        ("a" * 101, "max_length"),
        ("a" * 9000, "max_length"),
        ("a\x00b", "forbidden_character"),
    ],
)
def test_a_search_for_too_little_or_too_much_is_refused(ada, url, text, code):
    answer = ada.get(url, {"search": text})
    assert answer.status_code == 400
    assert [(error["code"], error["attr"]) for error in answer.json()["errors"]] == [(code, "search")]
