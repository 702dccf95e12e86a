"""``auth/register/``: an account for whoever asks."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.drf.base import DoorView
from accounts.drf.fields import NameField, PasswordField, UsernameField, check_password, find_taken, save_unique
from accounts.drf.people import ProfileSerializer
from accounts.models import User, make_username
from accounts.rates import AttemptThrottle
from df_chat.drf.strict import StrictSerializer


class RegistrationSerializer(StrictSerializer):
    """A new person. Without a username, one is made up."""

    email = serializers.EmailField(max_length=254)
    username = UsernameField(required=False)
    first_name = NameField()
    last_name = NameField()
    password = PasswordField()
    password2 = PasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        password = attrs.pop("password")
        if attrs.pop("password2") != password:
            raise serializers.ValidationError({"password2": "The passwords differ."}, code="password_mismatch")
        if "username" not in attrs:
            attrs["username"] = make_username()
        user = User(**attrs)
        if errors := find_taken(user):
            raise serializers.ValidationError(errors)
        check_password(password, user, attr="password")
        user.set_password(password)
        return {"user": user}


class RegisterView(DoorView):
    throttle_classes = (AttemptThrottle,)
    throttle_scope = "register"

    @extend_schema(request=RegistrationSerializer, responses={201: ProfileSerializer})
    def post(self, request: Request) -> Response:
        """Register. The account is nobody special: staff are made by staff."""
        user = self.cleaned(RegistrationSerializer)["user"]
        save_unique(user)
        return Response(ProfileSerializer(user).data, status=201)
