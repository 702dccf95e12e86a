"""``auth/api-token/``: the one lasting token that a person may have, for scripts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authtoken.models import Token
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from accounts.drf.base import CredentialsSerializer, DoorView, signed_in_user


class ApiTokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()


class ApiTokenView(DoorView):
    def get_authenticators(self) -> list[Any]:
        return [one() for one in api_settings.DEFAULT_AUTHENTICATION_CLASSES] if self._ends() else []

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated()] if self._ends() else super().get_permissions()

    @extend_schema(request=CredentialsSerializer, responses=ApiTokenSerializer)
    def post(self, request: Request) -> Response:
        """A token for ``Authorization: Token``, the same each time until it is deleted or the password changes."""
        token, _ = Token.objects.get_or_create(user=signed_in_user(self))
        return Response({"token": token.key})

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """End one's token."""
        for token in Token.objects.filter(user=request.user):
            token.delete()
        return Response(status=204)

    def _ends(self) -> bool:
        # Asked before there is a request of DRF's, and for the OpenAPI document without any.
        return self.request is not None and self.request.method == "DELETE"
