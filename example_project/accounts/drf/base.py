"""What the views of the ways in share."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.drf.fields import PasswordField
from accounts.models import User
from df_chat.drf.strict import StrictSerializer

MAX_LOGIN_CHARS = 254


class DoorView(APIView):
    """Open to strangers; credentials that come along are not looked at."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request: Request) -> str:
        # Else DRF answers 403 to wrong credentials, as nothing here asks for any.
        return 'Bearer realm="api"'

    def cleaned(self, serializer_class: type[StrictSerializer]) -> dict[str, Any]:
        """The request's body, checked. Raises ValidationError."""
        serializer = serializer_class(data=self.request.data, context={"request": self.request})
        serializer.is_valid(raise_exception=True)
        result: dict[str, Any] = serializer.validated_data
        return result


class CredentialsSerializer(StrictSerializer):
    """A password, and the username or e-mail address of whose it is."""

    username = serializers.CharField(required=False, max_length=MAX_LOGIN_CHARS)
    email = serializers.CharField(required=False, max_length=MAX_LOGIN_CHARS)
    password = PasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = [attrs[field] for field in ("username", "email") if field in attrs]
        if len(names) != 1:
            raise serializers.ValidationError("Give one of username and email.")
        user = authenticate(self.context["request"], username=names[0], password=attrs["password"])
        if user is None:
            raise AuthenticationFailed("No active user has this name and password.", code="bad_credentials")
        return {"user": user}


def signed_in_user(view: DoorView) -> User:
    """Whose name and password the request's body brings. Raises ValidationError and AuthenticationFailed."""
    user: User = view.cleaned(CredentialsSerializer)["user"]
    return user
