"""``users/me/`` and ``users/me/password/``: oneself."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import Token

from accounts.authentication import SessionAuthentication
from accounts.drf.fields import PasswordField, check_password
from accounts.drf.people import ProfileSerializer
from accounts.models import Login, User
from accounts.rates import AttemptThrottle
from accounts.tokens import LOGIN_CLAIM
from df_chat.drf.strict import StrictSerializer


class NewPasswordSerializer(StrictSerializer):
    old_password = PasswordField()
    new_password = PasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = self.context["request"].user
        if not user.check_password(attrs["old_password"]):
            raise serializers.ValidationError({"old_password": "This is not the password."}, code="wrong_password")
        check_password(attrs["new_password"], user, attr="new_password")
        return attrs


class MeView(generics.RetrieveUpdateAPIView[User]):
    """One's own profile."""

    serializer_class = ProfileSerializer
    http_method_names = ["get", "patch", "head", "options"]

    def get_object(self) -> User:
        user: User = self.request.user
        return user


class PasswordView(APIView):
    throttle_classes = (AttemptThrottle,)
    throttle_scope = "login"

    @extend_schema(request=NewPasswordSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Change the password. It ends every other session and login, the API token, and their sockets."""
        serializer = NewPasswordSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        user: Any = request.user
        with transaction.atomic():
            user.set_password(serializer.validated_data["new_password"])
            user.save(update_fields=["password"])
            _keep(request, user)
        return Response(status=204)


def _keep(request: Request, user: User) -> None:
    """What this request is signed in with stays good."""
    if isinstance(request.auth, Token):
        Login.objects.filter(pk=request.auth[LOGIN_CLAIM]).update(auth_hash=user.get_session_auth_hash())
    elif isinstance(request.successful_authenticator, SessionAuthentication):
        update_session_auth_hash(request._request, user)
