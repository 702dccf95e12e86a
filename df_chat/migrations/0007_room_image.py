from __future__ import annotations

from django.db import migrations, models

import df_chat.models.room
import df_chat.storage


class Migration(migrations.Migration):
    dependencies = [("df_chat", "0006_mentions")]

    operations = [
        migrations.RemoveField(model_name="room", name="image_type"),
        migrations.AddField(
            model_name="room",
            name="image_small",
            field=models.FileField(
                blank=True,
                editable=False,
                storage=df_chat.storage.get_storage,
                upload_to=df_chat.models.room.room_image_path,
            ),
        ),
    ]
