"""The ways in and the people, below a host's ``api/v1/``."""

from __future__ import annotations

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from accounts.drf.api_tokens import ApiTokenView
from accounts.drf.demo_people import UuidView
from accounts.drf.jwt import BlacklistView, RefreshView, TokenView, VerifyView
from accounts.drf.me import MeView, PasswordView
from accounts.drf.registration import RegisterView
from accounts.drf.sessions import CsrfView, LoginView, LogoutView
from accounts.drf.users import UserViewSet

router = SimpleRouter(use_regex_path=False)
router.register("users", UserViewSet)

# Where clients of other projects look for them too: `api/token/`.
token_urlpatterns = [
    path("", TokenView.as_view()),
    path("refresh/", RefreshView.as_view()),
    path("verify/", VerifyView.as_view()),
    path("blacklist/", BlacklistView.as_view()),
]
urlpatterns = [
    path("auth/register/", RegisterView.as_view()),
    path("auth/csrf/", CsrfView.as_view()),
    path("auth/login/", LoginView.as_view()),
    path("auth/logout/", LogoutView.as_view()),
    path("auth/token/", include(token_urlpatterns)),
    path("auth/api-token/", ApiTokenView.as_view()),
    path("auth/uuid/", UuidView.as_view()),
    path("users/me/", MeView.as_view()),
    path("users/me/password/", PasswordView.as_view()),
    *router.urls,
]
