"""Prometheus sees every metric, of one process and of several; the core does without it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.test import Client
from django.urls import path
from prometheus_client.parser import text_string_to_metric_families

from df_chat import actions, metrics
from df_chat.contrib.prometheus import metrics_view

pytestmark = pytest.mark.once

urlpatterns = [path("metrics/", metrics_view)]


@pytest.fixture(autouse=True)
def exporting(settings):
    settings.ROOT_URLCONF = __name__
    settings.DF_CHAT = {"METRICS": "df_chat.contrib.prometheus.PrometheusMetrics"}
    metrics.get_metrics()


def scrape():
    response = Client().get("/metrics/")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    return read(response.content.decode())


def read(text):
    return {sample.name: sample.value for family in text_string_to_metric_families(text) for sample in family.samples}


def test_every_metric_is_told_from_the_start():
    samples = scrape()
    names = {"counter": "df_chat_{}_total", "timing": "df_chat_{}_seconds_count", "gauge": "df_chat_{}"}
    for name, metric in metrics.METRICS.items():
        assert names[metric.kind].format(name) in samples


def test_numbers_move():
    before = scrape()
    metrics.count("resets", by=3)
    metrics.timing("lock_wait", 0.25)
    metrics.gauge("sockets", 7)
    after = scrape()
    assert after["df_chat_resets_total"] - before["df_chat_resets_total"] == 3
    assert after["df_chat_lock_wait_seconds_sum"] - before["df_chat_lock_wait_seconds_sum"] == pytest.approx(0.25)
    assert after["df_chat_sockets"] == 7


def test_a_name_of_the_hosts_own_is_taken():
    metrics.count("stickers")
    assert scrape()["df_chat_stickers_total"] >= 1


@pytest.mark.django_db
def test_a_write_is_told(people, room):
    before = scrape()["df_chat_lock_wait_seconds_count"]
    actions.send_message(actor=people.ada, room_id=room.pk, body="hi")
    assert scrape()["df_chat_lock_wait_seconds_count"] == before + 1


def test_scrapers_may_ask_for_openmetrics():
    response = Client().get("/metrics/", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert response["Content-Type"].startswith("application/openmetrics-text")
    assert response.content.endswith(b"# EOF\n")


COUNT = """
import django, sys
from django.conf import settings
from django.test import RequestFactory
settings.DF_CHAT = {"METRICS": "df_chat.contrib.prometheus.PrometheusMetrics"}
django.setup()
from df_chat import metrics
from df_chat.contrib.prometheus import metrics_view
metrics.count("resets", by=int(sys.argv[1]))
print(metrics_view(RequestFactory().get("/")).content.decode())
"""


def run(code, *args, **environ):
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **environ}
    return subprocess.run(
        [sys.executable, "-c", code, *args], env=env, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_processes_are_added_up(tmp_path):
    run(COUNT, "2", PROMETHEUS_MULTIPROC_DIR=str(tmp_path))
    assert read(run(COUNT, "3", PROMETHEUS_MULTIPROC_DIR=str(tmp_path)))["df_chat_resets_total"] == 5


def test_the_core_does_without_it():
    code = """
import sys
sys.modules["prometheus_client"] = None
import django
django.setup()
import df_chat.urls, df_chat.asgi
from df_chat import metrics
metrics.count("resets")
print(metrics.get_metrics().snapshot())
"""
    assert run(code).strip() == "{'resets': 1}"
