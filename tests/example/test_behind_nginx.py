"""compose.yaml carried out without containers: nginx, uvicorn with two workers, PostgreSQL and Redis.

Collected where the tests run on PostgreSQL and Redis: see conftest.py.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from df_chat.testing import ChatClient
from df_chat.testing.transport import sign_in
from tests.example.deployment import (
    MAKE_PEOPLE,
    NAMES,
    PASSWORD,
    SERVICES,
    documented,
    located,
    nginx_command,
    serving_compose,
    serving_https,
    serving_nginx,
    shipped_nginx,
)
from tests.example.host import Host

pytestmark = pytest.mark.host

SECONDS = 30
REGISTER = "/api/v1/auth/register/"
SOCKET = "/api/v1/chat/ws/"


@dataclass(frozen=True)
class Site:
    """The whole of compose.yaml: ``base`` is nginx's address, ``web`` the server behind it."""

    base: str
    log: Path
    host: Host
    web: subprocess.Popen[bytes]
    static: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("compose")
    with django_db_blocker.unblock(), serving_compose(folder, **NAMES) as (host, web):
        host.manage("shell", "--verbosity", "0", "-c", MAKE_PEOPLE)
        address = host.base.removeprefix("http://")
        with serving_nginx(folder, address, folder / "static", folder / "data" / "media") as (base, log):
            yield Site(base, log, host, web, folder / "static")


def workers(site: Site) -> set[int]:
    """The processes that serve: the server's children that Python spawned, its helper aside."""
    children = Path(f"/proc/{site.web.pid}/task/{site.web.pid}/children").read_text().split()
    return {int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}


async def login(site: Site, name: str) -> ChatClient:
    return await ChatClient.login(site.base, name, PASSWORD, self_check=1)


async def until(condition: Any) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.05)


def bodies(client: ChatClient, room_id: str) -> list[str]:
    return [message["body"] for message in client.messages(room_id)]


# -- The parts --------------------------------------------------------------------------------------------------
def test_nginx_takes_the_configuration_as_it_is_shipped(tmp_path):
    command = nginx_command(tmp_path, shipped_nginx(tmp_path, {}), "-t")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_health_checks_of_compose_pass_and_notice_a_server_that_is_gone(site):
    port, web_port = (address.rpartition(":")[2] for address in (site.base, site.host.base))
    for service, there, here in (("nginx", "8080", port), ("web", "8000", web_port)):
        for place, is_well in ((here, True), ("1", False)):
            check = [word.replace(f":{there}/", f":{place}/") for word in SERVICES[service]["healthcheck"]["test"][1:]]
            done = subprocess.run(located(check, {}), capture_output=True, check=False)
            assert (done.returncode == 0) is is_well, (service, place, done.stderr)


