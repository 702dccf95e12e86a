"""The pages that show the chat off."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import DetailView, ListView, TemplateView

from demo.models import Order
from df_chat.models import Room
from df_chat.settings import chat_settings
from df_chat.words import words_of_page

PANES = ("alice", "bob")
SIGN_IN_URL = "/api/v1/auth/uuid/"


def home(request: HttpRequest) -> HttpResponse:
    """The chat for those signed in, and a way in for the others."""
    return redirect("df_chat_pages:index") if request.user.is_authenticated else render(request, "home.html")


class OrdersView(LoginRequiredMixin, ListView):
    """What a shop has to deliver."""

    model = Order


class OrderView(LoginRequiredMixin, DetailView):
    """An order, and beside it the talk about it. The page is for everybody here, the talk for who is in its room."""

    model = Order

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(room=Room.objects.for_object(self.object).first(), **kwargs)


class TwoPanesView(TemplateView):
    """Two people of the demo side by side; each pane signs in by itself, without a session."""

    template_name = "demo/two_panes.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEMO_SIGN_IN:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        people = get_user_model().objects.filter(username__in=PANES, is_demo=True, is_active=True).order_by("username")
        return super().get_context_data(
            **kwargs,
            people=people if len(people) == len(PANES) else [],
            api_url=reverse("df_chat:room-list").removesuffix("rooms/"),
            socket_url=f"/{chat_settings.WEBSOCKET_PATH}",
            sign_in_url=SIGN_IN_URL,
            words=json.dumps(words_of_page()),
        )
