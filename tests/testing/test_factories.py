"""Factories make what they say, for any user model."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from df_chat import testing
from df_chat.exceptions import Denied
from df_chat.models import RoomUser, Stream
from df_chat.sync import read_snapshot
from df_chat.testing import factories, make_member, make_room, make_user, send

pytestmark = pytest.mark.django_db


def test_users_have_names_of_their_own_unless_named():
    one, two, ada = make_user(), make_user(), make_user("ada", password="secret", is_staff=True)
    assert one.username != two.username
    assert not one.has_usable_password()
    assert (ada.username, ada.email, ada.is_staff) == ("ada", "ada@example.com", True)
    assert get_user_model().objects.get(pk=ada.pk).check_password("secret")


def test_a_room_stands_where_it_would_if_made_by_its_owner():
    ada, ben = make_user("ada"), make_user("ben")
    room = make_room(ada, ben, title="Lunch", is_public=True)
    roles = dict(RoomUser.objects.filter(room=room).values_list("user__username", "role"))
    assert roles == {"ada": "owner", "ben": "member"}
    assert (room.title, room.is_public, Stream.objects.get(pk=room.pk).version) == ("Lunch", True, 3)
    assert make_room().creator is not None


def test_a_policy_stops_no_factory(settings):
    settings.DF_CHAT = {"CREATE_ROOMS": "staff", "MANAGE_ROOMS": "staff"}
    room = make_room(make_user(), make_user())
    assert make_member(room).is_active


def test_members_join_stay_and_come_back():
    room, ben = make_room(), make_user("ben")
    member = make_member(room, ben)
    version = Stream.objects.get(pk=room.pk).version
    assert make_member(room, ben).pk == member.pk
    assert Stream.objects.get(pk=room.pk).version == version
    assert make_member(room, ben, role="admin").role == "admin"
    member.delete()
    back = make_member(room, ben)
    assert (back.is_active, back.member_epoch) == (True, 2)


def test_a_message_is_sent_as_any_other():
    ada = make_user("ada")
    room = make_room(ada)
    first = send(room, ada, "Hello")
    send(room, ada, "And?", parent_id=first.pk)
    send(room, body="Backup at noon")
    bodies = [state["body"] for state in read_snapshot(ada, room.pk)["messages"]]
    assert bodies == ["Hello", "And?", "Backup at noon"]
    with pytest.raises(Denied):
        send(make_room(make_user(), is_public=True), ada)


def test_required_fields_of_any_kind_are_filled_in(monkeypatch):
    class Worker(AbstractBaseUser):
        badge = models.CharField(max_length=4, primary_key=True)
        phone = models.CharField(max_length=20, unique=True, blank=True)
        code = models.UUIDField()
        number = models.IntegerField()
        born = models.DateField()
        hired = models.DateTimeField(auto_now_add=True)
        wage = models.DecimalField(max_digits=8, decimal_places=2)
        shift = models.CharField(max_length=1, choices=[("d", "day"), ("n", "night")])
        page = models.URLField()
        about = models.TextField(blank=True)
        boss = models.ForeignKey("self", models.CASCADE, null=True, blank=True)
        active = models.BooleanField()
        options = models.JSONField()
        USERNAME_FIELD = "badge"

        class Meta:
            app_label = "nowhere"

        def save(self, **kwargs: Any) -> None:
            self.full_clean()

    monkeypatch.setattr(Worker, "validate_unique", lambda self, exclude=None: None)
    monkeypatch.setattr(factories, "get_user_model", lambda: Worker)
    worker = make_user("Bartholomew", options={"desk": 1})
    assert (worker.badge, worker.phone, worker.shift, worker.about) == ("Bart", "Bartholomew", "d", "")
    assert isinstance(worker.code, uuid.UUID)


def test_what_cannot_be_guessed_is_asked_for(monkeypatch):
    class Tenant(AbstractBaseUser):
        name = models.CharField(max_length=20)
        landlord = models.ForeignKey("self", models.CASCADE)
        USERNAME_FIELD = "name"

        class Meta:
            app_label = "nowhere"

    monkeypatch.setattr(factories, "get_user_model", lambda: Tenant)
    with pytest.raises(TypeError, match="pass landlord="):
        make_user("tom")


def test_every_public_name_is_there():
    for name in testing.__all__:
        assert getattr(testing, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'make_coffee'"):
        _ = testing.make_coffee
