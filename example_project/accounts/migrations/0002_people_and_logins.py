import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.fields


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField("user", "uuid", models.UUIDField("public id", null=True, editable=False)),
        migrations.AddField(
            "user",
            "is_demo",
            models.BooleanField(
                "demo person",
                default=False,
                help_text="May sign in with the public id alone where DEMO_SIGN_IN is on.",
            ),
        ),
        migrations.AlterField(
            "user",
            "username",
            models.CharField(
                "username",
                error_messages={"unique": "A user with that username already exists."},
                help_text="150 characters or fewer. Letters, digits and ./+/-/_ only.",
                max_length=150,
                unique=True,
                validators=[accounts.fields.UsernameValidator()],
            ),
        ),
        migrations.AlterField(
            "user",
            "email",
            accounts.fields.LowercaseEmailField(
                "e-mail address",
                error_messages={"unique": "A user with that e-mail address already exists."},
                max_length=254,
                unique=True,
            ),
        ),
        migrations.CreateModel(
            "Login",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("refresh_id", models.CharField(blank=True, max_length=32)),
                ("auth_hash", models.CharField(max_length=128)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="logins",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
