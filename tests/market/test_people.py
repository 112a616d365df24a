"""The market: the same seed lives the same life."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from leadwright.market import lives, people, reps
from leadwright.market.letters import letter

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
EFFORTS = (
    people.Effort("search", "google", "cpc", "/demo/", 20, 1.2, "operations"),
    people.Effort("fair", "fair", "event", "/demo/", 8, 1.5, "director", (3,)),
)


def town(seed: int) -> list[people.Person]:
    return people.population(seed, 200, EFFORTS, START, 365)


def test_the_same_seed_draws_the_same_people_with_the_same_lives() -> None:
    first, second = town(7), town(7)
    assert first == second
    assert [lives.life(each, EFFORTS[0]) for each in first] == [lives.life(each, EFFORTS[0]) for each in second]
    assert town(8) != first


def test_everybody_has_an_address_of_his_own_below_example() -> None:
    addresses = [person.email for person in town(7)]
    assert len(set(addresses)) == len(addresses)
    assert all(address.isascii() and address.endswith(".example") for address in addresses)


def test_people_come_within_the_time_and_seldom_at_night() -> None:
    moments = [person.arrives_at for person in town(7)]
    assert moments == sorted(moments)
    assert all(START <= moment <= START + timedelta(days=365) for moment in moments)
    assert sum(moment.hour < 6 for moment in moments) < len(moments) / 10


def test_everybody_comes_before_he_sends_a_form() -> None:
    for person in town(7):
        effort = next(each for each in EFFORTS if each.code == person.campaign)
        acts = lives.life(person, effort)
        sends = [act.at for act in acts if isinstance(act, lives.Send)]
        assert sends
        assert min(act.at for act in acts if isinstance(act, lives.Visit)) < min(sends)


def test_a_scanner_follows_every_link_and_a_reader_at_most_one() -> None:
    mail = lives.Letter("a@b.example", "Hello", START, ("https://x.example/t/c/1", "https://x.example/t/c/2"))
    for person in town(7):
        for act in lives.read(person, "Hello", START, mail):
            assert isinstance(act, lives.Follow)
            assert len(act.urls) == (2 if act.kind == "scan" else 1)


def test_a_mail_is_read_as_a_mail_program_does() -> None:
    mail = EmailMessage()
    mail["To"] = "Ada <ada@firm.example>"
    mail["Subject"] = "Hello"
    mail["List-Unsubscribe"] = "<http://127.0.0.1:8000/t/u/abc>, <mailto:out@firm.example>"
    mail.set_content("plain")
    mail.add_alternative(
        '<a href="http://127.0.0.1:8000/t/c/one?a=1&amp;b=2">x</a><a href="http://127.0.0.1:8000/t/d/two">y</a>'
        '<a href="http://127.0.0.1:8000/t/c/four" style="display:none"></a>'
        '<img src="http://127.0.0.1:8000/t/o/three.gif">',
        subtype="html",
    )
    read = letter(mail.as_bytes(), START)
    assert read == lives.Letter(
        "ada@firm.example",
        "Hello",
        START,
        ("http://127.0.0.1:8000/t/c/one?a=1&b=2",),
        "http://127.0.0.1:8000/t/o/three.gif",
        "http://127.0.0.1:8000/t/u/abc",
        "http://127.0.0.1:8000/t/d/two",
        ("http://127.0.0.1:8000/t/c/four",),
    )


def test_a_rep_ends_the_same_call_the_same_way() -> None:
    for person in town(7):
        assert reps.ending(person, "call", "mql", 5) == reps.ending(person, "call", "mql", 5)
