"""Bring the example up: database, people, rooms, a history, and the server."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandParser, call_command

from demo.history import GROUPS, PASSWORD, PEOPLE, seed


class Command(BaseCommand):
    help = (
        "Migrate, seed people, rooms and messages, print the logins, and serve. Running it again keeps what is there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-serve", action="store_true", help="Stop before the server starts.")

    def handle(self, *, port: int, no_serve: bool, **options: Any) -> None:
        self.stdout.write("Preparing the database ...")
        call_command("migrate", verbosity=0)
        created = seed(report=self.stdout.write)
        self.stdout.write("The history was there already." if not created else f"{created} messages written.")
        self._print_logins(port)
        if not no_serve:
            call_command("runserver", f"127.0.0.1:{port}", use_reloader=False)

    def _print_logins(self, port: int) -> None:
        site = f"http://localhost:{port}"
        self.stdout.write("")
        for username, name in PEOPLE.items():
            self.stdout.write(f"  {username:6} {name:14} password {PASSWORD}")
        self.stdout.write(f"  {'admin':6} {'the admin site':14} password {PASSWORD}")
        panes = f"  Panes  {site}/two-panes/\n" if settings.DEMO_SIGN_IN else ""
        rooms = ", ".join(room.title for room in GROUPS)
        self.stdout.write(
            self.style.SUCCESS(
                f"\n  Chat   {site}/chat/   (rooms: {rooms})\n"
                f"{panes}"
                f"  REST   {site}/api/v1/chat/rooms/ (described at {site}/swagger/)\n"
                f"  Admin  {site}/admin/\n"
            )
        )
        self.stdout.write("  Log in as alice here and as bob in a private window, and write.\n")
