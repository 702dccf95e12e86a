"""Attachments in an object storage: moto speaks S3 on this machine. Its own tox environment has what it needs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx
import pytest
from django.core.files.storage import storages
from django.test import RequestFactory

from df_chat import checks
from df_chat.media.senders import REDIRECT_SECONDS, Sending, StreamSender
from df_chat.settings import chat_settings
from tests.docs.test_docs import ROOT, blocks
from tests.live import free_port, wait_for

PAGE = blocks((ROOT / "docs" / "serving_files.md").read_text(), "python")[1]
CONTENT = bytes(range(256)) * 8192
KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """An S3 service without a bucket."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def bucket(endpoint: str, settings: Any) -> Iterator[SimpleNamespace]:
    """The settings of docs/serving_files.md, with this service in them."""
    names: dict[str, Any] = {}
    exec(PAGE, names)
    options = names["STORAGES"]["chat"]["OPTIONS"]
    here = {"access_key": "key", "secret_key": "secret", "endpoint_url": endpoint, "region_name": "eu-west-1"}
    names["STORAGES"]["chat"]["OPTIONS"] = options | here
    settings.STORAGES, settings.DF_CHAT = names["STORAGES"], names["DF_CHAT"]
    client = boto3.client("s3", endpoint_url=endpoint, region_name="eu-west-1", **KEYS)
    client.create_bucket(Bucket=options["bucket_name"], CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    made = boto3.resource("s3", endpoint_url=endpoint, region_name="eu-west-1", **KEYS).Bucket(options["bucket_name"])
    try:
        yield made
    finally:
        made.objects.delete()
        made.delete()


def names_in(bucket):
    return [found.key for found in bucket.objects.all()]


@pytest.fixture
def sending(bucket):
    bucket.put_object(Key="df_chat/messages/abc", Body=CONTENT)
    return Sending(storages["chat"], "df_chat/messages/abc", "application/zip", "Übung.zip", False, "1")


def test_the_settings_of_the_page_have_no_problem(bucket):
    assert checks.check_settings() == checks.check_storage() == checks.check_media_sender() == []


def test_a_storage_that_signs_nothing_is_named(bucket, settings):
    settings.STORAGES["chat"]["OPTIONS"]["querystring_auth"] = False
    settings.STORAGES = {**settings.STORAGES}
    assert [message.id for message in checks.check_media_sender()] == ["df_chat.E037"]


@pytest.mark.parametrize(
    ("asked", "status", "part"), [(None, 200, slice(None)), ("bytes=70000-", 206, slice(70_000, None))]
)
def test_the_server_fetches_and_sends(sending, asked, status, part):
    headers = {"Range": asked} if asked else {}
    response = StreamSender().send(RequestFactory().get("/", headers=headers), sending)
    assert response.status_code == status
    assert b"".join(response.streaming_content) == CONTENT[part]


def test_the_browser_fetches_by_an_address_that_ends(sending):
    response = chat_settings.MEDIA_SENDER().send(RequestFactory().get("/"), sending)
    address = response.headers["Location"]
    assert int(parse_qs(urlsplit(address).query)["X-Amz-Expires"][0]) == REDIRECT_SECONDS <= 60
    file = httpx.get(address)
    assert file.content == CONTENT
    assert file.headers["content-type"] == "application/zip"
    assert file.headers["content-disposition"] == "attachment; filename*=utf-8''%C3%9Cbung.zip"
    assert file.headers["cache-control"] == "private, no-store"
    head = chat_settings.MEDIA_SENDER().send(RequestFactory().head("/"), sending)
    assert httpx.head(head.headers["Location"]).headers["content-length"] == str(len(CONTENT))


def test_without_a_signature_nobody_is_answered(sending):
    address = sending.storage.url(sending.name).partition("?")[0]
    assert httpx.get(address).status_code == 403
