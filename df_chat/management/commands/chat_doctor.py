"""``manage.py chat_doctor``: is this installation well?"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from df_chat.doctor import Diagnosis, Finding, diagnose


class Command(BaseCommand):
    help = "Probe the database, the channel layer, the socket and the media of the chat. Exits with 1 if one fails."
    # It reports them itself, and goes on.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")
        parser.add_argument("--url", help="Where the site is reached, to ask it for a file as a stranger would.")

    def handle(self, *args: Any, **options: Any) -> None:
        diagnosis = diagnose(url=options["url"], trace=options["traceback"])
        if options["json"]:
            findings = [asdict(finding) for finding in diagnosis.findings]
            self.stdout.write(json.dumps({"ok": diagnosis.is_sound, "findings": findings}, indent=2))
        else:
            self._write(diagnosis)
        if not diagnosis.is_sound:
            raise SystemExit(1)

    def _write(self, diagnosis: Diagnosis) -> None:
        for finding in diagnosis.findings:
            self.stdout.write(self._line(finding))
            if finding.hint:
                self.stdout.write(f"      {finding.hint}")
        passed, warned, failed = map(diagnosis.count, ("PASS", "WARN", "FAIL"))
        self.stdout.write(f"{passed} passed, {warned} warned, {failed} failed")

    def _line(self, finding: Finding) -> str:
        style = {"PASS": self.style.SUCCESS, "WARN": self.style.WARNING, "FAIL": self.style.ERROR}[finding.status]
        return f"{style(finding.status)}  {finding.probe}: {finding.detail}"
