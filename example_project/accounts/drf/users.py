"""``users/``: people, for one another, for themselves and for staff."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from accounts.drf.people import CardSerializer, ProfileSerializer, StaffSerializer, SuperuserSerializer
from accounts.models import User


class UserPagination(LimitOffsetPagination):
    default_limit = 10
    max_limit = 100


class SelfOrStaff(BasePermission):
    """Everybody reads; staff make people; who is there is changed by staff or by himself, a superuser by superusers."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method != "POST" or request.user.is_staff

    def has_object_permission(self, request: Request, view: Any, obj: User) -> bool:
        if request.method in ("GET", "HEAD", "OPTIONS") or obj == request.user:
            return True
        return request.user.is_staff and (request.user.is_superuser or not obj.is_superuser)


@extend_schema_view(
    list=extend_schema(description="People, ten a page. Staff are seen by staff alone.", responses=CardSerializer),
    create=extend_schema(description="A new person; for staff.", request=StaffSerializer, responses=StaffSerializer),
    retrieve=extend_schema(description="A person's card; the whole for oneself, and for staff."),
    update=extend_schema(description="Change oneself whole; staff change anybody."),
    partial_update=extend_schema(description="Change oneself in part; staff change anybody."),
    destroy=extend_schema(description="Delete a person, or oneself. What was written in rooms stays, without a name."),
)
class UserViewSet(ModelViewSet[User]):
    permission_classes = [IsAuthenticated, SelfOrStaff]
    pagination_class = UserPagination
    queryset = User.objects.order_by("pk")
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[User]:
        people, viewer = super().get_queryset(), self.request.user
        if viewer.is_staff:
            return people
        return people.filter(Q(is_staff=False, is_superuser=False, is_active=True) | Q(pk=viewer.pk))

    def get_serializer_class(self) -> type[BaseSerializer[User]]:
        viewer = self.request.user
        if getattr(viewer, "is_superuser", False) and viewer.is_staff:
            return SuperuserSerializer
        if getattr(viewer, "is_staff", False):
            return StaffSerializer
        # Who is not oneself is shown, and changed by nobody who comes here.
        is_self = str(viewer.pk) == str(self.kwargs.get("pk"))
        return ProfileSerializer if is_self else CardSerializer
