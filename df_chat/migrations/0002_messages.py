from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
import model_utils.fields
from django.db import migrations, models

import df_chat.ids
import df_chat.models.message_image


class Migration(migrations.Migration):
    """Messages and what hangs on them."""

    dependencies = [("df_chat", "0001_rooms")]

    operations = [
        migrations.CreateModel(
            name="Message",
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
                ("body", models.TextField(blank=True, verbose_name="body")),
                ("is_reaction", models.BooleanField(default=False, verbose_name="reaction")),
                (
                    "client_id",
                    models.UUIDField(blank=True, editable=False, help_text="The sender's key for retries.", null=True),
                ),
                ("seq", models.PositiveBigIntegerField(default=0, editable=False)),
                ("edited_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="edited")),
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="deleted")),
                (
                    "metadata",
                    models.JSONField(
                        blank=True, default=dict, help_text="Data of the host's own.", verbose_name="metadata"
                    ),
                ),
                ("reactions", models.JSONField(default=list, editable=False)),
                ("attachments", models.JSONField(default=list, editable=False)),
                ("reply_count", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "room",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="df_chat.room",
                        verbose_name="room",
                    ),
                ),
                (
                    "room_user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="df_chat.roomuser",
                        verbose_name="sender",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replies",
                        to="df_chat.message",
                        verbose_name="parent",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
            },
        ),
        migrations.CreateModel(
            name="MessageImage",
            fields=[
                ("id", models.UUIDField(default=df_chat.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "image",
                    models.ImageField(
                        height_field="height",
                        upload_to=df_chat.models.message_image.message_image_path,
                        verbose_name="image",
                        width_field="width",
                    ),
                ),
                ("width", models.PositiveIntegerField(default=0, editable=False, verbose_name="width")),
                ("height", models.PositiveIntegerField(default=0, editable=False, verbose_name="height")),
                (
                    "created",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="images",
                        to="df_chat.message",
                        verbose_name="message",
                    ),
                ),
            ],
            options={
                "verbose_name": "message image",
                "verbose_name_plural": "message images",
            },
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["room", "version"], name="df_chat_message_version"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["room", "seq"], name="df_chat_message_seq"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(fields=("room_user", "client_id"), name="df_chat_one_per_client_id"),
        ),
    ]
