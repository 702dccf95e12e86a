"""The web client's bundle: made of the sources that are there, small, and with the licence of what it holds."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "df_chat" / "static" / "df_chat"
HOW = "run .ci/bundle, and commit what it makes"

pytestmark = pytest.mark.once


def digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()


def described(name: str) -> dict:
    return json.loads((STATIC / name).read_text())


def test_the_bundle_was_made_of_these_sources():
    bundle = described("df-chat.json")
    assert {name: digest(name) for name in ("df-chat.js", "df-chat.css")} == bundle["sha256"], HOW
    assert {name: digest(name) for name in bundle["sources"]} == bundle["sources"], HOW


def test_lit_is_the_version_it_says():
    lit = described("vendor/lit.json")
    assert digest("vendor/lit.js") == lit["sha256"]
    assert (lit["name"], lit["license"]) == ("lit", "BSD-3-Clause")
    lock = json.loads((ROOT / ".ci" / "web" / "package-lock.json").read_text())
    package = lock["packages"]["node_modules/lit"]
    assert (lit["version"], lit["integrity"]) == (package["version"], package["integrity"])
    for source in (STATIC / "web").rglob("*.js"):
        for names in re.findall(r'import \{([^}]*)\} from "[./]*vendor/lit.js"', source.read_text()):
            assert {name.split(" as ")[0].strip() for name in names.split(",") if name.strip()} <= set(lit["exports"])


def test_the_bundle_is_small_and_names_its_licences():
    text, sheet = (STATIC / "df-chat.js").read_bytes(), (STATIC / "df-chat.css").read_bytes()
    (most_kilobytes,) = re.findall(r"^most_kilobytes=(\d+)$", (ROOT / ".ci" / "bundle").read_text(), re.MULTILINE)
    assert len(gzip.compress(text, 9)) + len(gzip.compress(sheet, 9)) <= int(most_kilobytes) * 1000
    assert text.startswith(b"/*! django-df-chat, MIT. Holds Lit, BSD-3-Clause: vendor/lit.LICENSE */\n")
    assert "Redistribution and use" in (STATIC / "vendor" / "lit.LICENSE").read_text()
