import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_fill_people")]

    operations = [
        migrations.AlterField(
            "user", "uuid", models.UUIDField("public id", default=uuid.uuid4, editable=False, unique=True)
        ),
    ]
