"""What the templates know of the demo."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def demo(request: HttpRequest) -> dict[str, bool]:
    return {"demo_sign_in": settings.DEMO_SIGN_IN}
