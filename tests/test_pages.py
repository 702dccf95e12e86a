"""The pages: for those signed in, and no room shown to those who may not see it."""

from __future__ import annotations

import re

import pytest

from df_chat import actions

pytestmark = pytest.mark.django_db


def test_pages_ask_to_sign_in(client, room):
    for url in ("/chat/", f"/chat/{room.pk}/"):
        assert client.get(url).headers["Location"].startswith("/accounts/login/")


def test_the_index_tells_its_scripts_where_everything_is(client, people):
    client.force_login(people.ada)
    page = client.get("/chat/").content.decode()
    assert 'data-api="/api/v1/chat/"' in page
    assert 'data-socket="/api/v1/chat/ws/"' in page


def test_a_room_is_a_page_for_those_who_may_see_it(client, people, room, public):
    client.force_login(people.cleo)
    assert client.get(f"/chat/{room.pk}/").status_code == 404
    assert 'data-member="false"' in client.get(f"/chat/{public.pk}/").content.decode()
    client.force_login(people.ben)
    assert 'data-member="true"' in client.get(f"/chat/{room.pk}/").content.decode()


def test_a_direct_chat_is_called_by_the_other(client, people):
    room, _ = actions.open_direct(actor=people.ada, user_id=people.ben.pk)
    client.force_login(people.ada)
    assert "<title>ben</title>" in client.get(f"/chat/{room.pk}/").content.decode()


def test_titles_are_text_and_nothing_runs_inline(client, people):
    room = actions.create_room(actor=people.ada, title='<script>alert(1)</script>"onload="x')
    client.force_login(people.ada)
    page = client.get(f"/chat/{room.pk}/").content.decode()
    assert "<script>alert" not in page
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"\s(?:on\w+|style)=[\"']", re.sub(r"<title>.*?</title>|<bdi.*?</bdi>", "", page)) == []
