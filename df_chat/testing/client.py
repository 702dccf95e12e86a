"""``ChatClient``: the session on one WebSocket and HTTP, for as many users of a load test as a process can hold."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import deque
from collections.abc import Callable, Collection, Iterable
from types import TracebackType
from typing import Any, NamedTuple, Self

from df_chat.testing.effects import Acked, Effect, Purge, Rejected, Request, State, Wait, backoff
from df_chat.testing.replica import Replica
from df_chat.testing.session import Session, Status
from df_chat.testing.transport import Outcome, Refused, Transport, sign_in

__all__ = ["ChatClient", "Delivery", "Refused"]

KEPT_DELIVERIES = 100_000
# Statuses after which the same change may be asked for again: no answer, too many, or a fault of the server's.
PASSING_STATUSES = frozenset({None, 408, 425, 429, 500, 502, 503, 504})


class Delivery(NamedTuple):
    """One thing that the server said: ``at`` is of ``time.monotonic``, ``source`` is "socket" or the path asked."""

    at: float
    source: str
    content: Any


class ChatClient:
    """A user's replica of the chat, kept up to date through whatever the network does.

    Args:
        base_url: as ``http://127.0.0.1:8000``; also the Origin.
        cookies: of the session; a CSRF token is made up where there is none.
        headers: sent with every request and with the handshake, such as ``Authorization``.
        on_frame: called with each frame of the socket.
        seed: of the random waits.
        self_check: seconds between two comparisons of all cursors with the server's; 0 for none.
        rooms: keys of the rooms to hold; None for all.
    """

    def __init__(
        self,
        base_url: str,
        *,
        cookies: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        on_frame: Callable[[State], None] | None = None,
        seed: int | None = None,
        self_check: float = 60.0,
        rooms: Collection[str] | None = None,
        api_path: str = "/api/v1/chat/",
        socket_path: str = "/api/v1/chat/ws/",
    ) -> None:
        self._rooms = rooms
        self.session = Session(rooms)
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT_DELIVERIES)
        self.on_frame = on_frame
        self.self_check = self_check
        self._random = random.Random(seed)  # noqa: S311  (it spreads load, and guards nothing)
        self.transport = Transport(base_url, cookies or {}, headers or {}, self._random, api_path, socket_path)
        self._running: list[asyncio.Task[None]] = []
        self._requests: set[asyncio.Task[Any]] = set()
        self._timers: dict[tuple[str, str | None], asyncio.TimerHandle] = {}
        self._sends: dict[str, asyncio.Future[State]] = {}
        self._stepped = asyncio.Event()

    @classmethod
    async def login(
        cls, base_url: str, username: str, password: str, *, path: str = "/accounts/login/", **options: Any
    ) -> Self:
        """A client for somebody with a password, by Django's own login view. Raises Refused."""
        cookies = {**options.pop("cookies", {}), **await sign_in(base_url, path, username, password)}
        return cls(base_url, cookies=cookies, **options)

    # -- Beginning and end --------------------------------------------------------------------------------------
    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Begin to connect; ``settled`` tells when everything is there."""
        self.transport.start()
        for room_id in self._rooms or ():
            self._apply(self.session.watch(room_id))
        listening = asyncio.create_task(self.transport.listen(self._take, self._lose))
        self._running = [listening, asyncio.create_task(self._check_now_and_then())]

    async def stop(self) -> None:
        """Close the socket, and give up whatever is under way; sends that wait are cancelled."""
        tasks = [*self._running, *self._requests]
        for task in tasks:
            task.cancel()
        for timer in self._timers.values():
            timer.cancel()
        for future in self._sends.values():
            future.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.session.disconnected()
        await self.transport.stop()

    async def disconnect(self) -> None:
        """Drop the socket as the network would; the client connects again."""
        self.transport.abort()

    def wake(self) -> None:
        """The network is back: compare with the server, and try at once what waits."""
        self._apply(self.session.wake())

    # -- Looking ------------------------------------------------------------------------------------------------
    @property
    def status(self) -> Status:
        return self.session.status

    @property
    def user_id(self) -> str | None:
        """The key of the user; None before the server has said it."""
        return self.session.me

    @property
    def rooms(self) -> dict[str, Replica]:
        """The rooms that are loaded, by their key."""
        replicas = self.session.replicas.values()
        return {one.owner_id: one for one in replicas if one.kind == "room" and one.cursor is not None}

    def messages(self, room_id: object) -> list[State]:
        """What a room shows: its messages by ``seq``, then what is yet to be sent, marked ``pending``."""
        replica = self.session.replicas.get(f"room:{room_id}")
        if replica is None:
            return []
        pending = [{**entry["fields"], "client_id": entry["client_id"], "pending": True} for entry in replica.pending()]
        return [*replica.objects.messages(), *pending]

    def view(self, room_id: object) -> State | None:
        """The state of a room as every member sees it, to compare with another's; None where there is none.

        Clients that came at different times hold windows of different length: ``load_all`` first.
        """
        replica = self.rooms.get(str(room_id))
        return None if replica is None else replica.view()

    # -- Waiting ------------------------------------------------------------------------------------------------
    async def settled(self, timeout: float = 30.0, *, check: bool = True) -> None:
        """Until everything is up to date and sent, and, with ``check``, the server says so too.

        Raises:
            TimeoutError: it did not come to that.
        """
        async with asyncio.timeout(timeout):
            while True:
                while self._requests or not self.session.is_idle:
                    self._stepped.clear()
                    await self._stepped.wait()
                if not check or await self._is_confirmed():
                    return

    async def _is_confirmed(self) -> bool:
        before = self.positions()
        outcomes = await asyncio.gather(*self._apply(self.session.check()))
        is_answered = bool(outcomes) and all(status == 200 for status, *_ in outcomes)
        return is_answered and self.session.is_idle and self.positions() == before

    def positions(self) -> dict[str, State]:
        """How far each stream is known."""
        return {name: replica.position() for name, replica in self.session.replicas.items()}

    async def load_all(self, room_id: object) -> None:
        """Page back to the first message that the user may read."""
        while True:
            tasks = self._apply(self.session.older(str(room_id), 200))
            if not tasks:
                return
            await asyncio.gather(*tasks)

    # -- The user's doing ---------------------------------------------------------------------------------------
    async def send(self, room_id: object, body: str, **fields: Any) -> State:
        """Send a message, however often the connection breaks. Fields are those of REST; ``client_id`` may be given.

        Returns:
            Its state, once it is in the room.

        Raises:
            Refused: it never will be.
        """
        client_id = str(fields.pop("client_id", None) or uuid.uuid4())
        future: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        self._sends[client_id] = future
        self._apply(self.session.send(str(room_id), client_id, {"body": body, **fields}, time.time()))
        return await future

    async def edit(self, room_id: object, message_id: object, body: str, **fields: Any) -> State:
        """Change a message's text. Returns its state; raises Refused, as all below."""
        return await self._write(room_id, "PATCH", f"{message_id}/", {"body": body, **fields})

    async def delete(self, room_id: object, message_id: object) -> None:
        """Delete a message; one that is deleted already is no error when an earlier attempt got no answer."""
        await self._write(room_id, "DELETE", f"{message_id}/", gone_is_done=True)

    async def react(self, room_id: object, message_id: object, emoji: str, *, on: bool = True) -> State:
        return await self._write(room_id, "POST", f"{message_id}/react/", {"emoji": emoji, "on": on})

    async def mark_seen(self, room_id: object, up_to: int) -> State:
        return await self._write(room_id, "POST", "seen/", {"up_to": up_to})

    async def mark_received(self, room_id: object, up_to: int) -> State:
        return await self._write(room_id, "POST", "received/", {"up_to": up_to})

    async def join(self, room_id: object) -> State:
        """Become a member of a public room, and hold it."""
        answer = await self.request("POST", f"rooms/{room_id}/join/")
        self._apply(self.session.hold(str(room_id)))
        return answer

    async def watch(self, room_id: object) -> None:
        """Hold one more room, such as a public one that is only read."""
        await asyncio.gather(*self._apply(self.session.watch(str(room_id))))

    async def leave(self, room_id: object) -> None:
        await self.request("POST", f"rooms/{room_id}/leave/")

    async def request(self, method: str, path: str, body: State | None = None) -> State:
        """Any other request of the API that may be repeated. ``path`` is below its root. Raises Refused."""
        return await self._ask(Request("write", None, 0, method, path, body))

    async def typing(self, room_id: object, *, is_typing: bool = True) -> None:
        """Tell the others, if there is a connection."""
        await self.transport.say({"action": "typing", "room_id": str(room_id), "is_typing": is_typing})

    async def _write(
        self, room_id: object, method: str, path: str, body: State | None = None, *, gone_is_done: bool = False
    ) -> State:
        return await self._ask(self.session.write(str(room_id), method, path, body), gone_is_done=gone_is_done)

    async def _ask(self, request: Request, *, gone_is_done: bool = False) -> State:
        """Ask until there is an answer: what these requests do once, they do not do twice."""
        failures = 0
        while True:
            status, body, retry_after = await self._perform(request)
            if status not in PASSING_STATUSES:
                break
            failures += 1
            await asyncio.sleep((retry_after or 0.0) + self._random.uniform(0.0, backoff(failures)))
        is_done = gone_is_done and failures > 0 and status == 404
        if status is not None and status >= 400 and not is_done:
            raise Refused(status, (body or {}).get("errors", []))
        return body or {}

    # -- Effects ------------------------------------------------------------------------------------------------
    def _apply(self, effects: Iterable[Effect]) -> list[asyncio.Task[Any]]:
        """Do what the session asks for. Returns the requests begun."""
        tasks = []
        for effect in effects:
            match effect:
                case Request():
                    task = asyncio.create_task(self._perform(effect))
                    self._requests.add(task)
                    task.add_done_callback(self._finish)
                    tasks.append(task)
                case Wait():
                    self._wait(effect)
                case Acked():
                    self._resolve(effect.client_id, effect.message)
                case Rejected():
                    self._reject(effect)
                case Purge(stream):
                    for timer in [key for key in self._timers if key[1] == stream]:
                        self._timers.pop(timer).cancel()
        self._stepped.set()
        return tasks

    def _finish(self, task: asyncio.Task[Any]) -> None:
        self._requests.discard(task)
        self._stepped.set()

    def _wait(self, wait: Wait) -> None:
        key = (wait.timer, wait.stream)
        if key in self._timers:
            self._timers[key].cancel()
        delay = self._random.uniform(wait.low, wait.high)
        self._timers[key] = asyncio.get_running_loop().call_later(delay, self._elapse, key)

    def _elapse(self, key: tuple[str, str | None]) -> None:
        self._timers.pop(key, None)
        self._apply(self.session.elapsed(*key))

    def _resolve(self, client_id: str, message: State) -> None:
        future = self._sends.pop(client_id, None)
        if future is not None and not future.done():
            future.set_result(message)

    def _reject(self, effect: Rejected) -> None:
        # The caller has it, and decides.
        self.session.discard(effect.stream.partition(":")[2], effect.client_id)
        future = self._sends.pop(effect.client_id, None)
        if future is not None and not future.done():
            future.set_exception(Refused(effect.status, effect.errors))

    # -- What goes on by itself ---------------------------------------------------------------------------------
    async def _perform(self, request: Request) -> Outcome:
        """Ask, tell the session what came of it, and do what it says then."""
        outcome = await self.transport.ask(request)
        if outcome.status is not None:
            self.deliveries.append(Delivery(time.monotonic(), request.path, outcome.body))
        self._apply(self.session.done(request, *outcome))
        return outcome

    def _take(self, frame: State) -> None:
        self.deliveries.append(Delivery(time.monotonic(), "socket", frame))
        if self.on_frame is not None:
            self.on_frame(frame)
        self._apply(self.session.receive(frame))

    def _lose(self) -> None:
        self.session.disconnected()
        self._stepped.set()

    async def _check_now_and_then(self) -> None:
        while self.self_check:
            await asyncio.sleep(self.self_check * self._random.uniform(0.75, 1.25))
            self._apply(self.session.check())
