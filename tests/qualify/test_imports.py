"""Leads from files, and their outcome from a second one."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from leadwright.capture.imports import mappings, runs
from leadwright.capture.models import Activity, Import, ImportReject
from leadwright.profile.models import Contact
from leadwright.qualify import leads
from leadwright.qualify.imports import LEADS
from leadwright.qualify.models import Lead, StageMove

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
OLIST = ROOT.parent / "shared" / "data" / "olist"
EXAMPLES = ROOT / "examples" / "olist"

# A twin of the real files, made up: blank and unknown origins, a win before the first contact, an outcome of nobody.
LEAD_ROWS = """mql_id,first_contact_date,landing_page_id,origin
a1,2018-02-01,p1,social
a2,2018-02-02,p1,paid_search
a3,2018-03-08,p2,
a4,2018-03-09,p2,unknown
"""
DEAL_HEAD = (
    "mql_id,seller_id,sdr_id,sr_id,won_date,business_segment,lead_type,lead_behaviour_profile,has_company,has_gtin,"
    "average_stock,business_type,declared_product_catalog_size,declared_monthly_revenue\n"
)
DEAL_ROWS = DEAL_HEAD + (
    "a1,s1,d1,r1,2018-02-26 19:58:54,pet,online_medium,cat,True,,,reseller,100.0,20000.0\n"
    "a3,s2,d1,r2,2018-03-06 19:38:55,pet,online_big,,,,,reseller,,0.0\n"
    "zz,s3,d1,r2,2018-03-06 19:38:55,pet,online_big,,,,,reseller,,0.0\n"
)


def take(path: Path, mapping: str | dict[str, Any]) -> Import:
    raw = mappings.load(EXAMPLES / f"{mapping}.yaml") if isinstance(mapping, str) else mapping
    done = runs.import_file(LEADS, path, raw)
    assert done.state == Import.State.DONE, done.error
    return done


def text(folder: Path, content: str, name: str = "leads.csv") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def undo(done: Import) -> dict[str, Any]:
    runs.start_undo(done)
    undone = runs.undo(done.pk)
    assert undone.state == Import.State.UNDONE, undone.error
    return {name: undone.report[name] for name in ("deleted", "restored", "conflicts")}


@pytest.fixture
def opened(tmp_path: Path) -> Import:
    return take(text(tmp_path, LEAD_ROWS), "leads")


@pytest.fixture
def closed(opened: Import, tmp_path: Path) -> Import:
    return take(text(tmp_path, DEAL_ROWS, "deals.csv"), "deals")


def test_each_row_opens_a_lead_in_the_past_with_its_channel(opened: Import) -> None:
    assert (opened.created, opened.rejected) == (4, 0)
    found = {lead.external_id: (lead.source, lead.channel) for lead in Lead.objects.all()}
    assert found["a1"] == ("social", "Organic Social")
    assert found["a2"] == ("paid_search", "Paid Search")
    assert found["a3"] == (f"import {opened.pk}", "Unassigned")
    assert found["a4"] == ("unknown", "Unassigned")
    a1 = Lead.objects.get(external_id="a1")
    assert a1.opened_at.isoformat() == "2018-02-01T00:00:00+00:00"
    assert a1.contact.external_id == "a1"
    assert a1.custom == {"landing_page_id": "p1"}


def test_history_is_recorded_as_facts_that_start_nothing(closed: Import) -> None:
    facts = Activity.objects.order_by("at")
    assert Counter(facts.values_list("kind", flat=True)) == {"lead_opened": 4, "stage_moved": 2}
    assert all(fact.properties["import"] for fact in facts)
    assert {fact.at.year for fact in facts} == {2018}


def test_a_second_file_adds_the_outcome(closed: Import) -> None:
    assert (closed.created, closed.updated, closed.rejected, closed.warned) == (0, 2, 1, 1)
    won = Lead.objects.get(external_id="a1")
    assert (won.stage, won.value, won.custom["sr_id"], won.custom["has_company"]) == ("won", 20000, "r1", True)
    assert won.closed_at is not None
    assert won.closed_at.isoformat() == "2018-02-26T19:58:54+00:00"
    moves = list(StageMove.objects.filter(lead=won).order_by("id").values_list("from_stage", "to_stage", "actor"))
    assert moves == [("", "new", f"import {closed.pk - 1}"), ("new", "won", f"import {closed.pk}")]
    assert "Import the leads first" in ImportReject.objects.get(is_warning=False).reason


def test_a_deal_won_before_its_first_contact_is_kept_and_flagged(closed: Import) -> None:
    warning = ImportReject.objects.get(is_warning=True)
    assert warning.reason == (
        "It became won on 2018-03-06, before its first contact on 2018-03-08; kept as the file says."
    )
    lead = Lead.objects.get(external_id="a3")
    assert lead.closed_at is not None
    assert lead.closed_at < lead.opened_at


def test_an_import_never_lowers_a_stage(closed: Import, tmp_path: Path) -> None:
    mapping = {"create": False, "columns": {"id": "external_id", "stage": "stage", "at": "stage_at"}}
    done = take(text(tmp_path, "id,stage,at\na1,mql,2018-04-01\na2,sql,2018-04-01\n"), mapping)
    assert (done.updated, done.unchanged, done.warned) == (1, 1, 1)
    assert Lead.objects.get(external_id="a1").stage == "won"
    assert Lead.objects.get(external_id="a2").stage == "sql"
    assert "never lowers a stage" in ImportReject.objects.filter(imported=done).get().reason


def test_undo_takes_the_outcome_back_and_then_the_leads(opened: Import, closed: Import) -> None:
    assert undo(closed) == {"deleted": 0, "restored": 2, "conflicts": 0}
    lead = Lead.objects.get(external_id="a1")
    assert (lead.stage, lead.closed_at, lead.value, lead.custom) == ("new", None, None, {"landing_page_id": "p1"})
    assert lead.stage_since == lead.opened_at
    assert StageMove.objects.count() == 4
    assert Activity.objects.count() == 4
    assert undo(opened) == {"deleted": 4, "restored": 0, "conflicts": 0}
    assert not Lead.objects.exists()
    assert not Contact.objects.exists()
    assert not Activity.objects.exists()


def test_undo_keeps_a_lead_that_somebody_moved_since(opened: Import) -> None:
    lead = Lead.objects.get(external_id="a2")
    leads.move([lead.pk], "mql", actor="Ada")
    assert undo(opened) == {"deleted": 3, "restored": 0, "conflicts": 2}
    assert list(Lead.objects.values_list("external_id", flat=True)) == ["a2"]
    assert Contact.objects.count() == 1


def test_a_lost_lead_needs_a_reason_from_the_list(tmp_path: Path) -> None:
    leads.ensure_reasons()
    mapping = {"columns": {"id": "external_id", "at": "opened_at", "lost": "lost_at", "why": "reason"}}
    rows = "id,at,lost,why\n1,2018-01-01,2018-02-01,Price\n2,2018-01-01,2018-02-01,Bad mood\n3,2018-01-01,,\n"
    done = take(text(tmp_path, rows), mapping)
    assert (done.created, done.rejected) == (2, 1)
    assert str(Lead.objects.get(external_id="1").reason) == "Price"
    assert "“Bad mood” is none" in ImportReject.objects.get().reason


def test_rows_with_the_same_address_are_leads_of_one_contact(tmp_path: Path) -> None:
    mapping = {"columns": {"id": "external_id", "at": "opened_at", "mail": "email", "firm": "company"}}
    take(text(tmp_path, "id,at,mail,firm\n1,2018-01-01,ada@x.example,X\n2,2018-02-01,ADA@x.example,X\n"), mapping)
    ada = Contact.objects.get()
    assert ada.leads.count() == 2
    assert ada.company is not None
    assert ada.company.name == "X"


@pytest.mark.skipif(not OLIST.exists(), reason="Olist's files are not here: ../shared/data/olist")
def test_olist_is_eight_thousand_leads_of_which_842_are_won() -> None:
    first = take(OLIST / "olist_marketing_qualified_leads_dataset.csv", "leads")
    assert (first.rows, first.created, first.rejected) == (8000, 8000, 0)
    second = take(OLIST / "olist_closed_deals_dataset.csv", "deals")
    assert (second.rows, second.updated, second.rejected, second.warned) == (842, 842, 0, 1)
    assert Counter(Lead.objects.values_list("stage", flat=True)) == {"new": 7158, "won": 842}
    assert Lead.objects.filter(channel="Unassigned").count() == 1099 + 150 + 60
    assert undo(second) == {"deleted": 0, "restored": 842, "conflicts": 0}
    assert undo(first) == {"deleted": 8000, "restored": 0, "conflicts": 0}
    assert not Contact.objects.exists()
