"""``auth/csrf/``, ``auth/login/`` and ``auth/logout/``: the session, and the end of whatever one is signed in with."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login, logout
from django.middleware.csrf import get_token
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authtoken.models import Token as ApiToken
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import Token

from accounts import tokens
from accounts.authentication import SessionAuthentication
from accounts.drf.base import CredentialsSerializer, DoorView, signed_in_user
from accounts.drf.people import ProfileSerializer


class CsrfSerializer(serializers.Serializer[Any]):
    csrf_token = serializers.CharField()


class SessionSerializer(CsrfSerializer):
    user = ProfileSerializer()


class CsrfView(DoorView):
    @extend_schema(responses=CsrfSerializer)
    def get(self, request: Request) -> Response:
        """The token that goes into ``X-CSRFToken``, beside its cookie."""
        return Response({"csrf_token": get_token(request._request)})


class LoginView(DoorView):
    @extend_schema(request=CredentialsSerializer, responses=SessionSerializer)
    def post(self, request: Request) -> Response:
        """Open a session. The answer brings the CSRF token that holds from now on."""
        # A login made by another site would put its visitor into an account of that site's choice.
        SessionAuthentication().enforce_csrf(request)
        user = signed_in_user(self)
        login(request._request, user)
        return Response({"user": ProfileSerializer(user).data, "csrf_token": get_token(request._request)})


class LogoutView(APIView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End what this request is signed in with: the session, the login of its JSON Web Token, or the API token."""
        if isinstance(request.auth, Token):
            tokens.find_login(request.auth).end()
        elif isinstance(request.auth, ApiToken):
            request.auth.delete()
        elif isinstance(request.successful_authenticator, SessionAuthentication):
            logout(request._request)
        return Response(status=204)
