"""The demo's people: what they ask of REST, and what they do in a browser."""

from __future__ import annotations

import json
import mimetypes
import re
import urllib.error
import urllib.request
import uuid
from http.cookiejar import CookieJar
from typing import Any

from playwright.sync_api import Locator, Page, Route

PASSWORD = "demo-pass-2026"


class Api:
    """REST as one person, with a session of its own."""

    def __init__(self, site: str, username: str) -> None:
        self.site = site
        self.username = username
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.ask("GET", "auth/csrf/")
        self.me = self.ask("POST", "auth/login/", {"username": username, "password": PASSWORD})["user"]

    def ask(self, method: str, path: str, body: Any = None, *, form: tuple[bytes, str] | None = None) -> Any:
        """One request below ``/api/v1/``; the decoded answer. Raises AssertionError with the words of a refusal."""
        data, content_type = form or (None if body is None else json.dumps(body).encode(), "application/json")
        headers = {"Content-Type": content_type, "X-CSRFToken": self._cookie("csrftoken"), "Referer": self.site}
        request = urllib.request.Request(f"{self.site}/api/v1/{path}", data, headers, method=method)
        try:
            answer = self._opener.open(request).read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None
        return json.loads(answer) if answer else None

    @property
    def id(self) -> str:
        return str(self.me["id"])

    def make_room(self, title: str, *others: Api, **fields: Any) -> str:
        """The id of a new room of mine with these people."""
        members = {"user_ids": [other.id for other in others]} if others else {}
        return str(self.ask("POST", "chat/rooms/", {"title": title, **members, **fields})["id"])

    def say(self, room_id: str, body: str, **fields: Any) -> dict[str, Any]:
        """The state of a new message of mine."""
        message: dict[str, Any] = self.ask("POST", f"chat/rooms/{room_id}/messages/", {"body": body, **fields})
        return message

    def upload(
        self, room_id: str, name: str, content: bytes, *, field: str = "files", body: str = ""
    ) -> dict[str, Any]:
        """A new message of mine with one file, or one of the ``images``."""
        message: dict[str, Any] = self.ask(
            "POST", f"chat/rooms/{room_id}/messages/", form=_form({"body": body}, field, name, content)
        )
        return message

    def session(self) -> list[Any]:
        """The cookies of a browser that is signed in as this person."""
        return [{"name": name, "value": self._cookie(name), "url": self.site} for name in ("sessionid", "csrftoken")]

    def _cookie(self, name: str) -> str:
        return next((cookie.value or "" for cookie in self.cookies if cookie.name == name), "")


def _form(fields: dict[str, str], field: str, name: str, content: bytes) -> tuple[bytes, str]:
    boundary = uuid.uuid4().hex
    # As browsers do.
    safe = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    parts = [(f'name="{key}"', value.encode()) for key, value in fields.items()]
    parts.append((f'name="{field}"; filename="{safe}"\r\nContent-Type: {kind}', content))
    begin = f"--{boundary}\r\nContent-Disposition: form-data; ".encode()
    body = b"".join(begin + head.encode() + b"\r\n\r\n" + value + b"\r\n" for head, value in parts)
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class Hold:
    """Requests of a page that wait until they are let go."""

    def __init__(self, page: Page, pattern: str) -> None:
        self.routes: list[Route] = []
        self._is_over = False
        page.route(pattern, self._take)

    def _take(self, route: Route) -> None:
        if self._is_over:
            route.continue_()
        else:
            self.routes.append(route)

    def let_go(self) -> None:
        self._is_over = True
        for route in self.routes:
            route.continue_()


class Person:
    """Somebody at the chat in a browser window."""

    def __init__(self, page: Page, api: Api) -> None:
        self.page = page
        self.api = api

    # -- Rooms ------------------------------------------------------------------------------------------------
    def open(self, room_id: str) -> Person:
        """Go to the address of a room, until the chat has taken the place of what came with the page."""
        self.page.goto(f"{self.api.site}/chat/{room_id}/")
        self.page.locator("df-chat-log").wait_for()
        return self

    def enter(self, title: str) -> Person:
        """Click a room of the list."""
        self.item(title).click()
        self.log.wait_for()
        return self

    def item(self, title: str) -> Locator:
        """A room of the list."""
        name = self.page.locator(".name", has_text=re.compile(f"^{re.escape(title)}"))
        return self.rooms.locator(".room-item").filter(has=name).first

    @property
    def rooms(self) -> Locator:
        return self.page.get_by_role("navigation", name="Rooms")

    # -- Messages ---------------------------------------------------------------------------------------------
    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log", name="Messages")

    @property
    def field(self) -> Locator:
        return self.page.locator(".main").get_by_role("textbox", name="Message", exact=True)

    def say(self, text: str) -> Locator:
        """Write and send; the message, as it is shown here."""
        self.field.fill(text)
        self.field.press("Enter")
        return self.message(text)

    def act(self, text: str, action: str) -> None:
        """Do something with a message: by a button beside it, or by its menu."""
        message = self.message(text).first
        message.hover()
        button = message.get_by_role("button", name=action, exact=True)
        if button.count():
            button.click()
        else:
            message.get_by_role("button", name="More").click()
            self.page.get_by_role("menuitem", name=action).click()

    def message(self, text: str) -> Locator:
        """The message of the log that has this text."""
        return self.log.locator(".message").filter(has_text=text)

    def texts(self) -> list[str]:
        """The texts of the messages that are shown, in their order."""
        return self.log.locator(".message .text").all_inner_texts()
