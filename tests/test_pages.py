"""The pages and the template tags: for those signed in, in any project, and nothing shown of rooms they may not see."""

from __future__ import annotations

import uuid
from html.parser import HTMLParser
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Engine, RequestContext, Template
from django.test import RequestFactory
from django.urls import include, path

from df_chat import actions

pytestmark = pytest.mark.django_db
NAMES = ("df-chat", "df-chat-room")


class Tags(HTMLParser):
    """The opening tags of a page, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def elements(page: str) -> list[dict[str, str | None]]:
    return Tags(page).named(*NAMES)


def render(source: str, user: Any, **context: Any) -> str:
    request = RequestFactory().get("/orders/?a=1&b=2")
    request.user = user
    return Template("{% load df_chat %}" + source).render(RequestContext(request, context))


def routes(*patterns: Any) -> ModuleType:
    module = ModuleType("routes_of_a_test")
    module.urlpatterns = list(patterns)
    return module


# -- Pages ----------------------------------------------------------------------------------------------------
def test_pages_ask_to_sign_in(client, room):
    for url in ("/chat/", f"/chat/{room.pk}/"):
        assert client.get(url).headers["Location"].startswith("/accounts/login/")


def test_the_page_tells_the_element_where_everything_is(client, people):
    client.force_login(people.ada)
    (element,) = elements(client.get("/chat/").content.decode())
    assert element["data-api"] == "/api/v1/chat/"
    assert element["data-socket"] == "/api/v1/chat/ws/"
    assert element["data-page"] == "/chat/"
    assert element["data-user"] == str(people.ada.pk)
    assert element["data-csrf"]
    assert "room" not in element


def test_only_those_who_may_make_rooms_are_shown_how(client, people, settings):
    settings.DF_CHAT = {"CREATE_ROOMS": "staff"}
    for user, is_shown in ((people.ada, False), (people.sam, True)):
        client.force_login(user)
        (element,) = elements(client.get("/chat/").content.decode())
        assert ("data-may-create-rooms" in element) is is_shown


def test_a_room_is_a_page_for_those_who_may_see_it(client, people, room, public):
    client.force_login(people.cleo)
    assert client.get(f"/chat/{room.pk}/").status_code == 404
    assert client.get(f"/chat/{uuid.uuid4()}/").status_code == 404
    (element,) = elements(client.get(f"/chat/{public.pk}/").content.decode())
    assert element["room"] == str(public.pk)
    client.force_login(people.ben)
    assert client.get(f"/chat/{room.pk}/").status_code == 200


def test_a_direct_chat_is_called_by_the_other(client, people):
    room, _ = actions.open_direct(actor=people.ada, user_id=people.ben.pk)
    client.force_login(people.ada)
    assert "<title>ben</title>" in client.get(f"/chat/{room.pk}/").content.decode()


def test_titles_are_text_and_nothing_runs_inline(client, people):
    room = actions.create_room(actor=people.ada, title='</title><script>alert(1)</script>"onload="x')
    client.force_login(people.ada)
    page = Tags(client.get(f"/chat/{room.pk}/").content.decode())
    run = [attributes for attributes in page.named("script") if attributes.get("type") != "application/json"]
    assert run == [{"type": "module", "src": "/static/df_chat/df-chat.js"}]
    names = {name for _, attributes in page.tags for name in attributes}
    assert [name for name in names if name.startswith("on") or name == "style"] == []


# -- Template tags --------------------------------------------------------------------------------------------
def test_a_room_stands_in_a_template_by_itself_or_by_its_id(people, room):
    for given in (room, room.pk, str(room.pk)):
        (element,) = elements(render("{% df_chat_room room %}", people.ada, room=given))
        assert element["room"] == str(room.pk)
        (element,) = elements(render("{% df_chat room %}", people.ada, room=given))
        assert element["room"] == str(room.pk)


@pytest.mark.parametrize("given", ["", None, 7, "../../admin/", "x\0", [], '"><script>alert(1)</script>'])
def test_what_is_no_room_is_like_one_that_nobody_may_see(people, given):
    page = render("{% df_chat_room room %}", people.ada, room=given)
    (element,) = elements(page)
    assert element["room"] == str(uuid.UUID(int=0))
    assert "alert" not in page


def test_a_hidden_room_and_an_unknown_one_look_the_same(people, room):
    unknown = uuid.uuid4()
    page, other = (render("{% df_chat_room room %}", people.cleo, room=given) for given in (str(room.pk), unknown))
    shown, hidden = elements(other), elements(page)
    for element in (*shown, *hidden):
        element.pop("data-csrf")
    assert hidden == [{**shown[0], "room": str(room.pk)}]
    assert room.title not in page


def test_two_stand_on_one_page(people, room, public):
    found = elements(render("{% df_chat_room a %}{% df_chat_room b %}", people.ada, a=room, b=public))
    assert [element["room"] for element in found] == [str(room.pk), str(public.pk)]


@pytest.mark.parametrize("user", [AnonymousUser(), None])
@pytest.mark.parametrize("source", ["{% df_chat %}", "{% df_chat_room room %}"])
def test_strangers_get_a_way_to_log_in(room, source, user):
    page = render(source, user, room=room)
    assert elements(page) == []
    (link,) = Tags(page).named("a")
    assert link["href"] == "/accounts/login/?next=/orders/%3Fa%3D1%26b%3D2"
    assert str(room.pk) not in page


def test_strangers_get_words_where_there_is_no_login_page(settings):
    settings.LOGIN_URL = "no-such-route"
    page = render("{% df_chat %}", AnonymousUser())
    assert Tags(page).named("a") == []
    assert "Log in to chat" in page


def test_without_a_request_the_error_says_what_to_do():
    with pytest.raises(ImproperlyConfigured, match=r"context_processors\.request"):
        Template("{% load df_chat %}{% df_chat %}").render(Context())


def test_without_pages_there_is_no_address_to_show(people, settings):
    settings.ROOT_URLCONF = routes(path("c/", include("df_chat.urls")))
    (element,) = elements(render("{% df_chat %}", people.ada))
    assert (element["data-api"], element["data-page"]) == ("/c/", "")


def test_without_the_api_the_error_says_what_to_do(people, settings):
    settings.ROOT_URLCONF = routes()
    with pytest.raises(ImproperlyConfigured, match=r"df_chat\.urls"):
        render("{% df_chat %}", people.ada)


def test_attributes_are_escaped_whatever_the_template_around_does(people, settings):
    settings.DF_CHAT = {"WEBSOCKET_PATH": '"><img src=x onerror=alert(1)>'}
    page = render("{% autoescape off %}{% df_chat %}{% endautoescape %}", people.ada)
    assert Tags(page).named("img") == []
    assert elements(page)[0]["data-socket"] == '/"><img src=x onerror=alert(1)>'


def test_a_project_has_templates_of_its_own(people, settings, tmp_path):
    (tmp_path / "df_chat").mkdir()
    (tmp_path / "df_chat" / "element.html").write_text("<b>{{ element }} {{ request.path }}</b>")
    engine = Engine(dirs=[str(tmp_path)], app_dirs=True, libraries={"df_chat": "df_chat.templatetags.df_chat"})
    request = RequestFactory().get("/orders/")
    request.user = people.ada
    template = engine.from_string("{% load df_chat %}{% df_chat %}")
    assert template.render(Context({"request": request})) == "<b>df-chat /orders/</b>"
