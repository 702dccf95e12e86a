"""Take away what was uploaded for nothing. Run it daily."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from df_chat.actions import sweep_uploads


class Command(BaseCommand):
    help = "Deletes uploads that were put into no message, and stored files that no row names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--older-than", type=int, metavar="SECONDS", help="how old they are; UPLOAD_ORPHAN_SECONDS if not given"
        )

    def handle(self, *args: Any, older_than: int | None = None, **options: Any) -> None:
        swept = sweep_uploads(older_than=None if older_than is None else timedelta(seconds=older_than))
        uploads, strays = _count(swept.uploads, "upload"), _count(swept.strays, "stray file")
        self.stdout.write(f"Deleted {uploads} and {strays}.")


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