@pytest.mark.parametrize("service", ["postgres", "redis"])
def test_health_checks_of_the_services_are_commands_that_work(service):
    done = subprocess.run(SERVICES[service]["healthcheck"]["test"][1:], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search("accepting connections|PONG", done.stdout)


def test_as_many_workers_serve_as_the_environment_says(site):
    assert site.host.environment["WEB_CONCURRENCY"] == "2"
    assert len(workers(site)) == 2


# -- What nginx adds --------------------------------------------------------------------------------------------
def test_pages_come_from_the_server_and_files_from_nginx(site):
    with httpx.Client(base_url=site.base) as client:
        page = client.get("/accounts/login/")
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["content-security-policy"]
        file = client.get(re.search(r'(?:src|href)="(/static/[^"]+)"', page.text)[1])
        assert file.status_code == 200
        assert file.headers["server"] == "nginx"


def test_files_are_kept_for_good_only_if_their_name_changes_with_them(site):
    (site.static / "app.0123456789ab.js").write_text("")
    with httpx.Client(base_url=site.base) as client:
        kept = client.get("/static/app.0123456789ab.js")
        assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
        asked = client.get("/static/df_chat/df-chat.js")
        assert asked.headers["cache-control"] == "no-cache"
        assert asked.headers["x-content-type-options"] == "nosniff"
        again = client.get("/static/df_chat/df-chat.js", headers={"If-None-Match": asked.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("path", ["/static/../db.sqlite3", "/static../manage.py", "/media/df_chat/messages/x.png"])
def test_no_address_leads_to_other_files(site, path):
    with httpx.Client(base_url=site.base) as client:
        # Literally, as httpx would tidy it.
        request = client.build_request("GET", "/")
        request.url = httpx.URL(site.base).copy_with(raw_path=path.encode())
        assert client.send(request).status_code in (400, 404)


def test_a_body_larger_than_any_upload_is_refused_at_the_door(site):
    answer = httpx.post(f"{site.base}/accounts/login/", content=b"x" * (64 * 2**20 + 1))
    assert answer.status_code == 413


def test_nginx_sends_files_to_members_and_to_nobody_else(site):
    content = b"%PDF-" + os.urandom(100_000)
    api = {name: httpx.Client(base_url=f"{site.base}/api/v1/chat/", auth=(name, PASSWORD)) for name in ("ada", "ben")}
    with api["ada"] as ada, api["ben"] as ben:
        room = ada.post("rooms/", json={"title": "Papers"}).json()["id"]
        sent = ada.post(f"rooms/{room}/messages/", files={"files": ("paper.pdf", content)})
        assert sent.status_code == 201, sent.text
        address = f"{site.base}{sent.json()['files'][0]['url']}"
        whole = ada.get(address)
        assert (whole.status_code, whole.content) == (200, content)
        assert whole.headers["content-disposition"] == 'attachment; filename="paper.pdf"'
        assert whole.headers["x-content-type-options"] == "nosniff"
        assert "x-accel-redirect" not in whole.headers
        # By its own tag nginx shows that it sent the file itself.
        tag = whole.headers["etag"]
        assert ada.get(address, headers={"If-None-Match": tag}).status_code == 304
        part = ada.get(address, headers={"Range": "bytes=10-19", "If-Range": tag})
        assert (part.status_code, part.content) == (206, content[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
        assert ada.get(address, headers={"Range": "bytes=999999-"}).status_code == 416
        assert ben.get(address, headers={"Range": "bytes=0-9", "If-None-Match": tag}).status_code == 404
        assert httpx.get(address).status_code == 404
        (stored,) = [path for path in (site.static.parent / "data/media/df_chat/messages").iterdir() if path.is_file()]
        for folder in ("private-media", "media"):
            for client in (ada, ben):
                assert client.get(f"{site.base}/{folder}/df_chat/messages/{stored.name}").status_code == 404


def test_the_log_has_no_credentials(site):
    httpx.get(f"{site.base}{SOCKET}?token=very-secret")
    httpx.get(f"{site.base}/healthz?last=1")
    text = site.log.read_text()
    assert f'"GET {SOCKET}" ' in text
    assert "very-secret" not in text
    assert "very-secret" not in site.host.log.read_text()


# -- Whom nginx believes ----------------------------------------------------------------------------------------
async def knock(site: Site, origin: str, headers: dict[str, str], peer: str = "127.0.0.1") -> int | str:
    """Open a socket as a signed-in page of ``origin`` would. The first frame's type, or the status that refuses it."""
    cookies = await sign_in(site.base, "/accounts/login/", "ada", PASSWORD)
    try:
        async with websockets.connect(
            site.base.replace("http", "ws") + SOCKET,
            origin=origin,
            additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), **headers},
            subprotocols=["df-chat", f"csrf.{cookies['csrftoken']}"],
            local_addr=(peer, 0),
            proxy=None,
        ) as socket:
            frame = json.loads(await asyncio.wait_for(socket.recv(), SECONDS))
            return str((frame[0] if isinstance(frame, list) else frame)["type"])
    except websockets.InvalidStatus as error:
        return error.response.status_code


async def test_a_page_of_the_site_may_open_a_socket_and_a_page_of_another_may_not(site):
    assert await knock(site, site.base, {}) == "ready"
    assert await knock(site, "http://evil.example", {}) == 403
    assert await knock(site, "http://127.0.0.1:1", {}) == 403


async def test_behind_a_proxy_with_https_the_site_is_its_https_address(site):
    secure = site.base.replace("http", "https")
    behind = {"X-Forwarded-Proto": "https"}
    assert await knock(site, secure, behind) == "ready"
    assert await knock(site, site.base, behind) == 403
    assert await knock(site, secure, {}) == 403


async def test_strangers_are_not_believed_to_come_by_https_or_from_elsewhere(site):
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    assert await knock(site, site.base.replace("http", "https"), forged, peer="127.0.0.2") == 403
    assert await knock(site, site.base, forged, peer="127.0.0.2") == "ready"
    assert await knock(site, site.base.replace("http", "https"), forged) == "ready"
    sockets = re.findall(rf'^(\S+) .*"GET {SOCKET}" (\d+)', site.log.read_text(), re.MULTILINE)
    assert sockets[-3:] == [("127.0.0.2", "403"), ("127.0.0.2", "101"), ("203.0.113.9", "101")]


def register(site: Site, times: int, peer: str) -> list[int]:
    """Try to register, each time with another forged address. Returns the statuses."""
    with httpx.Client(base_url=site.base, transport=httpx.HTTPTransport(local_address=peer)) as client:
        return [
            client.post(REGISTER, json={}, headers={"X-Forwarded-For": f"198.51.100.{number}"}).status_code
            for number in range(times)
        ]


def test_attempts_are_counted_by_the_true_address(site):
    limit = int(documented()["REGISTER_RATE"].partition("/")[0])
    assert register(site, limit + 2, "127.0.0.2")[-1] == 429
    assert register(site, limit + 2, "127.0.0.1")[-1] == 400


# -- The chat ---------------------------------------------------------------------------------------------------
async def test_two_people_chat_through_nginx_and_workers_that_are_killed(site):
    async with await login(site, "ada") as ada, await login(site, "ben") as ben:
        await ada.settled()
        await ben.settled()
        room = await ada.request("POST", "rooms/", {"title": "Lunch", "user_ids": [int(ben.user_id)]})
        await until(lambda: room["id"] in ben.rooms and room["id"] in ada.rooms)
        await ada.send(room["id"], "Who is hungry?")
        await until(lambda: "Who is hungry?" in bodies(ben, room["id"]))

        killed = workers(site)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        await ben.send(room["id"], "I am.")
        await until(lambda: "I am." in bodies(ada, room["id"]))
        await asyncio.gather(ada.settled(), ben.settled())
        assert workers(site).isdisjoint(killed)
        await ada.send(room["id"], "The market?")
        await until(lambda: "The market?" in bodies(ben, room["id"]))
        assert bodies(ada, room["id"]) == bodies(ben, room["id"])


async def test_the_chat_goes_by_https_as_the_page_says(site, tmp_path, monkeypatch):
    with serving_https(tmp_path, site.base.removeprefix("http://")) as (base, certificate):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with await ChatClient.login(base, "ada", PASSWORD) as ada, await login(site, "ben") as ben:
            await ben.settled()
            room = await ada.request("POST", "rooms/", {"title": "Tea", "user_ids": [int(ben.user_id)]})
            await until(lambda: room["id"] in ada.rooms and room["id"] in ben.rooms)
            await ben.send(room["id"], "Earl Grey?")
            await until(lambda: "Earl Grey?" in bodies(ada, room["id"]))
            assert {delivery.source for delivery in ada.deliveries} >= {"socket"}


def test_the_demo_comes_up_beside_a_running_server(site):
    assert "messages written" in site.host.manage("demo", "--no-serve")
    with httpx.Client(base_url=site.base) as client:
        client.get("/accounts/login/")
        form = {"username": "alice", "password": "demo-pass-2026"}
        headers = {"X-CSRFToken": client.cookies["csrftoken"]}
        assert client.post("/accounts/login/", data=form, headers=headers).is_redirect
        rooms = client.get("/api/v1/chat/rooms/").json()["results"]
        assert "General" in {room["title"] for room in rooms}
