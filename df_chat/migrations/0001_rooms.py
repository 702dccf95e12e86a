from __future__ import annotations

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import model_utils.fields
from django.conf import settings
from django.db import migrations, models

import df_chat.ids
import df_chat.models.room


def leave_room_on_pages(apps, schema_editor):
    """On PostgreSQL, half-empty pages let the hot counter be updated in place, without touching its index."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE df_chat_stream SET (fillfactor = 50)")


class Migration(migrations.Migration):
    """Streams, rooms and their members."""

    initial = True

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Stream",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("room", "room"), ("user", "user")], max_length=4)),
                ("owner_id", models.CharField(help_text="Primary key of the room or user.", max_length=64)),
                ("version", models.PositiveBigIntegerField(default=0, help_text="Version of the newest change.")),
                (
                    "acl",
                    models.PositiveBigIntegerField(
                        default=0, help_text="Version of the newest change of who may see what."
                    ),
                ),
                (
                    "horizon",
                    models.PositiveBigIntegerField(default=0, help_text="Changes up to this version have been pruned."),
                ),
                ("epoch", models.PositiveIntegerField(default=1, help_text="Rises when a backup was restored.")),
                (
                    "active_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="When the newest message was sent."
                    ),
                ),
            ],
            options={
                "verbose_name": "stream",
                "verbose_name_plural": "streams",
            },
        ),
        migrations.CreateModel(
            name="UserChat",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="chat",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                ("online_until", models.DateTimeField(blank=True, null=True, verbose_name="online until")),
            ],
            options={
                "verbose_name": "user chat",
                "verbose_name_plural": "user chats",
            },
        ),
        migrations.CreateModel(
            name="Room",
            fields=[
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "modified",
                    model_utils.fields.AutoLastModifiedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="modified"
                    ),
                ),
                ("id", models.UUIDField(default=df_chat.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveBigIntegerField(default=0, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("group", "group"), ("direct", "direct")],
                        default="group",
                        editable=False,
                        max_length=6,
                        verbose_name="kind",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=255, verbose_name="title")),
                ("topic", models.CharField(blank=True, max_length=255, verbose_name="topic")),
                ("description", models.TextField(blank=True, max_length=4000, verbose_name="description")),
                (
                    "image",
                    models.ImageField(blank=True, upload_to=df_chat.models.room.room_image_path, verbose_name="image"),
                ),
                (
                    "is_public",
                    models.BooleanField(default=False, help_text="Everybody may read and join.", verbose_name="public"),
                ),
                (
                    "is_archived",
                    models.BooleanField(
                        default=False, help_text="Readable, but closed to writing.", verbose_name="archived"
                    ),
                ),
                (
                    "max_users",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="most members",
                    ),
                ),
                (
                    "metadata",
                    models.JSONField(
                        blank=True, default=dict, help_text="Data of the host's own.", verbose_name="metadata"
                    ),
                ),
                ("object_id", models.CharField(blank=True, max_length=64, verbose_name="object id")),
                ("direct_key", models.CharField(editable=False, max_length=140, null=True, unique=True)),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
                (
                    "content_type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="creator",
                    ),
                ),
            ],
            options={
                "verbose_name": "room",
                "verbose_name_plural": "rooms",
            },
        ),
        migrations.CreateModel(
            name="RoomUser",
            fields=[
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "modified",
                    model_utils.fields.AutoLastModifiedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="modified"
                    ),
                ),
                ("id", models.UUIDField(default=df_chat.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveBigIntegerField(default=0, editable=False)),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "owner"), ("admin", "admin"), ("member", "member")],
                        default="member",
                        max_length=6,
                        verbose_name="role",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(default=True, help_text="Unset once the user left.", verbose_name="member"),
                ),
                ("is_muted", models.BooleanField(default=False, verbose_name="muted")),
                (
                    "joined_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="joined"),
                ),
                ("user_version", models.PositiveBigIntegerField(default=0, editable=False)),
                ("member_epoch", models.PositiveIntegerField(default=1, editable=False)),
                ("visible_from_seq", models.PositiveBigIntegerField(default=0, editable=False)),
                ("seen_seq", models.PositiveBigIntegerField(default=0, editable=False, verbose_name="seen up to")),
                ("seen_at", models.DateTimeField(editable=False, null=True)),
                (
                    "received_seq",
                    models.PositiveBigIntegerField(default=0, editable=False, verbose_name="received up to"),
                ),
                ("received_at", models.DateTimeField(editable=False, null=True)),
                (
                    "room",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="df_chat.room",
                        verbose_name="room",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty for the system itself.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="chat_memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "room user",
                "verbose_name_plural": "room users",
            },
        ),
        migrations.AddField(
            model_name="room",
            name="users",
            field=models.ManyToManyField(
                related_name="chat_rooms", through="df_chat.RoomUser", to=settings.AUTH_USER_MODEL, verbose_name="users"
            ),
        ),
        migrations.AddIndex(
            model_name="roomuser",
            index=models.Index(fields=["room", "version"], name="df_chat_member_version"),
        ),
        migrations.AddIndex(
            model_name="roomuser",
            index=models.Index(fields=["user", "user_version"], name="df_chat_membership_version"),
        ),
        migrations.AddConstraint(
            model_name="roomuser",
            constraint=models.UniqueConstraint(fields=("room", "user"), name="df_chat_one_membership"),
        ),
        migrations.AddIndex(
            model_name="room",
            index=models.Index(fields=["content_type", "object_id"], name="df_chat_room_target"),
        ),
        migrations.AddIndex(
            model_name="room",
            index=models.Index(fields=["is_public"], name="df_chat_room_public"),
        ),
        migrations.RunPython(leave_room_on_pages, migrations.RunPython.noop),
    ]
