"""Sign-in of sockets, before any consumer: on the handshake, or with the first frame."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from rest_framework.exceptions import AuthenticationFailed, ValidationError

from df_chat.asgi.inputs import Authenticate
from df_chat.asgi.protocol import Command, FrameError, answer, parse_frame
from df_chat.authentication.credential import Offer, SignedIn
from df_chat.authentication.handshake import SUBPROTOCOL, Handshake
from df_chat.authentication.origin import is_allowed
from df_chat.authentication.signing_in import sign_in
from df_chat.drf.errors import describe
from df_chat.hub.executor import run_sign_in
from df_chat.settings import chat_settings
from df_chat.streams.events import to_json

logger = logging.getLogger(__name__)

CLOSE_REFUSED = 4401
CLOSE_FOREIGN_ORIGIN = 4403
CLOSE_TOO_MANY = 4429
# For the first frame of a socket whose handshake named nobody.
FIRST_FRAME_SECONDS = 5
FIRST_FRAME_MAX_BYTES = 8_192
# Sockets that may wait for it at once: in the process, and from one address.
MAX_WAITING = 100
MAX_WAITING_OF_ADDRESS = 20


class SocketAuthentication:
    """Finds the user of a socket, as ``scope["user"]`` and ``scope["signed_in"]``, and lets nobody else in.

    Tokens are taken out of the scope's query and subprotocols, so that neither servers nor consumers log them.
    """

    _waiting: ClassVar[Counter[str]] = Counter()

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # Nothing of the handshake is kept here in a variable: the socket may last for days.
        entered = await self._enter(scope, receive, send)
        if entered is not None:
            await self.application(scope, *entered)

    async def _enter(self, scope: Any, receive: Any, send: Any) -> tuple[Any, Any] | None:
        """Find the user, and what the application is to receive and send with; None if the socket was closed."""
        try:
            offer = _take_offer(scope)
            handshake = Handshake(scope)
            if handshake.origin is not None and not is_allowed(handshake):
                logger.warning("A WebSocket from origin %.200r was refused", handshake.origin)
                await send({"type": "websocket.close", "code": CLOSE_FOREIGN_ORIGIN})
                return None
            signed_in = await run_sign_in(sign_in, handshake, offer)
        except AuthenticationFailed:
            await send({"type": "websocket.close", "code": CLOSE_REFUSED})
            return None
        if signed_in is None:
            signed_in = await self._hear_first_frame(scope, handshake, receive, send)
            receive, send = _as_if_new(receive, send)
        if signed_in is None:
            return None
        scope["user"], scope["signed_in"] = signed_in.user, signed_in
        return receive, send

    # -- The first frame -------------------------------------------------------------------------------------
    async def _hear_first_frame(self, scope: Any, handshake: Handshake, receive: Any, send: Any) -> SignedIn | None:
        """Accept the socket, and wait for one frame that says whose it is; None if the socket was closed."""
        with self._wait_of(handshake.META.get("REMOTE_ADDR", "")) as may_wait:
            if not may_wait:
                await send({"type": "websocket.close", "code": CLOSE_TOO_MANY})
                return None
            await receive()
            chosen = SUBPROTOCOL if SUBPROTOCOL in scope["subprotocols"] else None
            await send({"type": "websocket.accept", "subprotocol": chosen})
            await _say(send, {"type": "authenticate", "within": FIRST_FRAME_SECONDS})
            try:
                async with asyncio.timeout(FIRST_FRAME_SECONDS):
                    message = await receive()
            except TimeoutError:
                await send({"type": "websocket.close", "code": CLOSE_REFUSED})
                return None
            if message["type"] != "websocket.receive":
                return None
            return await self._answer_first_frame(message.get("text"), handshake, send)

    async def _answer_first_frame(self, text: str | None, handshake: Handshake, send: Any) -> SignedIn | None:
        request = Command("authenticate", None, {})
        try:
            request = parse_frame(text, max_bytes=FIRST_FRAME_MAX_BYTES)
            signed_in = await run_sign_in(sign_in, handshake, _offer_of(request))
            if signed_in is None:
                raise AuthenticationFailed
        except (AuthenticationFailed, ValidationError, FrameError) as error:
            refusal = describe(AuthenticationFailed() if isinstance(error, FrameError) else error)
            assert refusal is not None  # noqa: S101  (both are described)
            await _say(send, answer(request.action, request.request_id, errors=refusal.errors, status=refusal.status))
            await send({"type": "websocket.close", "code": CLOSE_REFUSED})
            return None
        await _say(send, answer(request.action, request.request_id, data={"user_id": str(signed_in.user.pk)}))
        return signed_in

    @contextmanager
    def _wait_of(self, address: str) -> Iterator[bool]:
        """Count a socket that waits, if there is room for it."""
        if self._waiting.total() >= MAX_WAITING or self._waiting[address] >= MAX_WAITING_OF_ADDRESS:
            logger.warning("A WebSocket was refused: too many wait to say whose they are")
            yield False
            return
        self._waiting[address] += 1
        try:
            yield True
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]


def _take_offer(scope: Any) -> Offer:
    """What subprotocols and query show, taken out of the scope.

    Raises:
        AuthenticationFailed: they show two things.
    """
    shown = [part.partition(".")[::2] for part in scope.get("subprotocols", ()) if "." in part]
    scope["subprotocols"] = [part for part in scope.get("subprotocols", ()) if "." not in part]
    query_scheme = chat_settings.SOCKET_QUERY_SCHEME
    query = parse_qsl(scope.get("query_string", b"").decode("latin1"), keep_blank_values=True)
    if any(name == "token" for name, _ in query):
        scope["query_string"] = urlencode([pair for pair in query if pair[0] != "token"]).encode()
        shown += [(query_scheme, value) for name, value in query if name == "token" and query_scheme is not None]
    fields: dict[str, str] = {}
    for kind, value in shown:
        name = {"ticket": "ticket", "csrf": "csrf_token"}.get(kind, "authorization")
        if name in fields:
            raise AuthenticationFailed
        # Some write bearer in small letters, and authenticators that compare as it is written refuse it.
        scheme = kind.capitalize() if kind.islower() else kind
        fields[name] = f"{scheme} {value}" if name == "authorization" else value
    return Offer(**fields)


def _offer_of(request: Command) -> Offer:
    """What the first frame shows. Raises AuthenticationFailed, ValidationError."""
    if request.action != "authenticate":
        raise AuthenticationFailed
    serializer = Authenticate(data=request.data)
    serializer.is_valid(raise_exception=True)
    return Offer(**serializer.validated_data)


def _as_if_new(receive: Any, send: Any) -> tuple[Any, Any]:
    """A socket that is open already, for a consumer that has yet to open it."""
    events = [{"type": "websocket.connect"}]

    async def receive_after() -> Any:
        return events.pop() if events else await receive()

    async def send_after(message: Any) -> None:
        if message["type"] != "websocket.accept":
            await send(message)

    return receive_after, send_after


async def _say(send: Any, frame: dict[str, Any]) -> None:
    await send({"type": "websocket.send", "text": to_json(frame)})
