"""People of an earlier release keep their rows, and each gets a public id."""

from __future__ import annotations

import os
import uuid

import pytest
from django.db import connection

from tests.example.host import new_database, run_manage

pytestmark = pytest.mark.host

INSERT = """
from django.db import connection
from django.utils import timezone
columns = "username email password is_superuser is_staff is_active first_name last_name date_joined".split()
for name, email in {people!r}:
    values = [name, email, "!", False, False, True, "", "", timezone.now()]
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(values))
        cursor.execute(f"INSERT INTO accounts_user ({{', '.join(columns)}}) VALUES ({{marks}})", values)
"""
READ = "from accounts.models import User; print(*User.objects.order_by('pk').values_list('email', 'uuid'), sep='|')"
AMOUNT = 1_200


@pytest.fixture
def manage(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), new_database(tmp_path) as url:
        environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
        environment |= {"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": url}
        yield lambda *arguments: run_manage(environment, *arguments)


def test_each_row_gets_an_id_and_an_address_in_lower_case(manage):
    manage("migrate", "accounts", "0001", "-v", "0")
    people = [(f"user{number}", f"User{number}@Example.org") for number in range(AMOUNT)]
    manage("shell", "-v", "0", "-c", INSERT.format(people=people))
    manage("migrate", "-v", "0")
    rows = manage("shell", "-v", "0", "-c", READ).strip().split("|")
    assert [row.split("'")[1] for row in rows] == [f"user{number}@example.org" for number in range(AMOUNT)]
    ids = {uuid.UUID(row.split("UUID('")[1].split("'")[0]) for row in rows}
    assert len(ids) == AMOUNT
    manage("migrate", "accounts", "0001", "-v", "0")
    manage("migrate", "-v", "0")


def test_whose_address_it_is_when_two_share_one_is_asked(manage):
    manage("migrate", "accounts", "0001", "-v", "0")
    if connection.vendor == "mysql":
        # Its addresses never differed by case alone.
        with pytest.raises(AssertionError, match="Duplicate entry"):
            manage("shell", "-v", "0", "-c", INSERT.format(people=[("a", "a@example.org"), ("b", "A@example.org")]))
        return
    manage("shell", "-v", "0", "-c", INSERT.format(people=[("a", "a@example.org"), ("b", "A@example.org")]))
    with pytest.raises(AssertionError, match=r"differ by case alone: 1 and 2\. Change one\."):
        manage("migrate", "-v", "0")
