"""What turns out later about who did something: bursts, the hidden link, movement, rules of the house, marks."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwright.capture import activities, house_rules, judging, verdicts
from leadwright.capture.judging import hindsight, mails
from leadwright.capture.judging.hits import Batch
from leadwright.capture.models import Activity, HouseRule, Refusal, Verdict
from leadwright.kit import clock, database, ids, jobs
from leadwright.profile.models import Contact, Identity
from leadwright.workspace.models import AuditEntry
from tests.capture.test_judging import AT, hit, judged

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Contact:
    ada = Contact.objects.create(uid=ids.uuid7(AT), email="ada@nordwind.example", email_key="ada@nordwind.example")
    Identity.objects.create(subject_id=ada.uid, contact=ada, kind="self", since=AT, evidence="")
    return ada


def click(ada: Contact, link: int, visitor: str, after: float = 0, **more: Any) -> None:
    payload = {"contact": str(ada.uid), "message": 7, "url": f"https://site.example/{link}", "anonymousId": visitor}
    hit("click", payload, AT + timedelta(seconds=after), **more)


def canary(ada: Contact, after: float = 0, **more: Any) -> None:
    hit("canary", {"contact": str(ada.uid), "message": 7}, AT + timedelta(seconds=after), **more)


def moved(visitor: str, after: float = 0) -> None:
    hit("track", {"anonymousId": visitor, "event": "$human"}, AT + timedelta(seconds=after))


def counting() -> list[bool]:
    """Of each click in a mail, whether it counts as a person's by now."""
    rows = database.rows("SELECT human FROM capture_judged WHERE kind = 'email_clicked' ORDER BY seq")
    return [row.human >= 0.5 for row in rows]


def turned() -> list[str]:
    """The activities that the log says were judged again."""
    return list(Activity.objects.filter(kind="judged_again").order_by("seq").values_list("object_id", flat=True))


def test_a_click_counts_until_it_turns_out_to_be_part_of_a_burst(ada: Contact) -> None:
    click(ada, 1, "a")
    judged()
    assert counting() == [True]
    click(ada, 2, "b", 2)
    click(ada, 3, "c", 4)
    judged()
    assert counting() == [False, False, False]
    assert len(turned()) == 3
    assert Activity.objects.get(pk=turned()[0]).human == 0.75  # the fact itself stays as it was written


def test_two_links_are_read_by_people_too(ada: Contact) -> None:
    for number, link in enumerate((1, 2, 1, 2)):
        click(ada, link, "a", number)
    judged()
    assert counting() == [True] * 4


def test_links_followed_one_by_one_are_no_burst(ada: Contact) -> None:
    for number in range(5):
        click(ada, number, "a", number * 20)
    judged()
    assert counting() == [True] * 5


def test_a_burst_is_no_machine_where_somebody_moved_before(ada: Contact) -> None:
    moved("a")
    for number in range(3):
        click(ada, number, "a", 1 + number)
    judged()
    assert counting() == [True] * 3
    assert not Verdict.objects.exists()


def test_movement_afterwards_confirms_what_a_burst_denied(ada: Contact) -> None:
    for number in range(3):
        click(ada, number, "a", number)
    judged()
    assert counting() == [False] * 3
    assert not Identity.objects.filter(kind="visitor").exists()
    moved("a", 20)
    judged()
    assert counting() == [True] * 3
    assert Identity.objects.get(kind="visitor").contact == ada


