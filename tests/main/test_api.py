import pytest

from leadwright.workspace import keys

pytestmark = pytest.mark.django_db


def test_it_describes_itself_as_openapi_3_1_and_on_a_page(client):
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    page = client.get("/api/docs").content.decode()
    assert "swagger-ui" in page
    assert "https://" not in page


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic abc"])
def test_without_a_valid_key_it_answers_a_problem_that_says_how_to_get_one(client, header):
    answer = client.get("/api/v1/contacts", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert "key create" in answer.json()["detail"]


def test_a_revoked_key_and_a_collecting_key_open_nothing(client):
    key, secret = keys.create("read")
    keys.revoke(key)
    assert client.get("/api/v1/contacts", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    _, collect = keys.create("collect")
    assert client.get("/api/v1/contacts", headers={"Authorization": f"Bearer {collect}"}).status_code == 401


def test_a_reading_key_may_not_write(client):
    _, secret = keys.create("read")
    answer = client.post(
        "/api/v1/contacts",
        {"email": "ada@example.com"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 403
    assert "write" in answer.json()["detail"]
