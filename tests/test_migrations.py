"""The migrations are what the models say, and go both ways."""

from __future__ import annotations

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_no_change_is_without_a_migration():
    call_command("makemigrations", "df_chat", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_migrations_go_back_and_forth():
    call_command("migrate", "df_chat", "zero", verbosity=0)
    call_command("migrate", "df_chat", verbosity=0)