def test_movement_confirms_no_crawler(ada: Contact) -> None:
    click(ada, 1, "a", user_agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    moved("a", 5)
    judged()
    assert counting() == [False]


def test_the_hidden_link_speaks_against_the_program_that_followed_it(ada: Contact) -> None:
    click(ada, 1, "scanner")
    click(ada, 1, "ada", 600, address="192.0.2.7")
    canary(ada, 3)
    judged()
    assert counting() == [False, True]
    assert list(Refusal.objects.values_list("reason", flat=True)) == ["canary"]
    assert not Activity.objects.filter(kind="canary").exists()


def test_no_movement_outweighs_the_hidden_link(ada: Contact) -> None:
    click(ada, 1, "scanner")
    moved("scanner", 1)
    judged()
    assert counting() == [True]
    canary(ada, 3)
    judged()
    assert counting() == [False]


def test_a_browser_that_only_a_machine_clicked_in_belongs_to_nobody(ada: Contact) -> None:
    click(ada, 1, "scanner")
    judged()
    assert Identity.objects.filter(kind="visitor").count() == 1
    canary(ada, 1)
    judged()
    assert not Identity.objects.filter(kind="visitor").exists()
    click(ada, 1, "ada", 900, address="192.0.2.7", user_agent="Mozilla/5.0 (Macintosh) Version/18.0 Safari/605.1.15")
    judged()
    assert Identity.objects.get(kind="visitor").contact == ada


def test_somebody_marks_a_mistake_and_takes_it_back(ada: Contact) -> None:
    click(ada, 1, "a")
    [activity] = judged()
    verdicts.mark([activity.pk], is_person=False, by="nora")
    assert counting() == [False]
    assert Verdict.objects.get().marked_by == "nora"
    verdicts.mark([activity.pk], is_person=None, by="nora")
    assert counting() == [True]
    said = AuditEntry.objects.filter(object_id=str(activity.pk)).order_by("pk").values_list("action", flat=True)
    assert list(said) == ["marked as a machine's", "took back who did"]
    assert turned() == [str(activity.pk)] * 2


def test_what_a_person_says_stands_against_all_evidence(ada: Contact) -> None:
    click(ada, 1, "a")
    [activity] = judged()
    verdicts.mark([activity.pk], is_person=True, by="nora")
    canary(ada, 1)
    judged()
    assert counting() == [True]
    verdicts.mark([activity.pk], is_person=None, by="nora")
    assert counting() == [False]


@pytest.mark.parametrize(("kind", "pattern"), [("network", "127.0.0.0/24"), ("agent", "chrome/140")])
def test_a_rule_of_the_house_holds_for_what_was_and_what_comes(ada: Contact, kind: str, pattern: str) -> None:
    click(ada, 1, "a")
    judged()
    with clock.frozen(AT + timedelta(days=1)):
        rule = verdicts.make_rule(kind, pattern, is_person=False, by="nora")
        assert counting() == [True]  # nobody waits for the past
        jobs.settle()
    assert counting() == [False]
    click(ada, 1, "a", 60)
    judged()
    assert counting() == [False, False]
    verdicts.end_rule(rule, "nora")
    house_rules.settle()
    assert counting() == [True, False]  # what came while it held was judged by it
    assert not Verdict.objects.filter(rule_id__isnull=False).exists()
    assert HouseRule.objects.get().ended_by == "nora"


@pytest.mark.parametrize("ends", [0, 1])
@pytest.mark.parametrize("says", [(False, False), (False, True), (True, False)])
def test_what_another_rule_says_stands_when_one_of_two_ends(ada: Contact, says: tuple[bool, bool], ends: int) -> None:
    click(ada, 1, "a")
    click(ada, 2, "a", 60, address="192.0.2.7")
    judged()
    patterns = (("network", "127.0.0.0/24"), ("agent", "chrome/140"))
    with clock.frozen(AT + timedelta(days=1)):
        rules = [
            verdicts.make_rule(*pattern, is_person=is_person, by="nora")
            for pattern, is_person in zip(patterns, says, strict=True)
        ]
        house_rules.settle()
        verdicts.end_rule(rules[ends], "nora")
        house_rules.settle()
    of_network = [says[0], True]  # the second click is from elsewhere, and counted before anybody said anything
    of_agent = [says[1], says[1]]
    assert counting() == (of_agent if ends == 0 else of_network)
    verdicts.end_rule(rules[1 - ends], "nora")
    house_rules.settle()
    assert counting() == [True, True]
    assert not Verdict.objects.filter(rule_id__isnull=False).exists()


def test_the_past_is_judged_and_taken_back_in_chunks_that_survive_a_kill(
    ada: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        click(ada, number, "a", number * 20)
    judged()
    monkeypatch.setattr(house_rules, "HITS", 2)
    monkeypatch.setattr(house_rules, "ACTS", 2)
    with clock.frozen(AT + timedelta(days=1)):
        rule = verdicts.make_rule("network", "127.0.0.1", is_person=False, by="nora")
        decide = verdicts.decide
        left = [3, 99, 2, 99]  # chunks until the kill

        def killed(*words: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] < 1:
                raise KeyboardInterrupt
            return decide(*words, **more)

        monkeypatch.setattr(verdicts, "decide", killed)
        for counts, percent in (([False] * 4 + [True], 80), ([False] * 5, 99)):
            if percent == 80:
                with pytest.raises(KeyboardInterrupt):
                    house_rules.settle()
            else:
                house_rules.settle()
            rule.refresh_from_db()
            assert (counting(), rule.percent, rule.is_settled) == (counts, percent, percent == 99)
            left.pop(0)
        verdicts.end_rule(rule, "nora")
        with pytest.raises(KeyboardInterrupt):
            house_rules.settle()
        rule.refresh_from_db()
        assert (sum(counting()), rule.percent, rule.is_settled) == (2, 40, False)
        left.pop(0)
        house_rules.settle()
    rule.refresh_from_db()
    assert counting() == [True] * 5
    assert rule.is_settled


@pytest.mark.parametrize("pattern", ["0.0.0.0/0", "nonsense", "10.0.0.0/7"])
def test_a_rule_for_half_the_world_is_refused(pattern: str) -> None:
    with pytest.raises(verdicts.BadRule):
        verdicts.make_rule("network", pattern, is_person=False, by="nora")


def test_a_mark_of_nothing_changes_nothing() -> None:
    assert verdicts.mark([UUID(int=1)], is_person=True, by="nora") == []


def sent(ada: Contact, after: float = 0) -> None:
    at = AT + timedelta(seconds=after)
    activities.record(
        [activities.Fact(at=at, subject_id=ada.uid, kind="email_sent", object_kind="message", object_id="7")]
    )


@pytest.mark.parametrize("is_known_first", [True, False])
@pytest.mark.parametrize(("after", "human"), [(1, 0.1), (5, 0.6), (11, 0.75)])
def test_a_click_too_soon_is_doubted_whenever_the_sending_is_known(
    ada: Contact, after: float, human: float, is_known_first: bool
) -> None:
    if is_known_first:
        sent(ada)
    click(ada, 1, "a", after)
    judged()
    if not is_known_first:
        sent(ada)
    judging.follow_sending()
    [row] = database.rows("SELECT human, reasons::text FROM capture_judged WHERE kind = 'email_clicked'")
    assert row.human == pytest.approx(human)
    assert len(turned()) == int(human < 0.5 and not is_known_first)
    assert row.reasons == {0.1: '["too_soon"]', 0.6: '["soon"]', 0.75: "[]"}[human]


@pytest.mark.parametrize("is_moved_first", [True, False])
def test_movement_outweighs_a_sending_that_is_known_late(ada: Contact, is_moved_first: bool) -> None:
    click(ada, 1, "a", 1)
    judged()
    for is_move in (is_moved_first, not is_moved_first):
        if is_move:
            moved("a", 5)
            judged()
        else:
            sent(ada)
            judging.follow_sending()
    assert counting() == [True]


def test_a_sending_that_was_written_while_the_click_was_judged_is_known(
    ada: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_sent_and_send(batch: Batch) -> Batch:
        batch = mails.find_sent(batch)
        sent(ada)
        return batch

    steps = tuple(find_sent_and_send if step is mails.find_sent else step for step in judging.STEPS)
    monkeypatch.setattr(judging, "STEPS", steps)
    click(ada, 1, "a", 1)
    judged()
    assert counting() == [False]


def test_whoever_looks_for_late_sendings_begins_with_the_oldest_click_that_is_kept(
    ada: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    activities.record([activities.Fact(at=AT, subject_id=ada.uid, kind="page") for _ in range(5)])
    click(ada, 1, "a", 1)
    judged()
    sent(ada)
    spans: list[activities.Span] = []
    monkeypatch.setattr(hindsight, "_take_sent", spans.append)
    judging.follow_sending()
    [span] = spans
    behind = database.rows("SELECT a.kind FROM capture_activity a WHERE " + activities.WITHIN, **span.parameters)
    assert [row.kind for row in behind] == ["email_sent"]


@pytest.mark.django_db(transaction=True)
def test_whoever_looks_for_late_sendings_where_nobody_clicked_begins_with_what_comes(
    ada: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(ada)
    spans: list[activities.Span] = []
    monkeypatch.setattr(hindsight, "_take_sent", spans.append)
    judging.follow_sending()
    assert spans == []
    sent(ada)
    judging.follow_sending()
    assert len(spans) == 1
