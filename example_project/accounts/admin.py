from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Login, User


@admin.register(User)
class PersonAdmin(UserAdmin):
    list_display = ["username", "email", "first_name", "last_name", "is_staff", "is_demo"]
    readonly_fields = ["uuid"]
    fieldsets = [*UserAdmin.fieldsets, ("Public id", {"fields": ["uuid", "is_demo"]})]
    add_fieldsets = [(None, {"classes": ["wide"], "fields": ["username", "email", "password1", "password2"]})]


@admin.register(Login)
class LoginAdmin(admin.ModelAdmin):
    """Who holds tokens. Ending a login is the one thing to do here."""

    list_display = ["id", "user", "created", "expires_at", "ended_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email"]
    fields = readonly_fields = ["id", "user", "created", "expires_at", "ended_at"]
    actions = ["end"]

    @admin.action(description="End the selected logins")
    def end(self, request: HttpRequest, queryset: QuerySet[Login]) -> None:
        for login in queryset.filter(ended_at=None):
            login.end()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
