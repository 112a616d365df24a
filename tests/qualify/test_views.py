"""The screens of leads, segments and scores, as a signed-in person meets them."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from leadwright.kit import jobs
from leadwright.profile.models import Contact
from leadwright.qualify import leads, scores, segments
from leadwright.qualify.models import Lead, Member, Score, ScoreModel, ScoreRule, Segment
from leadwright.workspace import roles
from leadwright.workspace.models import Role, User

Did = Callable[..., uuid.UUID]


@pytest.fixture
def as_user(noon: object) -> Callable[[User], Client]:
    roles.sync()

    def sign_in(user: User) -> Client:
        from django.contrib.auth.models import Group

        user.groups.set(Group.objects.filter(name=user.role))
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def mara(as_user: Callable[[User], Client], marketer: User) -> Client:
    return as_user(marketer)


@pytest.fixture
def rita(as_user: Callable[[User], Client], rep: User) -> Client:
    return as_user(rep)


def opened(contact: Contact, **more: object) -> Lead:
    return Lead.objects.get(pk=leads.open([leads.NewLead(contact.pk, "console", **more)], actor="test").new[0])  # type: ignore[arg-type]


def test_a_rep_sees_no_lead_of_another_on_any_screen(
    rita: Client, mara: Client, ada: Contact, cleo: Contact, other_rep: User
) -> None:
    mine, hers = opened(ada), opened(cleo, owner_id=other_rep.pk)
    for url in (reverse("leads"), reverse("leads_board")):
        assert b"Ada" in rita.get(url).content
        assert b"Cleo" not in rita.get(url).content
        assert b"Cleo" in mara.get(url).content
    assert rita.get(reverse("lead", args=[mine.pk])).status_code == 200
    assert rita.get(reverse("lead", args=[hers.pk])).status_code == 404
    assert rita.post(reverse("lead_move", args=[hers.pk]), {"to": "mql"}).status_code == 404


def test_a_lead_moves_from_its_page_and_says_why_it_cannot(rita: Client, ada: Contact) -> None:
    lead = opened(ada)
    url = reverse("lead_move", args=[lead.pk])
    assert rita.post(url, {"to": "sal", "back": "board"}).url == reverse("leads_board")  # type: ignore[attr-defined]
    refused = rita.post(url, {"to": "lost"})
    assert refused.status_code == 422
    assert "Choose one of the reasons" in refused.content.decode()
    lead.refresh_from_db()
    assert lead.stage == "sal"
    shown = rita.get(reverse("lead", args=[lead.pk])).content.decode()
    assert "Rita Rep" in shown


def test_a_bulk_move_names_the_count_and_can_be_taken_back(mara: Client, ada: Contact, ben: Contact) -> None:
    ids = [str(opened(each).pk) for each in (ada, ben)]
    asked = mara.post(reverse("leads"), {"deed": "move", "ids": ids})
    assert "(2)" in asked.content.decode()
    mara.post(reverse("leads"), {"deed": "move", "ids": ids, "sure": "1", "to": "mql"})
    assert set(Lead.objects.values_list("stage", flat=True)) == {"mql"}
    assert "Take it back" in mara.get(reverse("leads")).content.decode()
    assert "2 leads" in mara.get(reverse("leads_take_back")).content.decode()
    mara.post(reverse("leads_take_back"))
    assert set(Lead.objects.values_list("stage", flat=True)) == {"new"}


def test_a_lead_is_opened_by_hand_and_its_fields_are_kept(rita: Client, ada: Contact, rep: User) -> None:
    rita.post(reverse("lead_new", args=[ada.pk]), {"interest": "Ten seats"})
    lead = Lead.objects.get()
    rita.post(reverse("lead", args=[lead.pk]), {"interest": "Twelve seats", "value": "1200", "owner": rep.pk})
    lead.refresh_from_db()
    assert (lead.interest, lead.value, lead.owner) == ("Twelve seats", 1200, rep)
    assert "Twelve seats" in rita.get(reverse("contact_leads", args=[ada.pk])).content.decode()


FORM = {
    "name": "Heads",
    "description": "",
    "is_active": "on",
    "c-op": "all",
    "c-n": "1",
    "c-0-kind": "contact",
    "c-0-field": "title",
    "c-0-is": "contains",
    "c-0-value": "head",
}


def test_a_segment_is_built_counted_and_explained(mara: Client, ada: Contact, ben: Contact) -> None:
    assert mara.get(reverse("segment_new")).status_code == 200
    live = mara.post(reverse("segment_live"), FORM).content.decode()
    assert "Ada" in live
    assert "Ben" not in live
    mara.post(reverse("segment_new"), FORM)
    jobs.settle()
    segment = Segment.objects.get()
    assert segment.conditions == {"all": [{"kind": "contact", "field": "title", "is": "contains", "value": "head"}]}
    assert Member.objects.get().contact == ada
    url = reverse("segment", args=[segment.pk])
    assert "Head of Operations" in mara.get(url).content.decode()
    told = mara.get(url, {"who": "ben@"}).content.decode()
    assert "not in it" in told
    assert "Job title is “Student”" in told
    assert mara.get(reverse("segment_edit", args=[segment.pk])).status_code == 200
    assert "Heads" in mara.get(reverse("segments")).content.decode()


def test_an_unfinished_condition_is_refused_with_a_sentence_and_nothing_is_lost(mara: Client, ada: Contact) -> None:
    answer = mara.post(reverse("segment_new"), FORM | {"c-0-value": ""})
    assert answer.status_code == 422
    assert "fill in value" in answer.content.decode()
    assert not Segment.objects.exists()


def test_the_builder_adds_groups_and_removes_conditions(mara: Client, ada: Contact) -> None:
    url = reverse("segment_builder")
    assert 'name="c-1-0-kind"' in mara.post(url, FORM | {"deed": "group:c"}).content.decode()
    assert 'name="c-1-kind"' in mara.post(url, FORM | {"deed": "add:c"}).content.decode()
    assert 'name="c-0-kind"' not in mara.post(url, FORM | {"deed": "remove:c-0"}).content.decode()
    for kind in ("company", "activity", "consent", "suppression", "mail_domain", "score", "lead", "came_by", "segment"):
        drawn = mara.post(url, FORM | {"c-0-kind": kind}).content.decode()
        assert f'value="{kind}" selected' in drawn


def test_a_rep_may_not_make_segments_or_rules(rita: Client) -> None:
    assert rita.get(reverse("segment_new")).status_code == 403
    assert rita.get(reverse("score_rule_new")).status_code == 403


def test_rules_and_thresholds_are_edited_and_scores_follow(mara: Client, ada: Contact, did: Did) -> None:
    assert mara.get(reverse("scores")).status_code == 200
    did(ada, "form_submitted", "demo")
    jobs.settle()
    rule = ScoreRule.objects.get(name="Sent a form")
    shown = mara.get(reverse("score_rule", args=[rule.pk])).content.decode()
    assert "Sent a form" in shown
    fields = {"name": "Sent a form", "kind": "engagement", "points": 50, "activity_kind": "form_submitted", "cap": 3}
    mara.post(reverse("score_rule", args=[rule.pk]), fields | {"is_active": "on", "activity_name": ""})
    jobs.settle()
    assert round(scores.standing(ada.pk).engagement) == 50
    mara.post(reverse("scores"), {"fit_threshold": 10, "engagement_threshold": 40, "half_life_days": 20})
    jobs.settle()
    assert ScoreModel.standard().engagement_threshold == 40
    assert Score.objects.get().is_hot
    told = mara.get(reverse("contact_score", args=[ada.pk])).content.decode()
    assert "Sent a form" in told
    assert "hot" in told
    assert "Ada" in mara.get(reverse("leads_hot")).content.decode()


def test_a_segment_can_be_removed_and_its_contacts_stay(mara: Client, ada: Contact) -> None:
    segment = segments.save(Segment(name="All", conditions={}))
    jobs.settle()
    mara.post(reverse("segment_delete", args=[segment.pk]))
    assert not Segment.objects.exists()
    assert Contact.objects.filter(pk=ada.pk).exists()
    assert Role.MARKETER == "marketer"


def test_a_lead_without_moves_has_no_history(rita: Client, ada: Contact) -> None:
    lead = Lead.objects.create(contact=ada)
    assert rita.get(reverse("lead", args=[lead.pk])).status_code == 200


def test_a_builder_that_was_cut_short_begins_anew(mara: Client) -> None:
    assert mara.post(reverse("segment_builder"), {}).status_code == 200
    assert mara.post(reverse("segment_new"), {"description": "x"}).status_code == 422
    deep = {f"c{'-0' * depth}-{name}": value for depth in range(300) for name, value in (("op", "all"), ("n", "1"))}
    assert mara.post(reverse("segment_builder"), deep).status_code == 200
