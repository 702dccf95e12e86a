"""The WebSocket: where it is, and whether only the site's own pages may open it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from channels.routing import get_default_application
from django.conf import settings

from df_chat.doctor.findings import Finding, failed, passed, warned
from df_chat.settings import chat_settings

STRANGER = "https://doctor.invalid"
ANSWER_SECONDS = 3
NOT_SIGNED_IN, FORBIDDEN_ORIGIN, NO_SUCH_PATH = 4401, 4403, 4404
MOUNT = 'Mount it in asgi.py: ProtocolTypeRouter({..., "websocket": df_chat.asgi.websocket_application}).'


def probe_socket() -> Iterator[Finding]:
    """Knock at the project's ASGI application, in this process, as pages of this site and of another."""
    yield from _plain_origins()
    if not getattr(settings, "ASGI_APPLICATION", None):
        yield warned("ASGI_APPLICATION is not set: the socket was not looked for", "Name the application in settings.")
        return
    application = get_default_application()
    path = f"/{chat_settings.WEBSOCKET_PATH}"
    host = next((host for host in settings.ALLOWED_HOSTS if not host.startswith((".", "*"))), "localhost")
    own = asyncio.run(_knock(application, path, host, f"https://{host}"))
    if own is None or own == NO_SUCH_PATH:
        yield failed(f"nothing answers at {path}", MOUNT)
        return
    if own == FORBIDDEN_ORIGIN:
        hint = "Pass the Host header on, and name the site in ALLOWED_HOSTS and CSRF_TRUSTED_ORIGINS."
        yield failed(f"pages of https://{host} itself are refused", hint)
    elif own:
        yield passed(f"{path} answers, and lets in nobody who is not signed in")
    else:
        yield warned(f"{path} lets in visitors who are not signed in", "See CONSUMER_PERMISSION_CLASSES.")
    if asyncio.run(_knock(application, path, host, STRANGER)):
        yield passed("pages of other sites are refused")
    else:
        yield failed("pages of other sites may open the socket as your visitors", MOUNT)


async def _knock(application: Any, path: str, host: str, origin: str) -> int | None:
    """The close code that a visitor without a session gets; 0 if the socket stays open, None if nothing is there."""
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "wss",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", host.encode()), (b"origin", origin.encode())],
        "subprotocols": [],
        "client": ("127.0.0.1", 1),
        "server": (host, 443),
    }
    loop = asyncio.get_running_loop()
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    closed: asyncio.Future[int] = loop.create_future()

    async def send(answer: dict[str, Any]) -> None:
        if closed.done():
            return
        if answer["type"] == "websocket.close":
            # A handshake that is denied without a code: a permission said no.
            closed.set_result(int(answer.get("code") or 1000))
        elif answer["type"] == "websocket.send" and "authenticate" in answer.get("text", ""):
            # It would be closed with this, if nobody said who it is.
            closed.set_result(NOT_SIGNED_IN)

    inbox.put_nowait({"type": "websocket.connect"})
    visit = loop.create_task(application(scope, inbox.get, send))
    await asyncio.wait({visit, closed}, timeout=ANSWER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
    visit.cancel()
    await asyncio.wait({visit})
    if closed.done():
        return closed.result()
    error = None if visit.cancelled() else visit.exception()
    if isinstance(error, ValueError):
        # Channels' router has no route.
        return None
    if error is not None:
        raise error
    return 0


def _plain_origins() -> Iterator[Finding]:
    for origin in (*settings.CSRF_TRUSTED_ORIGINS, *chat_settings.ALLOWED_ORIGINS):
        parts = urlsplit(origin)
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1") and not settings.DEBUG:
            hint = "Anybody on the way can speak for it: name its https address."
            yield warned(f"the origin http://{parts.hostname} is trusted without encryption", hint)
