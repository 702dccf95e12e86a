"""Fixtures for hosts that test with pytest and pytest-django. Installing the chat is enough to have them.

Nothing of Django is imported before a fixture is used: pytest loads this module before the settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest

if TYPE_CHECKING:
    from pytest_django import DjangoCaptureOnCommitCallbacks

    from df_chat.models import Room
    from df_chat.testing import EventList, RecordingPublisher


class ChatUsers(NamedTuple):
    """Who ``chat_room`` is about."""

    owner: Any
    member: Any
    stranger: Any


@pytest.fixture
def chat_make_user(db: None) -> Callable[..., Any]:
    """Makes a user: ``chat_make_user("ada", is_staff=True)``. Override it where your users take more than that."""
    from df_chat.testing import make_user

    return make_user


@pytest.fixture
def chat_users(chat_make_user: Callable[..., Any]) -> ChatUsers:
    """Three users: the owner and a member of ``chat_room``, and a stranger to it."""
    return ChatUsers(chat_make_user("owner"), chat_make_user("member"), chat_make_user("stranger"))


@pytest.fixture
def chat_room(chat_users: ChatUsers) -> Room:
    """A private room."""
    from df_chat.testing import make_room

    return make_room(chat_users.owner, chat_users.member)


@pytest.fixture
def chat_commit(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Callable[[], AbstractContextManager[Any]]:
    """``with chat_commit(): ...`` announces what was done in it, also in a test that itself never commits."""
    from df_chat.settings import chat_settings

    return lambda: django_capture_on_commit_callbacks(using=chat_settings.DATABASE, execute=True)


@pytest.fixture
def chat_events() -> Iterator[EventList]:
    """Every event committed during the test, in order; sockets hear them all the same."""
    from df_chat.signals import stream_changed
    from df_chat.testing import EventList

    events = EventList()

    def hear(event: Any, **kwargs: Any) -> None:
        events.append(event)

    stream_changed.connect(hear, weak=False)
    yield events
    stream_changed.disconnect(hear)


@pytest.fixture
def chat_publisher(settings: Any) -> RecordingPublisher:
    """A publisher that records, in place of the one that publishes: no channel layer is needed."""
    from df_chat.streams.outbox import get_publisher

    publisher = "df_chat.testing.RecordingPublisher"
    settings.DF_CHAT = {**getattr(settings, "DF_CHAT", {}), "PUBLISHER": publisher}
    return cast("RecordingPublisher", get_publisher())
