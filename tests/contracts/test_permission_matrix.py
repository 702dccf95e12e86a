"""Who may do what: every route and every action of the socket, by every kind of user, in a private and a public room.

The routes come from the URLconf and the actions from the consumer: one that has no row here fails, and says which line
to add.
"""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from django.db import transaction
from rest_framework.test import APIClient

from df_chat import actions
from df_chat.asgi.consumers import RoomsConsumer
from df_chat.urls import urlpatterns
from tests.asyncapi.frames import check_frame
from tests.contracts.openapi import check_answer
from tests.media.images import png, upload

ROLES = ("anonymous", "stranger", "ex", "member", "admin", "owner", "elsewhere", "staff")
# Expected statuses in the order of ROLES, in a private room; in a public one where they differ.
SEE = "401 404 404 200 200 200 404 404 | 401 200 200 200 200 200 200 200"
SEE_BYTES = SEE.replace("401", "404")
MEMBER = "401 404 404 200 200 200 404 404 | 401 403 403 200 200 200 403 403"
MEMBER_201 = MEMBER.replace("200", "201")
MANAGE = "401 404 404 403 200 200 404 404 | 401 403 403 403 200 200 403 403"
MANAGE_201, MANAGE_204 = MANAGE.replace("200", "201"), MANAGE.replace("200", "204")
AUTHOR = "401 404 404 403 403 200 404 404 | 401 403 403 403 403 200 403 403"
ANYBODY = "401 200 200 200 200 200 200 200"
ANYBODY_201 = ANYBODY.replace("200", "201")

NOT_AN_IMAGE = MEMBER.replace("200", "400")

# (method, route) -> (body, statuses). Ada, the owner, wrote the message; "victim" is a plain member.
ROUTES: dict[tuple[str, str], tuple[Any, str]] = {
    ("get", "rooms/"): (None, ANYBODY),
    ("post", "rooms/"): ({"title": "x"}, ANYBODY_201),
    ("get", "rooms/<pk>/"): (None, SEE),
    ("put", "rooms/<pk>/"): ({"title": "x"}, MANAGE),
    ("patch", "rooms/<pk>/"): ({"topic": "x"}, MANAGE),
    ("delete", "rooms/<pk>/"): (None, MANAGE_204),
    ("post", "rooms/<pk>/mute/"): (None, MEMBER),
    ("post", "rooms/<pk>/unmute/"): (None, MEMBER),
    ("post", "rooms/<pk>/join/"): (None, SEE),
    ("put", "rooms/<pk>/join/"): (None, SEE),
    ("post", "rooms/<pk>/leave/"): (None, SEE.replace("200", "204")),
    ("put", "rooms/<pk>/leave/"): (None, SEE.replace("200", "204")),
    ("get", "rooms/<pk>/snapshot/"): (None, SEE),
    ("get", "rooms/<pk>/changes/"): (None, SEE),
    ("get", "rooms/<room_pk>/users/"): (None, SEE),
    ("post", "rooms/<room_pk>/users/"): ({"user_id": "NEW"}, MANAGE_201),
    ("get", "rooms/<room_pk>/users/names/"): (None, SEE),
    ("get", "rooms/<room_pk>/users/<user_id>/"): (None, SEE),
    ("put", "rooms/<room_pk>/users/<user_id>/"): ({"role": "admin"}, MANAGE),
    ("patch", "rooms/<room_pk>/users/<user_id>/"): ({"role": "admin"}, MANAGE),
    ("delete", "rooms/<room_pk>/users/<user_id>/"): (None, MANAGE_204),
    ("get", "rooms/<room_pk>/messages/"): (None, SEE),
    ("post", "rooms/<room_pk>/messages/"): ({"body": "x"}, MEMBER_201),
    ("get", "rooms/<room_pk>/messages/<message_id>/"): (None, SEE),
    ("put", "rooms/<room_pk>/messages/<message_id>/"): ({"body": "x"}, AUTHOR),
    ("patch", "rooms/<room_pk>/messages/<message_id>/"): ({"body": "x"}, AUTHOR),
    ("delete", "rooms/<room_pk>/messages/<message_id>/"): (None, MANAGE_204),
    ("post", "rooms/<room_pk>/messages/<message_id>/react/"): ({"emoji": "👍"}, MEMBER),
    ("post", "rooms/<room_pk>/messages/seen/"): ({"up_to": 9}, MEMBER),
    ("post", "rooms/<room_pk>/messages/received/"): ({"up_to": 9}, MEMBER),
    ("get", "messages/"): (None, SEE),
    ("post", "messages/"): ({"room_id": "ROOM", "body": "x"}, MEMBER_201),
    ("get", "direct/<user_id>/"): (None, ANYBODY.replace("200", "404")),
    ("post", "direct/<user_id>/"): (None, ANYBODY_201),
    ("get", "direct/<user_id>/messages/"): (None, ANYBODY),
    ("post", "direct/<user_id>/messages/"): ({"body": "x"}, ANYBODY_201),
    ("get", "images/"): (None, SEE),
    ("post", "images/"): ({"room_id": "ROOM", "image": "FILE"}, NOT_AN_IMAGE),
    ("get", "images/<id>/"): (None, SEE),
    ("put", "images/<id>/"): ({"image": "FILE"}, AUTHOR.replace("200", "400")),
    ("delete", "images/<id>/"): (None, MANAGE_204),
    ("get", "files/"): (None, SEE),
    ("post", "files/"): ({"room_id": "ROOM", "file": "FILE"}, MEMBER_201),
    ("get", "files/<id>/"): (None, SEE),
    ("put", "files/<id>/"): ({"file": "FILE"}, AUTHOR),
    ("delete", "files/<id>/"): (None, MANAGE_204),
    ("get", "users/"): (None, ANYBODY),
    ("post", "sync/"): ({}, ANYBODY),
    ("get", "memberships/"): (None, ANYBODY),
    ("post", "ws-ticket/"): ({}, ANYBODY_201),
    ("get", "images/<id>/original/"): (None, SEE_BYTES),
    ("get", "images/<id>/medium/"): (None, SEE_BYTES),
    ("get", "images/<id>/small/"): (None, SEE_BYTES),
    ("get", "files/<id>/content/"): (None, SEE_BYTES),
    ("get", "rooms/<pk>/image/"): (None, SEE_BYTES),
    ("get", "rooms/<pk>/image/small/"): (None, SEE_BYTES),
    ("put", "rooms/<pk>/image/"): ({"image": "FILE"}, MANAGE.replace("200", "400")),
    ("delete", "rooms/<pk>/image/"): (None, MANAGE_204),
}
# Actions of the socket; anonymous sockets never open. ``subscribe`` and ``typing`` are for rooms the socket follows.
FOLLOWED = "-- 404 404 200 200 200 404 404"
ACTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "send_message": ({"room_id": "ROOM", "body": "x"}, MEMBER_201),
    "edit_message": ({"room_id": "ROOM", "message_id": "MESSAGE", "body": "x"}, AUTHOR),
    "delete_message": ({"room_id": "ROOM", "message_id": "MESSAGE"}, MANAGE),
    "react": ({"room_id": "ROOM", "message_id": "MESSAGE", "emoji": "👍"}, MEMBER),
    "mark_seen": ({"room_id": "ROOM", "up_to": 9}, MEMBER),
    "mark_received": ({"room_id": "ROOM", "up_to": 9}, MEMBER),
    "join": ({"room_id": "ROOM"}, SEE),
    "leave": ({"room_id": "ROOM"}, SEE.replace("200", "204")),
    "sync": ({}, ANYBODY),
    "subscribe": ({"room_id": "ROOM"}, FOLLOWED),
    "unsubscribe": ({}, ANYBODY),
    "typing": ({"room_id": "ROOM"}, FOLLOWED.replace("200", "202")),
}


