from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import df_chat.ids
import df_chat.models.attachment
import df_chat.models.room
import df_chat.storage


def fold_again(apps, schema_editor):
    """Messages with images keep more of them than before."""
    message_model = apps.get_model("df_chat", "Message")
    images = apps.get_model("df_chat", "MessageImage").objects.using(schema_editor.connection.alias)
    messages = message_model.objects.using(schema_editor.connection.alias)
    for pk in images.order_by().values_list("message", flat=True).distinct():
        rows = images.filter(message=pk).order_by("created", "pk")
        messages.filter(pk=pk, deleted_at=None).update(image_states=[_fold(row) for row in rows])


def _fold(image):
    told = {"name": image.name, "content_type": image.content_type, "size": image.size}
    sizes = {"width": image.width, "height": image.height, "placeholder": image.placeholder}
    return {"id": str(image.pk), **told, **sizes, "is_pending": False}


def drop_loose(apps, schema_editor):
    """An image in no message has no place in the table of before."""
    rows = apps.get_model("df_chat", "MessageImage").objects.using(schema_editor.connection.alias)
    rows.filter(message=None).delete()


SHARED = [
    ("name", models.CharField(blank=True, max_length=150, verbose_name="name")),
    ("content_type", models.CharField(blank=True, editable=False, max_length=100, verbose_name="content type")),
    ("size", models.PositiveBigIntegerField(default=0, editable=False, verbose_name="size")),
    (
        "digest",
        models.CharField(blank=True, editable=False, help_text="SHA-256 of what was uploaded.", max_length=64),
    ),
    (
        "scan",
        models.CharField(
            choices=[("clean", "clean"), ("pending", "pending")],
            default="clean",
            editable=False,
            max_length=7,
            verbose_name="scan",
        ),
    ),
    (
        "was_sent",
        models.BooleanField(default=False, editable=False, help_text="It was in its message from the first."),
    ),
    (
        "uploader",
        models.ForeignKey(
            blank=True,
            null=True,
            on_delete=django.db.models.deletion.SET_NULL,
            related_name="+",
            to=settings.AUTH_USER_MODEL,
            verbose_name="uploader",
        ),
    ),
]


def message_key(related_name):
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        to="df_chat.message",
        verbose_name="message",
    )


def stored(**more):
    return models.FileField(
        storage=df_chat.storage.get_storage, upload_to=df_chat.models.attachment.attachment_path, **more
    )


class Migration(migrations.Migration):
    """Images in three sizes, files, uploads that are in no message yet."""

    dependencies = [("df_chat", "0004_socket_tickets"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.RenameField(model_name="message", old_name="attachments", new_name="image_states"),
        migrations.AddField(
            model_name="message", name="file_states", field=models.JSONField(default=list, editable=False)
        ),
        migrations.AddField(
            model_name="room",
            name="image_type",
            field=models.CharField(blank=True, editable=False, help_text="Content type of the image.", max_length=100),
        ),
        migrations.AlterField(
            model_name="room",
            name="image",
            field=models.ImageField(
                blank=True,
                storage=df_chat.storage.get_storage,
                upload_to=df_chat.models.room.room_image_path,
                verbose_name="image",
            ),
        ),
        *(migrations.AddField(model_name="messageimage", name=name, field=field.clone()) for name, field in SHARED),
        migrations.AddField(model_name="messageimage", name="medium", field=stored(blank=True, editable=False)),
        migrations.AddField(model_name="messageimage", name="small", field=stored(blank=True, editable=False)),
        migrations.AddField(
            model_name="messageimage",
            name="placeholder",
            field=models.TextField(blank=True, editable=False, help_text="A tiny picture, to show meanwhile."),
        ),
        migrations.AlterField(model_name="messageimage", name="message", field=message_key("images")),
        migrations.AlterField(
            model_name="messageimage",
            name="image",
            field=models.ImageField(
                storage=df_chat.storage.get_storage,
                upload_to=df_chat.models.attachment.attachment_path,
                verbose_name="image",
            ),
        ),
        migrations.CreateModel(
            name="MessageFile",
            fields=[
                ("id", models.UUIDField(default=df_chat.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                *((name, field.clone()) for name, field in SHARED),
                ("file", stored(verbose_name="file")),
                (
                    "created",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                ("message", message_key("files")),
            ],
            options={"verbose_name": "message file", "verbose_name_plural": "message files"},
        ),
        migrations.RunPython(fold_again, drop_loose),
    ]
