"""The document over HTTP, for a host's ``path("asyncapi.json", AsyncAPIView.as_view())``."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views import View

from df_chat.asyncapi.document import build_document


class AsyncAPIView(View):
    """Serves the document with this site as its server. Public: it says nothing of who chats, or what."""

    def get(self, request: HttpRequest) -> JsonResponse:
        return JsonResponse(self.get_document(request))

    def get_document(self, request: HttpRequest) -> dict[str, Any]:
        """The document; a subclass may add to it."""
        return build_document(host=request.get_host(), secure=request.is_secure())
