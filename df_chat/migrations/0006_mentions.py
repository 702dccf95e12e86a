from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Messages mention members."""

    dependencies = [("df_chat", "0005_attachments")]

    operations = [
        migrations.AddField(
            model_name="message", name="mention_states", field=models.JSONField(default=list, editable=False)
        ),
        migrations.CreateModel(
            name="MessageMention",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("seq", models.PositiveBigIntegerField(editable=False, help_text="That of the message.")),
                (
                    "was_sent",
                    models.BooleanField(
                        default=False, editable=False, help_text="It was in its message from the first."
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mentions",
                        to="df_chat.message",
                        verbose_name="message",
                    ),
                ),
                (
                    "room_user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mentions",
                        to="df_chat.roomuser",
                        verbose_name="mentioned",
                    ),
                ),
            ],
            options={
                "verbose_name": "mention",
                "verbose_name_plural": "mentions",
                "constraints": [models.UniqueConstraint(fields=["message", "room_user"], name="df_chat_one_mention")],
                "indexes": [models.Index(fields=["room_user", "seq"], name="df_chat_mention_seq")],
            },
        ),
    ]
