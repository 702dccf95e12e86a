"""Clients, their sockets and a network between them and a server, all of it steered by a test one step at a time.

The clients are the real core, ``df_chat.testing.session``. The server is the model or the real one. Between them events
get lost, doubled and swapped, sockets break, requests wait, and their answers come late or never.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any

from df_chat.testing.effects import Acked, Effect, Purge, Rejected, Request, Store, Wait
from df_chat.testing.session import Session
from tests.sync.ledger import Ledger, Refused, Violation, check, objects_of
from tests.sync.sockets import Socket

State = dict[str, Any]

# A write that happens while a request is served: what, who, and to which message.
Op = tuple[str, int, int]
# Writes, each with the number of the step before which it happens.
Meanwhile = Sequence[tuple[int, Op]]
HISTORY_LIMIT = 2
MAX_ROUNDS = 500


class Client:
    """One device of a user."""

    def __init__(self, user: str, stream: str, make_session: type[Session]) -> None:
        self.user = user
        self.stream = stream
        self.make_session = make_session
        self.session = make_session()
        self.socket: Socket | None = None
        self.timers: dict[tuple[str, str | None], None] = {}
        self.disk: list[State] = []

    @property
    def replica(self) -> Any:
        return self.session.replicas.get(self.stream)

    def restart(self) -> list[Effect]:
        """The page is loaded anew: only what was persisted is left."""
        self.session, self.timers = self.make_session(), {}
        room_id = self.stream.partition(":")[2]
        return self.session.restore(room_id, self.disk, "", now=0.0) if self.disk else []


class World:
    """Three users with a client each.

    Args:
        server: the model or the real one. Its first two users are members from the start.
        make_session: the core of the clients, whole or broken.
    """

    def __init__(self, server: Any, make_session: type[Session] = Session) -> None:
        self.server = server
        self.off: frozenset[str] = server.off
        self.users: list[str] = server.users
        # Enough for a page of history above the snapshot.
        for _ in range(5):
            server.act("send", self.users[0], None)
        self.ledger = Ledger(server)
        self.ledger.start(self.users[:2], server.version)
        self.clients = [Client(user, server.room, make_session) for user in self.users]
        self.requests: list[tuple[Client, Session, Request]] = []
        self.answers: list[tuple[Client, Session, Request, int | None, State | None]] = []
        self.acked: dict[str, Client] = {}
        self._client_ids = (f"00000000-0000-4000-8000-{number:012}" for number in itertools.count())
        self._meanwhile: list[tuple[int, Op]] = []
        self._step = 0
        server.publish = self._published
        server.pause = self._paused
        for client in self.clients:
            self.dial(client)
        self.settle()

    # -- The server's side ----------------------------------------------------------------------------------------
    def _published(self, event: State) -> None:
        self.ledger.committed(event)
        for client in self.clients:
            if client.socket is not None and event["stream"] in client.socket.following:
                client.socket.layer.append(event)

    def _paused(self) -> None:
        if not self._meanwhile:
            return
        step, meanwhile = self._step, self._meanwhile
        self._meanwhile = []
        for at, op in meanwhile:
            if at == step:
                self.act(op)
        self._step, self._meanwhile = step + 1, meanwhile

    def act(self, op: Op) -> None:
        """Somebody writes; what is refused is no write."""
        kind, who, pick = op
        ids = self.server.message_ids()
        message_id = ids[-1 - pick % len(ids)] if ids else None
        if kind == "prune":
            self.server.prune({entry["client_id"] for client in self.clients for entry in self._unsent(client)})
        elif kind == "oust":
            self.act(("remove", who, 0))
            self.act(("send", 0, 0))
        else:
            with contextlib.suppress(Refused):
                self.server.act(kind, self.users[who], message_id)

    def _unsent(self, client: Client) -> list[State]:
        return [*client.disk, *(client.replica.outbox.entries if client.replica else ())]

    def back_up(self) -> None:
        self.server.back_up()
        self.ledger.back_up()

    def restore(self) -> None:
        """The database goes back in time; no server process, and no socket, survives it."""
        if not self.server.restore():
            return
        self.ledger.restored(self.ledger.epoch + 1, self.server.version)
        self.answers = [(*asked, None, None) for *asked, _, _ in self.answers]
        left = {row.get("client_id") for row in self.server.rows()}
        self.acked = {client_id: client for client_id, client in self.acked.items() if client_id in left}
        for client in self.clients:
            self.hang_up(client)

    # -- The network --------------------------------------------------------------------------------------------
    def dial(self, client: Client, meanwhile: Meanwhile = ()) -> None:
        """Open the client's socket."""
        if client.socket is None:
            client.socket = Socket(self, client)
            self._while(meanwhile, client.socket.start)

    def hang_up(self, client: Client) -> None:
        """Break the client's socket, with everything on its way."""
        if client.socket is not None:
            client.socket = None
            client.session.disconnected()

    def hear(self, client: Client, pick: int, fate: str, meanwhile: Meanwhile = ()) -> None:
        """One event of the layer reaches the socket, or does not."""
        socket = client.socket
        if socket is None or not socket.layer:
            return
        event = socket.layer.pop(pick % len(socket.layer))
        if fate == "twice":
            socket.layer.append(event)
        if fate == "poke":
            event = {key: value for key, value in event.items() if not isinstance(value, list | dict)}
        if fate != "lost":
            self._while(meanwhile, lambda: socket.hear(event))

    def sweep(self, client: Client, meanwhile: Meanwhile = ()) -> None:
        if client.socket is not None:
            self._while(meanwhile, client.socket.sweep)

    def read(self, client: Client, count: int = 1) -> None:
        """The next frames reach the client."""
        while client.socket is not None and client.socket.wire and count:
            count -= 1
            self.do(client, client.session.receive(client.socket.wire.pop(0)))

    def serve(self, pick: int, meanwhile: Meanwhile = ()) -> None:
        """The server works on a request."""
        if not self.requests:
            return
        client, session, request = self.requests.pop(pick % len(self.requests))
        horizon, version, epoch = self.server.horizon, self.server.version, self.ledger.epoch
        status, body = self._while(
            meanwhile, lambda: self.server.http(client.user, request.method, request.path, request.body)
        )
        if status == 200 and request.kind == "changes" and request.stream == self.server.room:
            since = int(request.path.partition("since=")[2].partition("&")[0])
            check(since >= horizon or body.get("reset"), "I12", "changes before the horizon:", body)
        self._check_answer(client.user, request, status, body, epoch, version)
        if client.session is session:
            self.answers.append((client, session, request, status, body))

    def _check_answer(self, user: str, request: Request, status: int, body: State, epoch: int, version: int) -> None:
        if status not in (200, 201):
            check(status in (204, 400, 403, 404), "a status nobody expects", status, request, body)
            return
        parts = body.get("streams", {request.stream: body})
        for stream, part in parts.items():
            self.ledger.emitted(user, stream, epoch, objects_of(part), since=version)

    def answer(self, pick: int, *, is_lost: bool = False) -> None:
        """An answer reaches the client; or the client learns that none will."""
        if self.answers:
            client, session, request, status, body = self.answers.pop(pick % len(self.answers))
            if client.session is session:
                outcome = (None, None) if is_lost else (status, body)
                self.do(client, session.done(request, *outcome))

    def tick(self, pick: int) -> None:
        """The time of a timer is over."""
        waiting = [(client, timer) for client in self.clients for timer in client.timers]
        if waiting:
            client, timer = waiting[pick % len(waiting)]
            del client.timers[timer]
            self.do(client, client.session.elapsed(*timer))

    def _while(self, meanwhile: Meanwhile, work: Any) -> Any:
        self._step, self._meanwhile = 0, list(meanwhile)
        try:
            return work()
        finally:
            self._meanwhile = []

    # -- The clients' side ----------------------------------------------------------------------------------------
    def do(self, client: Client, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Request():
                    self.requests.append((client, client.session, effect))
                case Wait(timer=timer, stream=stream):
                    client.timers[timer, stream] = None
                case Store() | Purge():
                    client.disk = list(client.replica.outbox.entries) if client.replica else []
                case Acked(client_id=client_id, message=message):
                    if not message.get("hidden"):
                        self.acked[client_id] = client
                case Rejected(status=status):
                    check(status != 409, "I6", "one key, two messages", effect)

    def type(self, client: Client) -> None:
        """The client sends a message."""
        if client.replica is not None:
            client_id = next(self._client_ids)
            self.do(client, client.session.send(client.replica.owner_id, client_id, {"body": "typed"}, at=0.0))

    def change(self, client: Client, kind: str, pick: int) -> None:
        """The client edits, deletes or reacts to a message that it shows."""
        shown = client.replica.objects.messages() if client.replica else []
        if not shown:
            return
        message = shown[-1 - pick % len(shown)]
        write = {
            "edit": ("PATCH", f"{message['id']}/", {"body": f"{message.get('body')}?"}),
            "delete": ("DELETE", f"{message['id']}/", None),
            "react": ("POST", f"{message['id']}/react/", {"emoji": "👍", "on": True}),
        }[kind]
        self.do(client, [client.session.write(client.replica.owner_id, *write)])

    def older(self, client: Client) -> None:
        if client.replica is not None:
            self.do(client, client.session.older(client.replica.owner_id, HISTORY_LIMIT))

    def look(self, client: Client) -> None:
        """The client compares its cursors with the server's."""
        self.do(client, client.session.check())

    def restart(self, client: Client) -> None:
        self.hang_up(client)
        self.do(client, client.restart())

    # -- The end ------------------------------------------------------------------------------------------------
    def settle(self) -> None:
        """All that is under way arrives, but for what the layer has: that is lost."""
        for _ in range(MAX_ROUNDS):
            for client in self.clients:
                self.dial(client)
                assert client.socket is not None
                client.socket.layer.clear()
                self.read(client, -1)
            if self.requests:
                self.serve(0)
            elif self.answers:
                self.answer(0)
            elif any(client.timers for client in self.clients):
                self.tick(0)
            elif not any(client.socket.wire for client in self.clients if client.socket):
                return
        raise Violation("I5: the clients never come to rest")

    def finish(self) -> None:
        """After quiet and one sweep every client shows what the server has (I5), and what was acked is there (I7)."""
        self.settle()
        for client in self.clients:
            self.sweep(client)
        self.settle()
        for client in self.clients:
            while client.replica is not None and client.replica.objects.floor:
                self.older(client)
                self.settle()
        for client in self.clients:
            self._check_view(client)
        self._check_rows()

    def _check_view(self, client: Client) -> None:
        session, view = client.session, self.server.view(client.user)
        check(session.status == "up_to_date", "I5", client.user, "is", session.status)
        shown = None if client.replica is None else client.replica.view()
        check(_text(shown) == _text(view), "I5", client.user, "shows", _text(shown), "not", _text(view))
        own = session.replicas[f"user:{client.user}"].objects.active("memberships")
        check(_text(own) == _text(self.server.memberships(client.user)), "I5", "memberships", own)
        check(client.replica is None or client.replica.outbox.is_idle, "I7", client.user, "still sends")

    def _check_rows(self) -> None:
        rows = self.server.rows()
        versions = [row["version"] for row in rows]
        check(len(set(versions)) == len(versions), "I1", "a version twice", versions)
        check(max(versions) <= self.server.version, "I2", versions)
        check(all(row.get("seq", 0) <= row["version"] for row in rows), "I2", rows)
        keys = [(row["user_id"], row["client_id"]) for row in rows if row.get("client_id")]
        check(len(set(keys)) == len(keys), "I6", "sent once, stored twice", keys)
        stored = {client_id for _, client_id in keys}
        lost = set(self.acked) - stored - self.server.pruned
        check(not lost, "I7", "acked and lost:", lost)


def _text(view: Any) -> str:
    return json.dumps(view, sort_keys=True)
