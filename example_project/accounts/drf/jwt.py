"""``token/``, ``token/refresh/``, ``token/verify/`` and ``token/blacklist/``: JSON Web Tokens."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tokens
from accounts.drf.base import CredentialsSerializer, DoorView, signed_in_user
from df_chat.drf.strict import StrictSerializer

MAX_TOKEN_CHARS = 4_000


class RefreshSerializer(StrictSerializer):
    refresh = serializers.CharField(max_length=MAX_TOKEN_CHARS)


class VerifySerializer(StrictSerializer):
    token = serializers.CharField(max_length=MAX_TOKEN_CHARS)


class PairSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField()
    access = serializers.CharField()


class TokenView(DoorView):
    @extend_schema(request=CredentialsSerializer, responses=PairSerializer)
    def post(self, request: Request) -> Response:
        """Log in: an access token for ``Authorization: Bearer``, and a refresh token for the next one."""
        return Response(tokens.sign_in(signed_in_user(self)))


class RefreshView(DoorView):
    @extend_schema(request=RefreshSerializer, responses=PairSerializer)
    def post(self, request: Request) -> Response:
        """The next pair. A refresh token is good for one use; a second use ends the login."""
        return Response(tokens.refresh_login(self.cleaned(RefreshSerializer)["refresh"]))


class VerifyView(DoorView):
    @extend_schema(request=VerifySerializer, responses={200: None})
    def post(self, request: Request) -> Response:
        """200 where the token could be used now, else 401."""
        tokens.check(self.cleaned(VerifySerializer)["token"])
        return Response({})


class BlacklistView(DoorView):
    @extend_schema(request=RefreshSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Log out: the login ends, its access tokens and sockets with it."""
        tokens.end_login(self.cleaned(RefreshSerializer)["refresh"])
        return Response(status=204)
