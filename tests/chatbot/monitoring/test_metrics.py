"""Metrics go to this machine and to whoever has the token, and to nobody else."""

import pytest
from django.test import Client

TOKEN = "a-long-random-text-for-prometheus-0123456789"


@pytest.fixture(autouse=True)
def token(settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def test_this_machine_reads_them():
    response = Client(REMOTE_ADDR="127.0.0.1").get("/metrics")

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    assert "\nparley_first_token_seconds_bucket" in response.text


def test_another_machine_needs_the_token():
    client = Client(REMOTE_ADDR="192.0.2.7")

    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_a_wrong_token_is_refused(authorization):
    response = Client(REMOTE_ADDR="192.0.2.7").get("/metrics", headers={"Authorization": authorization})

    assert response.status_code == 403
    assert "parley_" not in response.text


def test_no_token_is_not_an_empty_token(settings):
    settings.METRICS_TOKEN = ""

    response = Client(REMOTE_ADDR="192.0.2.7").get("/metrics", headers={"Authorization": "Bearer "})

    assert response.status_code == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"])
def test_what_a_proxy_on_this_machine_passes_on_needs_the_token(header):
    client = Client(REMOTE_ADDR="127.0.0.1", headers={header: "192.0.2.7"})

    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