def routes() -> list[tuple[str, str]]:
    """Every method of every route, as ``("get", "rooms/<pk>/")``."""
    found = []
    for pattern in urlpatterns:
        callback: Any = pattern.callback
        route = _readable(str(pattern.pattern))
        found += [(method, route) for method in callback.actions if method != "head"]
    return found


def _readable(route: str) -> str:
    route = re.sub(r"\(\?P<(\w+)>(?:[^()]|\\.)*\)", r"<\1>", route)
    return re.sub(r"<(?:str|uuid):", "<", route).removeprefix("^").removesuffix("$").removesuffix("\\Z")


def expected(statuses: str, role: str, kind: str) -> str:
    private, _, public = statuses.partition(" | ")
    return (public if kind == "public" and public else private).split()[ROLES.index(role)]


@pytest.fixture
def world(people, make_user, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    def build(kind: str) -> SimpleNamespace:
        users = {role: make_user(role) for role in ("stranger", "ex", "member", "admin", "elsewhere", "victim")}
        owner = people.ada
        ids = [users[role].pk for role in ("ex", "member", "admin", "victim")]
        room = actions.create_room(actor=owner, title="R", is_public=kind == "public", user_ids=ids)
        actions.set_role(actor=owner, room_id=room.pk, user_id=users["admin"].pk, role="admin")
        image = actions.upload_image(actor=owner, file=upload(png()))
        file = actions.upload_file(actor=owner, file=upload(b"Hello", "hello.txt"))
        message = actions.send_message(
            actor=owner, room_id=room.pk, body="hi", image_ids=[image.pk], file_ids=[file.pk]
        ).message
        actions.set_room_image(actor=owner, room_id=room.pk, image=upload(png()))
        actions.leave_room(actor=users["ex"], room_id=room.pk)
        actions.create_room(actor=users["elsewhere"], title="Elsewhere")
        users |= {"owner": owner, "staff": people.sam, "anonymous": None}
        return SimpleNamespace(
            users=users,
            room=room,
            message=message,
            image=image,
            file=file,
            victim=users["victim"],
            other=make_user("other"),
        )

    return build


def fill(value: Any, place: SimpleNamespace) -> Any:
    names = {"ROOM": str(place.room.pk), "MESSAGE": str(place.message.pk), "NEW": str(place.other.pk)}
    filled = {key: names.get(item, item) if isinstance(item, str) else item for key, item in (value or {}).items()}
    return {key: upload(b"text", "a.txt") if item == "FILE" else item for key, item in filled.items()}


def address(route: str, place: SimpleNamespace) -> str:
    # A direct chat is opened with somebody who is in no room; a member's page is the victim's.
    user = place.other if route.startswith("direct/") else place.victim
    url = route.replace("<pk>", str(place.room.pk)).replace("<room_pk>", str(place.room.pk))
    url = url.replace("<id>", str((place.image if route.startswith("images/") else place.file).pk))
    url = url.replace("<message_id>", str(place.message.pk)).replace("<user_id>", str(user.pk))
    return "/api/v1/chat/" + url + (f"?room={place.room.pk}" if route in ("messages/", "images/", "files/") else "")


def test_every_route_has_a_row():
    missing = [
        f'    ("{method}", "{route}"): (None, ...),' for method, route in routes() if (method, route) not in ROUTES
    ]
    assert not missing, "add to ROUTES:\n" + "\n".join(missing)
    assert set(ROUTES) == set(routes())


def test_every_action_has_a_row():
    missing = [f'    "{name}": ({{}}, ...),' for name in RoomsConsumer.available_actions if name not in ACTIONS]
    assert not missing, "add to ACTIONS:\n" + "\n".join(missing)
    assert set(ACTIONS) == set(RoomsConsumer.available_actions)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["private", "public"])
