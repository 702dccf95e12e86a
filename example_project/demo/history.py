"""People, rooms and talk for the demo, written through the chat's own actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model

from demo.models import Order
from df_chat import actions
from df_chat.models import Message, Room

PASSWORD = "demo-pass-2026"  # noqa: S105 - a demo's
# Known to everybody, so that examples can name them: see DEMO_SIGN_IN.
PUBLIC_IDS = {
    "alice": "7e23353f-c0b3-43a1-880b-94f84969ad33",
    "bob": "8fd045c9-46a0-4493-9341-bb86807c16e4",
    "carol": "3c0a5f0e-6a8e-4a6b-9a51-0d6f2a2f7c11",
    "dave": "b1f7c2d4-5e39-4d0a-8c64-7f1e9b3a2d58",
}
PEOPLE = {"alice": "Alice Moreau", "bob": "Bob Okafor", "carol": "Carol Lindqvist", "dave": "Dave Tanaka"}


@dataclass(frozen=True)
class Group:
    title: str
    topic: str
    is_public: bool
    members: tuple[str, ...]
    talk: tuple[tuple[str, ...], ...] = field(default=())


# (who, text), (who, text, "re", number of the message answered) or (who, emoji, "like", number).
GENERAL = (
    ("alice", "Good morning everybody. The new chat is up, please try it out."),
    ("bob", "Morning! Works on my phone too."),
    ("carol", "Nice. Are the old threads still in the wiki?"),
    ("alice", "They are, and I will move the open questions here.", "re", 3),
    ("dave", "Could we have a room for lunch plans? Asking for a friend."),
    ("bob", "🍕", "like", 5),
    ("carol", "👍", "like", 5),
    ("alice", "Done: it is called Random."),
    ("bob", "The release notes for Friday are nearly ready. I need one more pair of eyes."),
    ("carol", "I can read them this afternoon.", "re", 9),
    ("bob", "Thank you!", "re", 9),
    ("dave", "The build was red for ten minutes because of me. It is green again."),
    ("alice", "👍", "like", 12),
    ("carol", "It happens. What was it?"),
    ("dave", "A test that compared times across midnight. It now uses a fixed clock."),
    ("alice", "Good catch. Could you write that down for the next one who meets it?"),
    ("dave", "Already in the contributing guide."),
    ("bob", "👍", "like", 17),
    ("carol", "The customer from Lyon asks whether messages survive a lost connection."),
    ("alice", "They do: each has its own key, so a retry is never a second message."),
    ("carol", "I will quote you on that. 😊"),
    ("bob", "Release notes are out for review: three features, seven fixes."),
    ("alice", "Reading them now."),
    ("alice", "Two small remarks, otherwise ready."),
    ("bob", "Both fixed. Thanks for being quick."),
    ("dave", "Deploy at four?"),
    ("alice", "Deploy at four."),
    ("carol", "👍", "like", 27),
    ("bob", "❤️", "like", 27),
)
RANDOM = (
    ("dave", "Lunch: the noodle place or the market?"),
    ("bob", "Market. It is sunny for once."),
    ("carol", "Market it is. Twelve thirty at the door."),
    ("dave", "👍", "like", 3),
    ("alice", "I am late, please bring me something with aubergine."),
    ("carol", "One aubergine something, coming up."),
    ("bob", "Who left a bicycle pump on my desk?"),
    ("dave", "A friend of bicycles."),
    ("bob", "My tyres say thank you."),
    ("carol", "Film night on Thursday? I have the projector."),
    ("alice", "Yes please."),
    ("bob", "🎬", "like", 10),
    ("dave", "What are we watching?"),
    ("carol", "The one with the lighthouse. Or the other one with the lighthouse."),
    ("dave", "😂", "like", 14),
)
RELEASE = (
    ("alice", "This room is for the release only: checklist, decisions, nothing else."),
    ("bob", "1. Notes reviewed\n2. Migrations run on a copy\n3. Rollback tried"),
    ("alice", "Who tries the rollback?"),
    ("bob", "I did, on Tuesday: four minutes."),
    ("alice", "👍", "like", 4),
    ("carol", "Support knows. Two people are on call until six."),
    ("alice", "Then we are ready."),
    ("bob", "🚀", "like", 7),
)
DIRECT = (
    ("alice", "Do you have a minute about Friday?"),
    ("bob", "Sure."),
    ("alice", "Could you hold the deploy call? I am on a train at four."),
    ("bob", "Happy to. Send me the list?"),
    ("alice", "It is pinned in the release room. Thank you!"),
    ("bob", "👍", "like", 5),
    ("bob", "Have a good trip."),
)
GROUPS = (
    Group("General", "What everybody should know", True, ("alice", "bob", "carol", "dave"), GENERAL),
    Group("Random", "Lunch, films and bicycles", True, ("dave", "bob", "carol", "alice"), RANDOM),
    Group("Release 1.0", "Checklist and decisions", False, ("alice", "bob", "carol"), RELEASE),
    Group(
        "Book club", "This month: nobody has finished it yet", True, ("carol",), (("carol", "Chapter three, anybody?"),)
    ),
)

# Each with the people who talk about it.
ORDERS = (
    (
        Order(pk=1041, customer="Lighthouse Cinema", item="Twelve projector lamps", status=Order.Status.PACKED),
        ("alice", "bob"),
        (
            ("alice", "The lamps came in two boxes: one label or two?"),
            ("bob", "Two, please. The courier weighs each."),
            ("alice", "Done. Pickup is at three."),
        ),
    ),
    (
        Order(pk=1042, customer="Market Noodles", item="Forty bowls, blue", status=Order.Status.OPEN),
        ("alice", "bob", "carol"),
        (("carol", "They asked whether the blue is the dark one."), ("bob", "It is. I sent them a photo.")),
    ),
)


def seed(*, report: Callable[[str], Any]) -> int:
    """Write what is not there yet. Returns the number of messages written."""
    users = {username: _person(username, name) for username, name in PEOPLE.items()}
    _person("admin", "", is_staff=True, is_superuser=True)
    written = 0
    for group in GROUPS:
        if Room.objects.filter(title=group.title, deleted_at=None).exists():
            continue
        report(f"Writing {group.title} ...")
        owner, *_ = members = [users[name] for name in group.members]
        # By the system: where staff make the rooms, their owners could not.
        room = actions.create_room(
            actor=None,
            title=group.title,
            topic=group.topic,
            is_public=group.is_public,
            user_ids=[user.pk for user in members],
        )
        actions.set_role(actor=None, room_id=room.pk, user_id=owner.pk, role="owner")
        written += _talk(room, group.talk, users)
    direct, created = actions.open_direct(actor=users["alice"], user_id=users["bob"].pk)
    if created:
        written += _talk(direct, DIRECT, users)
    for order, members, talk in ORDERS:
        if not Order.objects.filter(pk=order.pk).exists():
            order.save(force_insert=True)
            room = actions.create_room(
                actor=None, title=str(order), user_ids=[users[name].pk for name in members], target=order
            )
            written += _talk(room, talk, users)
    return written


def _person(username: str, name: str, **flags: bool) -> Any:
    first, _, last = name.partition(" ")
    names = {"first_name": first, "last_name": last, "email": f"{username}@example.com"}
    user, created = get_user_model().objects.get_or_create(username=username, defaults={**names, **flags})
    if created:
        user.set_password(PASSWORD)
    if username in PUBLIC_IDS and user.email == names["email"]:
        user.uuid, user.is_demo = PUBLIC_IDS[username], True
    user.save()
    return user


def _talk(room: Room, talk: tuple[tuple[Any, ...], ...], users: dict[str, Any]) -> int:
    said: list[Message | None] = []
    for who, text, *how in talk:
        said.append(_say(room, users[who], text, list(_target(said, how))))
    messages = [message for message in said if message is not None]
    last = messages[-1]
    actions.mark_seen(actor=last.room_user.user, room_id=room.pk, up_to=last.seq)
    return len(messages)


def _target(said: list[Message | None], how: list[Any]) -> Iterator[Any]:
    if how:
        kind, number = how
        yield kind
        yield said[number - 1]


def _say(room: Room, user: Any, text: str, how: list[Any]) -> Message | None:
    if not how:
        return actions.send_message(actor=user, room_id=room.pk, body=text).message
    kind, target = how
    if kind == "like":
        actions.react(actor=user, room_id=room.pk, message_id=target.pk, emoji=text)
        return None
    return actions.send_message(actor=user, room_id=room.pk, body=text, parent_id=target.pk).message
