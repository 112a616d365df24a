"""The example firm: made, lived for some days, and taken away without a trace of what was not its own."""

import asyncio
import threading
from datetime import UTC, datetime

import pytest

# The site answers in this process, and Django leaves closing a request's body to the garbage collector.
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

DAYS, PEOPLE = 3, 12
NOW = datetime(2026, 5, 13, 12, 0, tzinfo=UTC)


def lived(seed=7):
    from leadwright.kit import clock
    from leadwright.main.demo import past

    clock.set_to(NOW)
    return past.live(DAYS, PEOPLE, seed)


@pytest.fixture
def collector_here(monkeypatch):
    """The collector of this process, on the test's database."""
    from leadwright.capture import collector
    from tests.capture.conftest import database_url

    monkeypatch.setattr(collector, "database_url", database_url)


@pytest.fixture
def newcomer(collector_here, monkeypatch):
    """Somebody of today who fills a form while the past is being lived."""
    from leadwright.kit import clock, config
    from leadwright.main import asgi
    from leadwright.main.demo import gates, past
    from leadwright.market.lines import Line
    from leadwright.market.worlds import HIDDEN
    from tests.capture.conftest import database_url

    monkeypatch.setattr(gates.config, "database_url", database_url)

    async def come():
        from leadwright.capture import collector

        clock.stand(datetime.now(UTC))
        gate = gates.Gate()
        line = Line(config.base_url(), gates.gated(asgi.app, gate))
        page = await line.get("/demo/")
        words = dict(HIDDEN.findall(page.text)) | {
            "first_name": "Nora",
            "last_name": "New",
            "email": "someone@ours.example",
            "company": "Ours",
            "lw_consent": "yes",
            "website_url_2": "",
        }
        answer = await line.post("/t/f/demo", data=words, headers={"accept": "application/json"})
        assert answer.status_code == 200, answer.text
        await collector.stop()
        await gate.close()

    thread = threading.Thread(target=lambda: asyncio.run(come()))
    note = past._note

    def noted(state):
        note(state)
        if not thread.ident and state["percent"]:
            thread.start()
            while not gates.is_wanted():
                assert thread.is_alive()

    monkeypatch.setattr(past, "_note", noted)
    yield
    thread.join()


def test_its_past_is_lived_and_it_goes_away_with_nothing_of_ours(newcomer):
    from leadwright.attract.models import Campaign, Form
    from leadwright.capture.models import Activity
    from leadwright.engage.models import MailboxMessage
    from leadwright.kit import clock, jobs
    from leadwright.main.demo import living, removal
    from leadwright.profile.models import Company, Contact, Identity, Suppression
    from leadwright.qualify.models import Lead
    from leadwright.workspace.models import User, Workspace

    before = {model: set(model.objects.values_list("pk", flat=True)) for model in (Form, User, Company)}
    firm = Workspace.objects.get_or_create(pk=1)[0].firm
    assert living.state() is living.State.EMPTY
    done = lived()
    assert not done.failures
    assert living.state() is living.State.LIVING
    assert Contact.objects.count() >= PEOPLE // 2
    assert Lead.objects.exists()
    moments = Activity.objects.filter(kind="form_submitted").values_list("at", flat=True)
    assert len({moment.replace(second=0, microsecond=0) for moment in moments}) > 3, "each at its own minute"
    own = Contact.objects.get(email="someone@ours.example")
    lead = Lead.objects.get(contact=own)
    assert lead.opened_at > NOW, "a lead of today is opened today"
    mail = MailboxMessage.objects.get(rcpt_to__contains=[own.email])
    assert mail.received_at > NOW
    assert not Lead.objects.exclude(pk=lead.pk).filter(opened_at__gt=NOW), "and one of the past in the past"
    assert not MailboxMessage.objects.exclude(pk=mail.pk).filter(received_at__gt=NOW)
    clock.set_to(NOW)
    campaign = Campaign.objects.create(code="own", name="Own", channel="Email")
    removal.remove()
    jobs.settle()
    assert list(Contact.objects.all()) == [own]
    assert list(Campaign.objects.all()) == [campaign]
    assert list(Lead.objects.all()) == [lead]
    for model, keys in before.items():
        assert not model.objects.exclude(pk__in=keys).exclude(pk=own.company_id if model is Company else 0), model
    workspace = Workspace.objects.get()
    assert (workspace.firm, workspace.demo) == (firm, {})
    ours = set(Identity.objects.filter(contact=own).values_list("subject_id", flat=True))
    assert set(Activity.objects.values_list("subject_id", flat=True)) <= ours, "nobody of the market stays in the log"
    assert not Suppression.objects.exists()
    assert removal.remove() == {}


def test_an_installation_with_contacts_is_not_filled():
    from leadwright.main.demo import living
    from leadwright.profile.models import Contact

    Contact.objects.create(email="someone@ours.example")
    assert living.state() is living.State.OWN


def test_a_past_that_was_broken_off_goes_on_from_there(capsys):
    from leadwright.main.demo import living
    from leadwright.workspace.models import Workspace

    Workspace.objects.all().delete()
    Workspace.objects.create(pk=1, demo={"made": {"x": [1]}, "past": {"month": "May 2026", "done": False}})
    assert living.state() is living.State.BROKEN_OFF
    living.call_past()
    assert "broken off in May 2026" in capsys.readouterr().err
    assert living.state() is living.State.LIVING
    living.call_past()
    assert not capsys.readouterr().err


def test_the_same_seed_draws_the_same_people():
    from leadwright.main.demo import past
    from leadwright.market import people

    ways = past.efforts(NOW.date())
    first, again, other = (people.population(seed, 40, ways, NOW, 30) for seed in (7, 7, 8))
    assert first == again
    assert first != other
    assert all(person.email.endswith(people.DOMAINS) for person in first)
