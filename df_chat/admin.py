"""The admin: every model, and every write of it through the streams, so that clients hear of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from df_chat.models import Message, MessageFile, MessageImage, Room, RoomUser, Stream, UserChat


class AnchoredAdmin(admin.ModelAdmin):
    """Shows, once a row is there, what it cannot be moved from."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        anchors = () if obj is None else (obj._meta.get_field(name).name for name in obj.anchors)
        return (*super().get_readonly_fields(request, obj), *anchors)


class RoomUserInline(admin.TabularInline):
    model = RoomUser
    fields = ("user", "role", "is_active", "is_muted", "joined_at")
    readonly_fields = ("joined_at",)
    autocomplete_fields = ("user",)
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoomUser]:
        return super().get_queryset(request).select_related("user", "room")


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):
    list_display = ("__str__", "kind", "topic", "is_public", "is_archived", "members", "created")
    list_filter = ("kind", "is_public", "is_archived", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("title", "topic", "id")
    autocomplete_fields = ("creator",)
    readonly_fields = ("id", "kind", "version", "created", "modified", "deleted_at")
    # It comes in through the API, where it is checked and made anew.
    exclude = ("image",)
    inlines = (RoomUserInline,)
    actions = ("remove_images",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        people = Q(memberships__is_active=True, memberships__user__isnull=False)
        rooms: QuerySet[Room] = super().get_queryset(request)
        return rooms.annotate(member_count=Count("memberships", filter=people))

    @admin.action(description=_("Remove the images of the selected rooms"), permissions=["change"])
    def remove_images(self, request: HttpRequest, rooms: QuerySet[Room]) -> None:
        for room in rooms:
            room.image = ""
            room.save(update_fields=["image"])

    @admin.display(description=_("members"), ordering="member_count")
    def members(self, room: Any) -> int:
        count: int = room.member_count
        return count


@admin.register(RoomUser)
class RoomUserAdmin(AnchoredAdmin):
    list_display = ("user", "room", "role", "is_active", "is_muted", "joined_at")
    list_filter = ("role", "is_active", "is_muted")
    list_select_related = ("user", "room")
    search_fields = ("room__title", "user__pk", "id")
    autocomplete_fields = ("room", "user")
    readonly_fields = ("id", "version", "user_version", "member_epoch", "joined_at", "seen_seq", "received_seq")


@admin.register(Message)
class MessageAdmin(AnchoredAdmin):
    """Texts show on a message's own page only: lists are looked at over shoulders."""

    list_display = ("id", "room", "sender", "is_reaction", "reply_count", "created", "edited_at", "deleted_at")
    list_filter = ("is_reaction", ("deleted_at", admin.EmptyFieldListFilter), "created")
    list_select_related = ("room", "room_user__user")
    search_fields = ("body", "room__title", "id")
    autocomplete_fields = ("room", "room_user")
    raw_id_fields = ("parent",)
    readonly_fields = (
        "id",
        "seq",
        "version",
        "client_id",
        "reactions",
        "image_states",
        "file_states",
        "mention_states",
        "reply_count",
        "created",
        "edited_at",
        "deleted_at",
    )

    @admin.display(description=_("sender"), ordering="room_user__user")
    def sender(self, message: Message) -> str:
        return str(message.room_user.user or _("system"))

    def save_model(self, request: HttpRequest, obj: Message, form: Any, change: bool) -> None:
        if change and "body" in form.changed_data:
            obj.edited_at = timezone.now()
        super().save_model(request, obj, form, change)


class AttachmentAdmin(AnchoredAdmin):
    """To look at and to delete: what is uploaded comes in through the API, where it is checked."""

    list_display = ("id", "message", "uploader", "content_type", "size", "scan", "created")
    list_select_related = ("message", "uploader")
    list_filter = ("scan", "created")
    search_fields = ("id", "message__id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(MessageImage)
class MessageImageAdmin(AttachmentAdmin):
    exclude = ("image",)
    readonly_fields = ("id", "width", "height", "content_type", "size", "scan", "created")


@admin.register(MessageFile)
class MessageFileAdmin(AttachmentAdmin):
    exclude = ("file",)
    readonly_fields = ("id", "content_type", "size", "scan", "created")


@admin.register(UserChat)
class UserChatAdmin(admin.ModelAdmin):
    list_display = ("user", "online", "online_until")
    list_select_related = ("user",)
    list_filter = ("online_until",)
    search_fields = ("user__pk",)
    autocomplete_fields = ("user",)

    @admin.display(description=_("online"), boolean=True)
    def online(self, user_chat: UserChat) -> bool:
        return user_chat.is_online


@admin.register(Stream)
class StreamAdmin(admin.ModelAdmin):
    """To look at: a version that is changed by hand would leave clients behind."""

    list_display = ("__str__", "version", "acl", "horizon", "epoch", "active_at")
    list_filter = ("kind",)
    search_fields = ("owner_id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Stream | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Stream | None = None) -> bool:
        return False
