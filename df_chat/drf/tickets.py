"""Tickets for the socket."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from df_chat.authentication.tickets import TICKET_SECONDS, issue_ticket
from df_chat.drf.base import ChatViewSet
from df_chat.drf.strict import StrictSerializer


class TicketViewSet(ChatViewSet):
    """``ws-ticket/``: sign in one socket, whichever way this request is signed in."""

    kind = "TICKET"

    def get_serializer_class(self) -> type[StrictSerializer]:
        return StrictSerializer

    def create(self, request: Request) -> Response:
        self.cleaned(self.get_serializer_class())
        answer = {"ticket": issue_ticket(request), "expires_in": TICKET_SECONDS}
        return Response(answer, status=201, headers={"Cache-Control": "no-store"})
