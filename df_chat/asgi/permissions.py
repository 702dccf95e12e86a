"""Who may open the socket."""

from __future__ import annotations

from typing import Any

from djangochannelsrestframework.permissions import BasePermission


class IsAuthenticated(BasePermission):  # type: ignore[misc]
    """Signed in and active: when the socket opens, and before each action.

    DCRF's own class of this name lets anonymous sockets open.
    """

    async def can_connect(self, scope: dict[str, Any], consumer: Any, message: Any = None) -> bool:
        return self._passes(scope)

    async def has_permission(self, scope: dict[str, Any], consumer: Any, action: str, **kwargs: Any) -> bool:
        return self._passes(scope)

    def _passes(self, scope: dict[str, Any]) -> bool:
        user = scope.get("user")
        return user is not None and user.is_authenticated and user.is_active
