"""A strict Content-Security-Policy, as the chat's pages need no more; and what pages say to those who guess."""

from __future__ import annotations

from collections.abc import Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin
from rest_framework.exceptions import Throttled

# What the pages of others need: Django's admin and Swagger UI write HTML as text.
BASE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The chat's pages make no HTML of text. Lit makes its templates of text that is part of the code.
POLICY = f"{BASE_POLICY}; require-trusted-types-for 'script'; trusted-types lit-html"


@sync_and_async_middleware
def content_security_policy(get_response: Callable) -> Callable:
    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponse:
            return _protect(request, await get_response(request))

        markcoroutinefunction(middleware)
        return middleware
    return lambda request: _protect(request, get_response(request))


def _protect(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    match = request.resolver_match
    is_admin = match is not None and "admin" in match.app_names
    response.headers.setdefault("Content-Security-Policy", BASE_POLICY if is_admin else POLICY)
    return response


class TooManyAttempts(MiddlewareMixin):
    """Pages answer 429 where the API does so by itself."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Throttled):
            return None
        text = f"Too many attempts. Try again in {exception.wait} seconds."
        return HttpResponse(text, status=429, content_type="text/plain", headers={"Retry-After": str(exception.wait)})
