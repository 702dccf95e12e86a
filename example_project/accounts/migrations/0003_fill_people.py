"""A public id for whoever has none, and e-mail addresses in lower case."""

import uuid
from collections import defaultdict

from django.db import migrations

BATCH_ROWS = 500


def fill(apps, schema_editor):
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    people = list(users.only("pk", "email", "uuid"))
    _check_emails(people)
    for user in people:
        user.uuid = user.uuid or uuid.uuid4()
    # The field itself writes addresses in lower case.
    users.bulk_update(people, ["uuid", "email"], batch_size=BATCH_ROWS)


def _check_emails(people):
    """Nobody loses an address: whose it is where two differ by case alone is for people to say."""
    by_email = defaultdict(list)
    for user in people:
        by_email[user.email.lower()].append(str(user.pk))
    shared = [" and ".join(keys) for keys in by_email.values() if len(keys) > 1]
    if shared:
        raise ValueError(f"Users with e-mail addresses that differ by case alone: {', '.join(shared)}. Change one.")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_people_and_logins")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
