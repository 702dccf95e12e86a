"""A browser that opens an address of the API gets DRF's page, and whoever asks for OPTIONS an answer."""

from __future__ import annotations

import pytest

from df_chat import actions
from tests.contracts.test_permission_matrix import ROUTES

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("route", sorted({route for _method, route in ROUTES}))
def test_every_address_opens_in_a_browser(ada, people, room, route):
    message = actions.send_message(actor=people.ada, room_id=room.pk, body="x").message
    actions.open_direct(actor=people.ada, user_id=people.ben.pk)
    url = route.replace("<pk>", str(room.pk)).replace("<room_pk>", str(room.pk))
    url = url.replace("<message_id>", str(message.pk)).replace("<user_id>", str(people.ben.pk))
    url += f"?room={room.pk}" if route == "messages/" else ""
    page = ada.get(url, HTTP_ACCEPT="text/html")
    assert page.status_code == (200 if ("get", route) in ROUTES else 405)
    assert page.headers["Content-Type"].startswith("text/html")
    assert ada.options(url).status_code == 200
