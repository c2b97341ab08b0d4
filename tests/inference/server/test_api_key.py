"""A model server with a key serves whoever knows it; probes need none."""

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from inference.server.api_key import require_api_key
from inference.server.errors import install_error_handlers


def _client(key: str) -> TestClient:
    app = FastAPI()
    install_error_handlers(app, lambda code: None)

    @app.get("/v1/models", dependencies=[Depends(require_api_key(key))])
    def models() -> list[str]:
        return []

    return TestClient(app)


def test_the_key_opens() -> None:
    assert _client("s3cret").get("/v1/models", headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_the_stranger_is_refused_in_openais_shape() -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "s3cre"}):
        answer = _client("s3cret").get("/v1/models", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "invalid_api_key"


def test_without_a_key_everybody_may() -> None:
    assert _client("").get("/v1/models").status_code == 200
