"""The probes tell a visitor's question can be answered, or which part is missing."""

import asyncio

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import AsyncClient

from chatbot.conversations.sockets.open_sockets import open_sockets
from chatbot.monitoring import health
from chatbot.monitoring.health import Readiness


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    monkeypatch.setattr("chatbot.monitoring.views.readiness", Readiness())


async def test_a_process_that_turns_its_loop_is_live():
    response = await AsyncClient().get("/health/live")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_all_is_ready_when_database_redis_and_model_server_answer(transactional_db, model, settings):
    response = await AsyncClient().get("/health/ready")

    assert response.status_code == 200
    redis = {"redis": "ok"} if settings.REDIS_URL else {}
    assert response.json() == {
        "status": "ok",
        "parts": {"accepting": "ok", "database": "ok", "migrations": "ok", **redis, "model": "ok"},
    }
    assert "no-store" in response.headers["Cache-Control"]


async def test_a_redis_that_is_away_is_named(transactional_db, model, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    response = await AsyncClient().get("/health/ready")

    assert response.status_code == 503
    assert response.json()["parts"]["redis"] == "The Redis of REDIS_URL does not answer."


async def test_one_healthy_model_server_of_several_is_enough(transactional_db, model, settings):
    settings.INFERENCE_URLS = ["http://127.0.0.1:9/v1", model.url]

    assert (await AsyncClient().get("/health/ready")).status_code == 200


async def test_a_model_server_that_is_away_or_stuck_is_named(transactional_db, model, settings, monkeypatch):
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)
    settings.INFERENCE_URLS = ["http://127.0.0.1:9/v1"]
    away = await AsyncClient().get("/health/ready")
    settings.INFERENCE_URLS = [model.url]
    model.healthy = False
    stuck = await AsyncClient().get("/health/ready")

    for response in (away, stuck):
        assert response.status_code == 503
        assert response.json()["parts"]["model"] == "No model server of INFERENCE_URLS is healthy."


async def test_many_probes_ask_the_model_server_once(transactional_db, model, monkeypatch):
    asked = []
    ask = health.ask_model_servers

    async def counting():
        asked.append(1)
        return await ask()

    monkeypatch.setattr(health, "ask_model_servers", counting)
    await asyncio.gather(*(AsyncClient().get("/health/ready") for _ in range(5)))

    assert len(asked) == 1


async def test_a_process_that_is_about_to_stop_is_not_ready(transactional_db, model, monkeypatch):
    monkeypatch.setattr(open_sockets, "draining", True)

    response = await AsyncClient().get("/health/ready")

    assert response.status_code == 503
    assert response.json()["parts"]["accepting"] == "This process is about to stop."


def test_missing_migrations_are_named(db):
    MigrationRecorder(connection).record_unapplied("widget", "0001_initial")

    database, migrations = Readiness().ask_database()

    assert database.ok
    assert migrations.detail == "Migrations are missing: run manage.py migrate."


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_probes_only_read(path):
    assert (await AsyncClient().post(path)).status_code == 405