@pytest.mark.parametrize("role", ROLES)
def test_routes(world, role, kind):
    """Every route by one kind of user, each from the same start."""
    place, wrong = world(kind), []
    for (method, route), (body, statuses) in ROUTES.items():
        client = APIClient()
        if place.users[role] is not None:
            client.force_authenticate(place.users[role])
        with transaction.atomic():
            form = {"format": "multipart"} if body and "FILE" in body.values() else {}
            data = fill(body, place) if method != "get" else None
            answer = getattr(client, method)(address(route, place), data, **form)
            transaction.set_rollback(True)
        check_answer(answer)
        if str(answer.status_code) != expected(statuses, role, kind):
            wrong.append((method, route, answer.status_code, expected(statuses, role, kind)))
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES[1:])
def test_ids_of_another_room_are_found_nowhere(world, role):
    """Each id of the private room, under the path of a room the user owns."""
    place = world("private")
    user = place.users[role]
    mine = actions.create_room(actor=user, title="Mine")
    client = APIClient()
    client.force_authenticate(user)
    for route in ("messages/<message_id>/", "messages/<message_id>/react/", "users/<user_id>/"):
        for method in ("get", "put", "patch", "delete", "post"):
            if (method, f"rooms/<room_pk>/{route}") not in ROUTES:
                continue
            body = ROUTES[method, f"rooms/<room_pk>/{route}"][0]
            url = address(f"rooms/{mine.pk}/{route}", place)
            assert getattr(client, method)(url, fill(body, place) or None).status_code == 404, (method, url)
    answer = client.post(f"/api/v1/chat/rooms/{mine.pk}/messages/", {"body": "x", "parent_id": str(place.message.pk)})
    assert answer.status_code == 400


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("async_orm")
@pytest.mark.parametrize("kind", ["private", "public"])
@pytest.mark.parametrize("action", ACTIONS)
async def test_actions(world, action, kind):
    """One action by every kind of user; those who change the room for the next come last."""
    place = await sync_to_async(world)(kind)
    data, statuses = ACTIONS[action]
    wrong = []
    for role in ROLES[1:]:
        channel_layers.backends.clear()
        communicator = WebsocketCommunicator(RoomsConsumer.as_asgi(), "/")
        communicator.scope["user"] = place.users[role]
        await communicator.connect()
        await communicator.send_to(text_data=json.dumps({"action": action, "request_id": 1, **fill(data, place)}))
        frame = await communicator.receive_json_from(5)
        while frame.get("request_id") != 1:
            frame = await communicator.receive_json_from(5)
        await communicator.disconnect()
        check_frame(frame)
        if str(frame["response_status"]) != expected(statuses, role, kind):
            wrong.append((role, frame["response_status"], expected(statuses, role, kind)))
        if action == "delete_message" and frame["response_status"] == 200:
            again = await sync_to_async(actions.send_message)(
                actor=place.users["owner"], room_id=place.room.pk, body="x"
            )
            place.message = again.message
    assert wrong == []
