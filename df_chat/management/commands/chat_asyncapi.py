"""``manage.py chat_asyncapi``: print the AsyncAPI document of the socket."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from df_chat.asyncapi import build_document


class Command(BaseCommand):
    help = "Print the AsyncAPI 3.0 document of the chat's WebSocket as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", help="Where the site is reached, as chat.example.com.")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(build_document(host=options["host"]), indent=2))
