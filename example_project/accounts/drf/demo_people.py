"""``auth/uuid/``: the demo's people come in by their public id alone."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tokens
from accounts.drf.base import DoorView
from accounts.models import User
from accounts.rates import AttemptThrottle


class UuidSerializer(serializers.Serializer[Any]):
    user_uuid = serializers.UUIDField()


class BriefTokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    access = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")


class UuidView(DoorView):
    throttle_classes = (AttemptThrottle,)
    throttle_scope = "login"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not settings.DEMO_SIGN_IN:
            raise NotFound
        super().initial(request, *args, **kwargs)

    @extend_schema(request=UuidSerializer, responses=BriefTokenSerializer)
    def post(self, request: Request) -> Response:
        """Sign in as somebody of the demo; ``uuid`` does as well as ``user_uuid``. 404 unless DEMO_SIGN_IN is on."""
        user = _find(request.data)
        if user is None:
            raise AuthenticationFailed("Nobody may come in by this id.", code="bad_credentials")
        access, seconds = tokens.sign_in_briefly(user)
        return Response({"token": access, "access": access, "expires_in": seconds})


def _find(data: Any) -> User | None:
    value = data.get("user_uuid", data.get("uuid")) if hasattr(data, "get") else None
    try:
        key = uuid.UUID(value)
    except (TypeError, ValueError, AttributeError):
        return None
    # Staff never, whatever is ticked beside their name.
    return User.objects.filter(uuid=key, is_demo=True, is_active=True, is_staff=False, is_superuser=False).first()
