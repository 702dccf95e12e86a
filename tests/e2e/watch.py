"""What browsers complain about: each complaint that a test does not expect fails it."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request

# Policies report where nobody else looks; the console is heard.
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`violation of ${event.effectiveDirective} by ${event.blockedURI || "inline"}: ${event.sample}`);
}, true);
"""
# What a page asks for and then leaves behind is no failure.
LEFT = "net::ERR_ABORTED"


class Watch:
    """Listens to browser contexts: console, errors, dialogs, violations of the policy, requests that fail.

    Attributes:
        complaints: what was heard so far, in words.
        expected: patterns of what is no complaint; a test adds its own.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []
        # A connection that a test cuts is told on the console.
        self.expected = ["ERR_INTERNET_DISCONNECTED"]

    def follow(self, context: BrowserContext) -> None:
        """Listen to every page of this context."""
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._hear)
        context.on("weberror", lambda told: self._note(f"error: {told.error}"))
        context.on("dialog", self._dismiss)
        context.on("requestfailed", self._fail)

    def expect(self, *patterns: str) -> None:
        """Let complaints pass in which one of these regular expressions is found."""
        self.expected += patterns

    def unexpected(self) -> list[str]:
        """The complaints that no pattern explains."""
        known = re.compile("|".join(self.expected))
        return [text for text in self.complaints if not known.search(text)]

    def _note(self, text: str) -> None:
        self.complaints.append(text)

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self._note(f"{said.type}: {said.text} ({said.location.get('url', '')})")

    def _dismiss(self, dialog: Dialog) -> None:
        self._note(f"dialog: {dialog.type} {dialog.message}")
        dialog.dismiss()

    def _fail(self, request: Request) -> None:
        if request.failure != LEFT:
            self._note(f"failed: {request.method} {request.url}: {request.failure}")
