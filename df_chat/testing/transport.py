"""HTTP, and one WebSocket that comes back by itself."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import uuid
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from df_chat.testing.effects import Request, State, backoff

if TYPE_CHECKING:
    import httpx

REQUEST_SECONDS = 15.0
# The server sends a heartbeat to a quiet socket every 25 s; one that is 45 s late is not coming.
SILENCE_SECONDS = 70.0
# A socket that is lost is lost for reading too: it comes back sooner than a request is tried again.
LONGEST_PAUSE_SECONDS = 10.0
MAX_FRAME_BYTES = 16 * 2**20


class Refused(Exception):
    """The server refused for good: ``status`` of HTTP, and its ``{code, detail, attr}``."""

    def __init__(self, status: int, errors: list[State]) -> None:
        super().__init__(f"{status}: {', '.join(str(error.get('code')) for error in errors)}")
        self.status = status
        self.errors = errors


class Outcome(NamedTuple):
    """What became of a request, as ``Session.done`` takes it."""

    status: int | None
    body: Any
    retry_after: float | None


class Transport:
    """The connections of one user.

    Args:
        base_url: as ``http://127.0.0.1:8000``; also the Origin.
        cookies: of the session; a CSRF token is made up where there is none.
        headers: sent with every request and with the handshake.
    """

    def __init__(
        self,
        base_url: str,
        cookies: dict[str, str],
        headers: dict[str, str],
        chance: random.Random,
        api_path: str,
        socket_path: str,
    ) -> None:
        self._origin = base_url.rstrip("/")
        self._cookies = {"csrftoken": uuid.uuid4().hex, **cookies}
        self._headers = {"X-CSRFToken": self._cookies["csrftoken"], **headers}
        self._api = self._origin + api_path
        self._socket_url = f"{self._origin.replace('http', 'ws', 1)}{socket_path}?backlog=0"
        self._chance = chance
        self._http: httpx.AsyncClient | None = None
        self._socket: Any = None
        self._failures = 0
        self._retry_in: float | None = None

    def start(self) -> None:
        """Make ready to ask. Raises ImportError where the libraries are missing."""
        _require("websockets")
        self._http = _require("httpx").AsyncClient(
            headers={"Origin": self._origin, **self._headers}, cookies=self._cookies, timeout=REQUEST_SECONDS
        )

    async def stop(self) -> None:
        if self._http is not None:
            await self._http.aclose()

    # -- HTTP ---------------------------------------------------------------------------------------------------
    async def ask(self, request: Request) -> Outcome:
        """Send one request, once."""
        assert self._http is not None, "start() first"  # noqa: S101  (a mistake of the caller's)
        try:
            answer = await self._http.request(request.method, self._api + request.path, json=request.body)
            body = answer.json() if answer.content else None
        except (_require("httpx").HTTPError, ValueError):
            return Outcome(None, None, None)
        after = answer.headers.get("Retry-After", "")
        return Outcome(answer.status_code, body, float(after) if after.isdigit() else None)

    # -- The socket ---------------------------------------------------------------------------------------------
    async def listen(self, on_frame: Callable[[State], None], on_down: Callable[[], None]) -> None:
        """Stay connected, and pass every frame on."""
        errors = (OSError, TimeoutError, ValueError, _require("websockets").WebSocketException)
        while True:
            with contextlib.suppress(*errors):
                await self._hear(on_frame)
            self._socket = None
            on_down()
            self._failures += 1
            # The server names another pause for each socket: to spread them again would gather them at its beginning.
            pause = self._chance.uniform(0.0, min(backoff(self._failures), LONGEST_PAUSE_SECONDS))
            pause, self._retry_in = self._retry_in or pause, None
            await asyncio.sleep(pause)

    async def _hear(self, on_frame: Callable[[State], None]) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        connecting = _require("websockets").connect(
            self._socket_url,
            origin=self._origin,
            additional_headers={**self._headers, "Cookie": cookies},
            # Cookies count only beside the token that their own pages can read.
            subprotocols=["df-chat", f"csrf.{self._headers['X-CSRFToken']}"],
            max_size=MAX_FRAME_BYTES,
        )
        async with connecting as self._socket:
            silence = None
            while True:
                content = json.loads(await asyncio.wait_for(self._socket.recv(), silence))
                for frame in content if isinstance(content, list) else [content]:
                    if frame.get("type") == "heartbeat":
                        silence = SILENCE_SECONDS
                    self._heed(frame)
                    on_frame(frame)

    def _heed(self, frame: State) -> None:
        if frame.get("type") == "ready":
            self._failures = 0
        elif frame.get("type") == "going_away":
            self._retry_in = frame.get("retry_in")

    async def say(self, command: State) -> None:
        """Send one command whose answer nobody waits for; without a connection, it is dropped."""
        if self._socket is not None:
            with contextlib.suppress(_require("websockets").WebSocketException):
                await self._socket.send(json.dumps({**command, "request_id": None}))

    def abort(self) -> None:
        """Drop the socket as the network would."""
        if self._socket is not None:
            self._socket.transport.abort()


async def sign_in(base_url: str, path: str, username: str, password: str) -> dict[str, str]:
    """The cookies that Django's login view gives for a password. Raises Refused."""
    token = uuid.uuid4().hex
    headers = {"Origin": base_url.rstrip("/"), "X-CSRFToken": token}
    async with _require("httpx").AsyncClient(headers=headers, cookies={"csrftoken": token}) as http:
        form = {"username": username, "password": password}
        answer = await http.post(base_url.rstrip("/") + path, data=form)
    # The view redirects who is signed in, and shows its form again to who is not.
    if not answer.is_redirect:
        raise Refused(answer.status_code, [{"code": "not_signed_in"}])
    return dict(answer.cookies)


def _require(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(f"The chat client needs {name}: pip install 'django-df-chat[testing]'") from error
