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
