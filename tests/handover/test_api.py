"""Tasks, assignments and journeys over the API."""

from typing import Any

import pytest

from leadwright.handover.models import Task
from leadwright.kit import jobs
from leadwright.workspace import keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def headers(db: None) -> dict[str, str]:
    return {"Authorization": f"Bearer {keys.create('write')[1]}"}


def test_tasks_and_assignments(client: Any, headers: Any, rep: Any, contact: Any, lead: Any) -> None:
    rep("Rita")
    hers = lead(contact("Ada"))
    jobs.settle()
    task = client.get("/api/v1/tasks", headers=headers).json()["items"][0]
    assert (task["title"], task["lead"]) == ("Call Ada", hers.pk)
    for _ in range(2):
        body = {"outcome": "reached"}
        done = client.post(f"/api/v1/tasks/{task['id']}/complete", body, "application/json", headers=headers).json()
        assert done["outcome"] == "reached"
    given = client.get(f"/api/v1/assignments?lead={hers.pk}", headers=headers).json()["items"][0]
    assert given["answer"] == "accepted"


def test_a_task_may_say_where_its_lead_goes(client: Any, headers: Any, rep: Any, contact: Any, lead: Any) -> None:
    rep("Rita")
    ada = contact("Ada")
    lead(ada)
    jobs.settle()
    task = client.get("/api/v1/tasks", headers=headers).json()["items"][0]
    assert (task["email"], task["stage"]) == (ada.email, "mql")
    url, body = f"/api/v1/tasks/{task['id']}/complete", {"outcome": "call_back", "stage": "lost"}
    assert client.post(url, body, "application/json", headers=headers).status_code == 422
    done = client.post(url, body | {"stage": "opportunity"}, "application/json", headers=headers).json()
    assert done["stage"] == "opportunity"


def test_a_repeated_call_makes_one_task(client: Any, headers: Any, contact: Any) -> None:
    body = {"title": "Write", "contact": contact("Ada").pk, "due_at": "2026-03-03T12:00:00Z"}
    for status in (201, 200):
        answer = client.post("/api/v1/tasks", body, "application/json", headers=headers | {"Idempotency-Key": "one"})
        assert answer.status_code == status
    assert Task.objects.count() == 1


def test_a_contact_enters_a_journey_once(client: Any, headers: Any, contact: Any) -> None:
    from leadwright.nurture.models import Journey

    journey = Journey.objects.create(name="Welcome", live=False)
    journey.steps = [{"type": "wait", "value": {"amount": 1, "unit": "days"}}]
    journey.trigger = [{"type": "manual", "value": None}]
    journey.save_revision().publish()
    url, body = f"/api/v1/journeys/{journey.pk}/enroll", {"contacts": [contact("Ada").pk]}
    for count in (1, 0):
        assert client.post(url, body, "application/json", headers=headers).json()["enrolled"] == count
    assert client.post(url, {}, "application/json", headers=headers).status_code == 422
    assert client.get("/api/v1/journeys", headers=headers).json()["items"][0]["people"] == {"active": 1}
    assert client.get(f"/api/v1/journeys/{journey.pk}", headers=headers).json()["steps"][0]["label"] == "Wait 1 day"
