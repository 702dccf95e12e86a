"""The two pages, each with the least that the policy of the site must let it do beyond the chat's own pages."""

from __future__ import annotations

from typing import Any

from accounts.middleware import BASE_POLICY
from django.http import HttpRequest, HttpResponseBase
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView

# What ReDoc puts into its page: style elements that it fills later, and one with the style of its scroll bars.
STYLES = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"


class SwaggerView(SpectacularSwaggerSplitView):
    """Swagger UI. Its script is a file of its own; it writes HTML as text, as ReDoc does."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = BASE_POLICY
        return response


class RedocView(SpectacularRedocView):
    """ReDoc. Two styles are allowed by what they say, and the worker in which it searches."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        policy = BASE_POLICY.replace("style-src 'self'", f"style-src 'self' {STYLES}") + "; worker-src blob:"
        response.headers["Content-Security-Policy"] = policy
        return response
