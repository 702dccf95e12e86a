"""A browser that opens an address of the API gets DRF's page, and whoever asks for OPTIONS an answer."""

from __future__ import annotations

import pytest

from df_chat import actions
from tests.contracts.test_permission_matrix import ROUTES
from tests.media.images import png, upload

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("route", sorted({route for _method, route in ROUTES}))
def test_every_address_opens_in_a_browser(ada, people, room, route, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    message = actions.send_message(actor=people.ada, room_id=room.pk, body="x").message
    actions.set_room_image(actor=people.ada, room_id=room.pk, image=upload(png()))
    actions.open_direct(actor=people.ada, user_id=people.ben.pk)
    url = route.replace("<pk>", str(room.pk)).replace("<room_pk>", str(room.pk))
    url = url.replace("<message_id>", str(message.pk)).replace("<user_id>", str(people.ben.pk))
    if "<id>" in route:
        take = actions.upload_image if route.startswith("images") else actions.upload_file
        file = upload(png()) if route.startswith("images") else upload(b"text", "a.txt")
        url = url.replace("<id>", str(take(actor=people.ada, file=file).pk))
    url += f"?room={room.pk}" if route == "messages/" else ""
    page = ada.get(url, HTTP_ACCEPT="text/html")
    assert page.status_code == (200 if ("get", route) in ROUTES else 405)
    is_content = route.endswith(("/original/", "/medium/", "/small/", "/content/", "/image/"))
    assert page.headers["Content-Type"].startswith("text/html") is not is_content
    assert ada.options(url).status_code == 200
