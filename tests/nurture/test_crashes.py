"""Journeys under random crashes: whatever breaks, and wherever, each step is taken once and each mail is made once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from leadwright.engage.models import Message
from leadwright.kit import clock, database, jobs
from leadwright.nurture.models import Enrollment, Journey, StepRecord

PEOPLE = 6


class Killed(BaseException):
    """The process was killed at this very line."""


@contextmanager
def dying(after: int, error: type[BaseException]) -> Iterator[None]:
    """Fail before the statement of this number."""
    left = [after]

    def tick(statement: str, parameters: dict[str, Any]) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise error("here")
        return honest(statement, parameters)

    honest = database._cursor
    with mock.patch.object(database, "_cursor", tick):
        yield


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from([Killed, OperationalError])), min_size=1, max_size=8))
def test_each_step_is_taken_once_and_each_mail_is_made_once(
    journey: Any, contact: Any, crashes: list[tuple[int, type[BaseException]]]
) -> None:
    from leadwright.capture import activities
    from leadwright.engage import emails
    from leadwright.profile.models import Contact

    Journey.objects.all().delete()
    Message.objects.all().delete()
    Contact.objects.all().delete()
    welcome = emails.write(name="Welcome", subject="Welcome", body=[("text", "<p>Hello</p>")]).email
    steps = [
        ("email", {"email": str(welcome.pk)}),
        ("wait", {"amount": 1, "unit": "days"}),
        ("stage", {"stage": "mql"}),
        ("exit", {"why": ""}),
    ]
    way = journey(steps, ("activity", {"activity": "track", "name": "Start"}))
    people = [contact(f"P{number}") for number in range(PEOPLE)]
    activities.record(
        activities.Fact(at=clock.now(), subject_id=each.uid, kind="track", name="Start", human=1.0) for each in people
    )
    for days in (0, 2):
        clock.advance(timedelta(days=days))
        for after, error in crashes:
            try:
                with dying(after, error):
                    jobs.settle(everything=True)
            except (Killed, OperationalError):
                continue
        jobs.settle(everything=True)
    assert Enrollment.objects.filter(journey=way, state="exited").count() == PEOPLE
    assert StepRecord.objects.filter(step__version__journey=way).count() == PEOPLE * len(steps)
    assert Message.objects.values("contact").distinct().count() == Message.objects.count() == PEOPLE
