"""Every operation of the API in words: what it does, takes and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from df_chat.contrib.spectacular.components import Described, MessageDetail, SentBefore
from df_chat.drf import serializers
from df_chat.drf.search import MAX_CHARS, MIN_CHARS
from df_chat.models import Room
from df_chat.settings import chat_settings

Operations = dict[str, Callable[[Any], Any]]

REFUSALS = {
    400: "The input breaks a rule.",
    401: "Not signed in.",
    403: "You may see it, and not do this; or the CSRF token is missing.",
    404: "It does not exist, or not for you.",
    409: "The same key was used for something else.",
    415: "A body of a kind that is not taken.",
    416: "The file ends before the range begins.",
    429: "Too many requests: wait for `Retry-After` seconds.",
    503: "Busy: try again after `Retry-After` seconds.",
}
WAIT = OpenApiParameter("Retry-After", int, OpenApiParameter.HEADER, response=[429, 503], description="Seconds.")


def in_path(name: str, kind: Any = OpenApiTypes.UUID, description: str = "") -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.PATH, description=description)


def in_query(name: str, description: str, kind: Any = OpenApiTypes.STR, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description, **more)


def _words(min_chars: int) -> dict[str, Any]:
    return {"type": "string", "minLength": min_chars, "maxLength": MAX_CHARS}


USER = in_path("user_id", OpenApiTypes.STR, "The key of a user.")
SEARCH = in_query(
    "search", "What a name or topic contains, or the other's name in a direct chat begins with.", _words(0)
)
NAMED = in_query("search", "What a name begins with.", _words(MIN_CHARS))


def describe(
    summary: str,
    answers: dict[Any, Any],
    *,
    body: Any = None,
    query: Iterable[OpenApiParameter] = (),
    also: Iterable[int] = (),
    path: Iterable[OpenApiParameter] = (),
) -> Callable[[Any], Any]:
    """One operation.

    Args:
        answers: what each status of success answers, with its media type where that is not JSON; None where there is
            no body.
        also: refusals that are not plain from the rest.
        path: the ids in the path.
    """
    path, statuses = list(path), {401, 403, 429, 503, *also}
    statuses |= {400, 415} if body is not None else set()
    statuses |= {400} if query else set()
    statuses |= {404} if path else set()
    done = {status: _done(answer, summary) for status, answer in answers.items()}
    refused = {status: OpenApiResponse(Described("ChatRefusal"), REFUSALS[status]) for status in sorted(statuses)}
    return extend_schema(
        summary=summary,
        description=summary,
        tags=["chat"],
        request=body,
        responses={**done, **refused},
        parameters=[*path, *query, WAIT],
    )


def _done(answer: Any, summary: str) -> OpenApiResponse:
    return answer if isinstance(answer, OpenApiResponse) else OpenApiResponse(answer, summary)


def combine(name: str, *kinds: type[Any]) -> type[Any]:
    """A body with the fields of several serializers."""
    return type(name, kinds, {"component": name})


def rooms() -> Operations:
    one, room = [in_path("id")], chat_settings.ROOM_SERIALIZER
    query = [
        in_query("public", "The directory of public rooms, instead of my own.", OpenApiTypes.BOOL),
        in_query("kind", "Only rooms of this kind.", enum=Room.Kind.values),
        SEARCH,
    ]
    since = [
        in_query("since", "My version of the room.", {"type": "integer", "minimum": 0, "default": 0}),
        in_query("gen", "My `gen` of the room.", {"type": "string", "maxLength": 64, "default": ""}),
    ]
    new = combine("ChatNewRoom", serializers.NewRoomSerializer, room)
    return {
        "list": describe("List rooms, newest activity first.", {200: room(many=True)}, query=query, also=[404]),
        "create": describe("Make a group room.", {201: room}, body=new),
        "retrieve": describe("Show a room.", {200: room}, path=one),
        "update": describe("Change a room whole.", {200: room}, body=room, path=one),
        "partial_update": describe("Change a room in part.", {200: room}, body=room, path=one),
        "destroy": describe("Delete a room and everything in it.", {204: None}, path=one, also=[400]),
        "join": describe("Join a public room.", {200: room}, path=one, also=[400]),
        "leave": describe("Leave a room.", {204: None}, path=one, also=[400]),
        "mute": describe("Mute a room for myself.", {200: room}, path=one),
        "unmute": describe("Unmute a room for myself.", {200: room}, path=one),
        "snapshot": describe("Load a room as it stands.", {200: Described("ChatSnapshot")}, path=one),
        "changes": describe(
            "Ask what changed in a room since a version.", {200: Described("ChatRoomAnswer")}, path=one, query=since
        ),
    }


def members() -> Operations:
    room, one = [in_path("room_pk")], [in_path("room_pk"), USER]
    member, role = chat_settings.ROOM_USER_SERIALIZER, serializers.RoleSerializer
    return {
        "list": describe("List the members of a room.", {200: member(many=True)}, path=room, query=[NAMED]),
        "create": describe("Add a member.", {201: member}, body=member, path=room),
        "retrieve": describe("Show a member.", {200: member}, path=one),
        "update": describe("Give a member another role.", {200: member}, body=role, path=one),
        "partial_update": describe("Give a member another role.", {200: member}, body=role, path=one),
        "destroy": describe("Remove a member.", {204: None}, path=one, also=[400]),
        "names": describe("List the names of all members.", {200: Described("ChatNames")}, path=room),
    }


# What lists of messages are narrowed by.
NARROWED = [
    in_query("parent", "Only replies to this message.", OpenApiTypes.UUID),
    in_query("search", "What a text contains, whatever the case.", _words(MIN_CHARS)),
]


def _list_messages(**more: Any) -> Callable[[Any], Any]:
    message = chat_settings.MESSAGE_SERIALIZER
    return describe("List messages, newest first.", {200: message(many=True)}, **more)


def _send(body: Any, **more: Any) -> Callable[[Any], Any]:
    message = chat_settings.MESSAGE_SERIALIZER
    answers = {
        200: OpenApiResponse(SentBefore(message), "It was sent before, with this `client_id`."),
        201: message,
    }
    summary = "Send a message; safe to repeat with the same `client_id`."
    return describe(summary, answers, body=body, also=[404, 409], **more)


def messages() -> Operations:
    room, one = [in_path("room_pk")], [in_path("room_pk"), in_path("message_id")]
    message, edit, mark = (
        chat_settings.MESSAGE_SERIALIZER,
        serializers.EditMessageSerializer,
        serializers.MarkSerializer,
    )
    marks = {200: Described("ChatMarks")}
    return {
        "list": _list_messages(path=room, query=NARROWED),
        "create": _send(message, path=room),
        "retrieve": describe("Show a message, and who has seen it.", {200: MessageDetail(message)}, path=one),
        "update": describe("Edit a message.", {200: message}, body=edit, path=one),
        "partial_update": describe("Edit a message in part.", {200: message}, body=edit, path=one),
        "destroy": describe("Delete a message.", {204: None}, path=one),
        "react": describe(
            "React to a message, or take a reaction back.",
            {200: message},
            body=serializers.ReactSerializer,
            path=one,
        ),
        "seen": describe("Note how far I have read.", marks, body=mark, path=room),
        "received": describe("Note what has reached my device.", marks, body=mark, path=room),
    }


def flat_messages() -> Operations:
    query = [in_query("room", "The room.", OpenApiTypes.UUID, required=True), *NARROWED]
    body = combine("ChatFlatMessage", serializers.FlatMessageSerializer, chat_settings.MESSAGE_SERIALIZER)
    return {"list": _list_messages(query=query, also=[404]), "create": _send(body)}


def direct() -> Operations:
    room = chat_settings.ROOM_SERIALIZER
    answers = {200: room, 201: OpenApiResponse(room, "It was made just now.")}
    return {
        "retrieve": describe("Show the one chat with somebody.", {200: room}, path=[USER], also=[400]),
        "open": describe("Open the one chat with somebody.", answers, path=[USER], also=[400]),
    }


def direct_messages() -> Operations:
    body = chat_settings.MESSAGE_SERIALIZER
    return {"list": _list_messages(path=[USER], query=NARROWED), "create": _send(body, path=[USER])}


def images() -> Operations:
    return _attachments("image", chat_settings.IMAGE_SERIALIZER, serializers.ReplaceImageSerializer)


def files() -> Operations:
    return _attachments("file", chat_settings.FILE_SERIALIZER, serializers.ReplaceFileSerializer)


def _attachments(word: str, kind: Any, change: Any) -> Operations:
    one, room = [in_path("id")], in_query("room", "Only those in this room.", OpenApiTypes.UUID)
    article = "an" if word == "image" else "a"
    answers = {200: OpenApiResponse(kind, "It was sent before, with this `client_id`."), 201: kind}
    return {
        "list": describe(
            f"List {word}s that I may see, newest first.", {200: kind(many=True)}, query=[room], also=[404]
        ),
        "create": describe(
            f"Upload {article} {word}: for later, into a message, or into a room as a new message.",
            answers,
            body=kind,
            also=[404, 409],
        ),
        "retrieve": describe(f"Show {article} {word}.", {200: kind}, path=one),
        "update": describe(f"Replace {article} {word} of mine.", {200: kind}, body=change, path=one),
        "destroy": describe(f"Remove {article} {word}.", {204: None}, path=one, also=[400]),
    }


def people() -> Operations:
    person = chat_settings.USER_SERIALIZER
    return {"list": describe("List people I may write to.", {200: person(many=True)}, query=[NAMED], also=[404])}


def tickets() -> Operations:
    summary = "Get a ticket that signs in one socket, as this request is signed in."
    return {"create": describe(summary, {201: Described("ChatTicket")}, also=[400])}


def sync() -> Operations:
    return {
        "sync": describe(
            "Ask which of my streams have moved, and what changed.",
            {200: Described("ChatSyncAnswer")},
            body=serializers.SyncSerializer,
        ),
        "memberships": describe("List my memberships.", {200: Described("ChatMemberships")}),
    }
