"""docs/serving_files.md: its snippets are what works."""

from __future__ import annotations

import textwrap

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.test import RequestFactory

from df_chat import checks
from df_chat.media import senders
from tests.docs.test_docs import ROOT, blocks

pytestmark = pytest.mark.once

PAGE = (ROOT / "docs" / "serving_files.md").read_text()
NGINX, S3, OWN = blocks(PAGE, "python")


def test_the_location_is_that_of_the_example():
    (location,) = blocks(PAGE, "nginx")
    assert textwrap.indent(location, " " * 8) in (ROOT / "example_project" / "nginx.conf").read_text()


def test_the_settings_for_nginx_have_no_problem(settings):
    names: dict[str, object] = {}
    exec(NGINX, names)
    settings.DF_CHAT = names["DF_CHAT"]
    assert checks.check_settings() == checks.check_media_sender() == []
    (location,) = blocks(PAGE, "nginx")
    assert location.startswith(f"location {settings.DF_CHAT['ACCEL_PREFIX']} {{")


def test_every_sender_is_on_the_page():
    kinds = {kind.__name__ for kind in senders.MediaSender.__subclasses__() if kind.__module__ == senders.__name__}
    assert kinds == {"StreamSender", "AccelSender", "SendfileSender", "RedirectSender"}
    for kind in kinds:
        assert f"| `{kind}` |" in PAGE


def test_a_class_of_ones_own_sends(tmp_path):
    names: dict[str, object] = {}
    exec(OWN, names)
    storage = FileSystemStorage(tmp_path)
    sending = senders.Sending(storage, storage.save("x", ContentFile(b"x")), "text/plain", "x.txt", False, "1")
    assert names["CountingSender"]().send(RequestFactory().head("/"), sending).status_code == 200
    assert names["CountingSender"].sent == 1
