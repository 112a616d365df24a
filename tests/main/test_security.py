"""The product as an attacker walks it: every address, as everybody, with whatever can be sent."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.plugin import DjangoDbBlocker

from leadwright.profile.models import Company, Contact
from leadwright.qualify.models import Lead
from leadwright.workspace import keys
from leadwright.workspace.models import AuditEntry
from tests.main import walks
from tests.main.walks import SECRET, Address, Ask, World

ROLES = ("administrator", "head", "marketer", "ada")

# What somebody gets before he is signed in: the sign-in itself, and what holds only words and signs.
PUBLIC = ("/app/sign-in/", "/app/login/", "/app/password_reset/", "/app/sprite/", "/app/jsi18n/", "/app/users/")

# What cannot be an id, a count, a moment or a word of ours.
ODD = ("", "0", "-1", "²", "9" * 30, "1e400", "NaN", "abc", "a\x00b", "\ud7ff\U0010ffff", "x" * 5_000, "' OR 1=1 --")


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One transaction for all of this file, taken back at its end; what each request did is taken back at once."""
    with walks.one_transaction(django_db_blocker):
        yield


@pytest.fixture(scope="module")
def world(db: None) -> World:
    """Everybody who signs in, and the records they may and may not see."""
    return walks.make()


@pytest.fixture(scope="module")
def addresses(world: World) -> list[Address]:
    """Every address of the console, with ids of records that are there."""
    return walks.addresses(world)


def own(addresses: list[Address]) -> list[str]:
    return [each.path for each in addresses if each.is_own]


# The console


def test_the_walk_reaches_the_console(addresses: list[Address]) -> None:
    assert len(addresses) > 350
    assert len(own(addresses)) > 100
    assert {"/app/", "/app/contacts/", "/app/leads/board/", "/app/settings/keys/"} <= set(own(addresses))


def test_whoever_is_not_signed_in_sees_nothing(world: World, addresses: list[Address]) -> None:
    ask = Ask(world.client("nobody"))
    wrong = []
    for path in (each.path for each in addresses if not each.path.startswith(PUBLIC)):
        for method in ("get", "post"):
            answer, _ = ask(method, path)
            is_led_away = answer.status_code in (301, 302) and answer["Location"].startswith(("/app/login/", *PUBLIC))
            if not is_led_away and answer.status_code not in (404, 405):
                wrong.append((method, path, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("who", ROLES)
def test_no_address_of_ours_breaks_for_any_role(world: World, addresses: list[Address], who: str) -> None:
    ask = Ask(world.client(who))
    methods = ("get", "post") if who in ("administrator", "ada") else ("get",)
    wrong = []
    for path in own(addresses):
        for method in methods:
            answer, text = ask(method, path)
            if answer.status_code >= 500 or (who == "ada" and SECRET.lower() in text.lower()):
                wrong.append((method, path, answer.status_code))
    assert wrong == []


def test_no_address_of_the_editors_breaks(world: World, addresses: list[Address]) -> None:
    theirs = [each.path for each in addresses if not each.is_own]
    for who, each in (("administrator", 8), ("ada", 9)):  # a part: Wagtail tests its own
        ask = Ask(world.client(who))
        assert [path for path in theirs[::each] if ask("get", path)[0].status_code >= 500] == []


def test_settings_are_for_administrators(world: World, addresses: list[Address]) -> None:
    for who in ("marketer", "ada"):
        ask = Ask(world.client(who))
        for path in (path for path in own(addresses) if path.startswith("/app/settings/")):
            assert {ask(method, path)[0].status_code for method in ("get", "post")} <= {403, 405}, (who, path)


def test_every_deed_needs_the_token_of_a_form_of_ours(world: World, addresses: list[Address]) -> None:
    ask = Ask(world.client("administrator", enforce_csrf_checks=True))
    done = [path for path in own(addresses) if ask("post", path)[0].status_code not in (403, 405, 410)]
    assert done == []


def test_a_page_says_how_it_may_be_used(world: World, addresses: list[Address]) -> None:
    ask = Ask(world.client("administrator"))
    for path in ("/app/", "/app/contacts/", "/app/images/", "/app/settings/keys/", "/app/sign-in/password/change/"):
        page, _ = ask("get", path)
        policy = page["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in policy, path
        assert "object-src 'none'" in policy
        assert "base-uri 'self'" in policy
        assert page["X-Content-Type-Options"] == "nosniff"
        assert page["X-Frame-Options"] in ("SAMEORIGIN", "DENY")
        assert page["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert "no-store" in page["Cache-Control"], path
        if not path.startswith("/app/images"):
            assert "unsafe" not in policy.split("script-src")[1].split(";")[0], path


# What belongs to another rep


def test_what_belongs_to_another_rep_is_not_there(world: World, addresses: list[Address]) -> None:
    ask, known = Ask(world.client("ada")), set(own(addresses))
    hers = [each.path for each in walks.addresses(world, hidden=True) if each.is_own and each.path not in known]
    assert len(hers) >= 15
    for path in hers:
        for method in ("get", "post"):
            answer, text = ask(method, path)
            assert answer.status_code in (403, 404, 405), (method, path)
            assert SECRET.lower() not in text.lower()


def questions(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Lists, exports and drill-downs, asked for what belongs to Cleo."""
    cleo, hidden = str(world.users["cleo"].pk), world.hidden
    asked: list[tuple[str, dict[str, Any]]] = []
    for path in ("/app/contacts/", "/app/companies/", "/app/leads/"):
        asked += [(path, {"q": SECRET}), (path, {"owner": cleo}), (path, {"sort": "-created", "export": "jsonl"})]
        asked += [(path, {"export": "csv"}), (path, {"owner": cleo, "export": "csv"})]
    periods = [{"period": "all", "owner": cleo}]
    reports = ("funnel", "cohorts", "channels", "leads", "panels/month", "panels/funnel", "panels/channels")
    asked += [(f"/app/reports/{name}/", period) for name in reports for period in periods]
    asked += [
        ("/app/reports/leads/", {"period": "all", "set": name}) for name in ("opened", "unanswered", "disordered")
    ]
    asked += [
        (f"/app/segments/{world.ids['segment_id']}/", {"who": who}) for who in (SECRET, str(hidden["contact_id"]))
    ]
    asked += [("/app/queue/", {"at": f"{kind}:{hidden[f'{kind}_id']}"}) for kind in ("task", "lead")]
    asked += [("/app/contacts/new/", {"company": hidden["company_id"]}), ("/app/leads/board/", {"whose": "all"})]
    asked += [(f"/app/emails/{world.ids['email_id']}/look/", {"contact": hidden["contact_id"]})]
    asked += [(f"/app/emails/{world.ids['email_id']}/look/", {"q": SECRET})]
    asked += [("/app/journeys/set-aside/", {}), ("/app/messages/unsure/", {}), ("/app/queue/late/", {})]
    return asked


def test_no_list_export_or_drill_down_shows_a_rep_what_belongs_to_another(world: World) -> None:
    def shown(who: str, each: int = 1) -> set[str]:
        ask = Ask(world.client(who))
        found = set()
        for path, asked in questions(world)[::each]:
            _, text = ask("get", path, asked)
            told = text
            for value in asked.values():  # what was asked for may be said again
                told = told.replace(f'value="{value}"', "").replace(f"q={value}", "").replace(f"who={value}", "")
            told = re.sub(rf"“{SECRET}”|>{SECRET}<|Search[^<]*{SECRET}", "", told)
            if f"{SECRET} Works" in told or f"{SECRET.lower()}@" in told or f"Call {SECRET}" in told:
                found.add(path)
        return found

    assert shown("ada") == set()
    assert len(shown("cleo", each=4)) >= 3  # the walk would have seen it


def test_counts_leave_out_what_belongs_to_another(world: World) -> None:
    ask = Ask(world.client("ada"))
    for path in ("/app/contacts/", "/app/companies/", "/app/leads/"):
        assert re.findall(r"\d+", ask("get", path, {"part": "count"})[1])[:1] == ["1"], path


def test_bulk_deeds_leave_what_belongs_to_another_as_it_is(world: World) -> None:
    hidden, ada = world.hidden, world.users["ada"]
    ids = [hidden["contact_id"], hidden["company_id"], hidden["lead_id"]]

    def state() -> Any:
        return (
            list(Contact.objects.filter(pk=ids[0]).values_list("owner", "buying_stage")),
            list(Company.objects.filter(pk=ids[1]).values_list("owner")),
            list(Lead.objects.filter(pk=ids[2]).values_list("owner", "stage")),
        )

    before, ask = state(), Ask(world.client("ada"), look=state)
    for path in ("/app/contacts/", "/app/companies/", "/app/leads/"):
        for deed in ("give", "stage", "move", "delete", "erase"):
            for which in ({"all": "1"}, {"ids": ids}):
                told = {"deed": deed, "sure": "1", "owner": ada.pk, "buying_stage": "decision", "to": "mql"} | which
                ask("post", path, told)
                assert ask.looked == before, (path, deed)
    posts = [
        ("/app/queue/log/", {"entry": f"lead:{hidden['lead_id']}", "do": "c"}),
        ("/app/queue/log/", {"entry": f"task:{hidden['task_id']}", "do": "c"}),
        ("/app/messages/unsure/", {"what": "again", "ids": list(range(1, 50))}),
        ("/app/journeys/set-aside/", {"do": "again", "ids": [hidden["enrollment"]]}),
    ]
    for path, told in posts:
        ask("post", path, told)
        assert ask.looked == before


# The API


def bearer(world: World, scope: str, who: str | None = None) -> dict[str, str]:
    """The headers of a key; of the installation's own, where nobody made it."""
    return {"Authorization": f"Bearer {keys.create(scope, user=world.users[who] if who else None)[1]}"}


@pytest.fixture(scope="module")
def operations(world: World) -> list[tuple[str, str, dict[str, Any]]]:
    """Every operation that our own OpenAPI document tells of: method, path, and what it says."""
    described = Ask(Client())("get", "/api/v1/openapi.json")[0].json()
    components = described["components"]["schemas"]
    return [
        (method, path, operation | {"schemas": components})
        for path, item in described["paths"].items()
        for method, operation in item.items()
    ]


def filled(path: str, ids: dict[str, Any]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: str(ids.get(match[1], 1)), path)


def send(ask: Ask, method: str, path: str, body: Any = None, **more: Any) -> tuple[Any, str]:
    if method == "get":
        return ask(method, path, **more)
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return ask(method, path, data, content_type="application/json", **more)


def test_without_a_key_that_may_read_nothing_is_answered(world: World, operations: list[Any]) -> None:
    ask = Ask(Client(raise_request_exception=False))
    for headers in ({}, bearer(world, "collect"), {"Authorization": "Bearer lw_forged"}, {"Authorization": "Bearer "}):
        for method, path, _ in operations:
            answer, _ = send(ask, method, filled(path, world.ids), {}, headers=headers)
            assert answer.status_code == 401, (method, path)
            assert answer["Content-Type"] == "application/problem+json"


def test_a_key_that_reads_never_writes(world: World, operations: list[Any]) -> None:
    ask = Ask(Client(raise_request_exception=False))
    refused = 0
    for method, path, operation in operations:
        if method == "get":
            continue
        body = example(operation, operation["schemas"])
        answer, _ = send(ask, method, filled(path, world.ids), body, headers=bearer(world, "read"))
        assert answer.status_code in (403, 422), (method, path, answer.status_code)
        refused += answer.status_code == 403
    assert refused >= 12


def example(operation: dict[str, Any], schemas: dict[str, Any], value: Any = None) -> dict[str, Any]:
    """A body with every required field, of the type that it wants; or with one value in every field."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    schema = schemas.get(content.get("$ref", "").rpartition("/")[2], content)
    plain = {"integer": 1, "number": 1, "string": "x", "array": [], "object": {}, "boolean": True}
    dated = {"date-time": "2026-01-01T00:00:00Z", "date": "2026-01-01", "email": "x@example.com"}
    return {
        name: value if value is not None else dated.get(field.get("format", ""), plain.get(field.get("type", ""), "x"))
        for name, field in schema.get("properties", {}).items()
        if value is not None or name in schema.get("required", ())
    }


def test_a_reps_key_sees_and_changes_nothing_of_another_rep(world: World, operations: list[Any]) -> None:
    ask = Ask(
        Client(raise_request_exception=False), look=lambda: Contact.objects.get(pk=world.hidden["contact_id"]).title
    )
    headers, hidden = bearer(world, "admin", "ada"), world.hidden
    named = {"{contact_id}", "{company_id}", "{lead_id}", "{task_id}"}
    for method, path, operation in operations:
        body = example(operation, operation["schemas"]) | {"contact": hidden["contact_id"], "lead": hidden["lead_id"]}
        answer, text = send(ask, method, filled(path, world.ids | hidden), body, headers=headers)
        assert SECRET.lower() not in text.lower(), (method, path)
        if any(name in path for name in named):
            assert answer.status_code in (403, 404, 422), (method, path, answer.status_code)
        assert ask.looked == SECRET
    for asked in (
        "contacts?search=",
        "contacts?email=",
        "companies?search=",
        "activities?contact=",
        "contacts?external_id=",
    ):
        for word in (SECRET, hidden["email"], hidden["external_id"], str(hidden["contact_id"])):
            answer, text = ask("get", f"/api/v1/{asked}{word}", headers=headers)
            assert answer.status_code in (200, 422)
            assert answer.status_code == 422 or answer.json()["items"] == [], (asked, word)


def test_every_error_is_a_problem(world: World) -> None:
    headers, ask = bearer(world, "admin"), Ask(Client(raise_request_exception=False))
    wrong = [
        ("get", "/api/v1/contacts/999999999", None, 404),
        ("get", "/api/v1/contacts/abc", None, 422),
        ("get", "/api/v1/contacts?limit=100000", None, 422),
        ("post", "/api/v1/contacts", "{", 400),
        ("post", "/api/v1/contacts", {"email": "no address"}, 422),
        ("post", "/api/v1/leads/1/move", {}, 422),
        ("get", "/api/v1/nothing", None, 404),
        ("delete", "/api/v1/campaigns", None, 405),
    ]
    for method, path, body, status in wrong:
        answer, text = send(ask, method, path, body, headers=headers)
        assert answer.status_code == status, (path, text)
        assert answer["Content-Type"] == "application/problem+json", path
        assert {"type", "title", "status", "detail"} <= json.loads(text).keys()


def test_odd_values_never_break_the_api(world: World, operations: list[Any]) -> None:
    ask, headers = Ask(Client(raise_request_exception=False)), bearer(world, "admin")
    wrong = []
    for number, (method, path, operation) in enumerate(operations):
        asked = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
        for odd in ODD[number % 3 :: 3]:
            query = dict.fromkeys(asked, odd)
            if method == "get":
                answers = [ask("get", filled(path, world.ids), query, headers=headers)]
                if "{" in path:
                    answers.append(
                        ask("get", re.sub(r"\{\w+\}", odd[:50].replace("\x00", "%00") or "0", path), headers=headers)
                    )
            else:
                bodies: list[Any] = [
                    example(operation, operation["schemas"], odd),
                    {"custom": {odd: odd}, "email": odd},
                ]
                answers = [send(ask, method, filled(path, world.ids), body, headers=headers) for body in bodies]
            wrong += [(method, path, odd[:20], text[:200]) for answer, text in answers if answer.status_code >= 500]
    assert wrong == []


LITERALS: tuple[str | bytes, ...] = (
    "", "null", "NaN", '"x"', '{"value":NaN}', "[" * 50_000, '{"a":' * 5_000, b"\xff\xfe", b'{"email":"\xed\xa0\x80"}',
    '{"email":"\\ud800"}', '{"email":1e999}', '{"contact":1e400,"id":-1e400}',
    '{"custom":{"\\u0000":"\\u0000"},"email":"a@example.com"}', '{"custom":{"x":NaN},"email":"a@example.com"}',
    '{"custom":{"\\ud800":"\\udfff"},"email":"a@example.com"}',
)  # fmt: skip


def test_json_that_is_none_or_too_much_never_breaks_the_api(world: World, operations: list[Any]) -> None:
    ask, headers = Ask(Client(raise_request_exception=False)), bearer(world, "admin")
    wrong = []
    for number, (method, path, _) in enumerate(operations):
        for body in LITERALS[number % 2 :: 2] if method != "get" else ():
            answer, text = send(ask, method, filled(path, world.ids), body, headers=headers)
            if answer.status_code >= 500:
                wrong.append((method, path, body[:30], text[:100]))
    assert wrong == []


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def test_whatever_json_is_sent_the_api_answers_in_words(world: World, operations: list[Any]) -> None:
    ask, headers = Ask(Client(raise_request_exception=False)), bearer(world, "admin")
    writing = [(method, path, operation) for method, path, operation in operations if method != "get"]

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(which=st.sampled_from(writing), data=st.data())
    def walk(which: Any, data: st.DataObject) -> None:
        method, path, operation = which
        names = sorted(example(operation, operation["schemas"], 1))
        body = {name: data.draw(JSON, label=name) for name in names if data.draw(st.booleans())}
        answer, text = send(ask, method, filled(path, world.ids), body, headers=headers)
        assert answer.status_code < 500, (method, path, body, text[:300])

    walk()


# What is asked in addresses, and sent in forms


# The names of every list's and report's questions.
LISTS = ("/app/contacts/", "/app/companies/", "/app/leads/", "/app/segments/", "/app/campaigns/", "/app/journeys/")
NAMES = (
    "q", "sort", "after", "before", "columns", "part", "export", "owner", "stage", "channel", "state", "created",
    "seen", "opened", "contact", "company", "segment", "page", "who", "version", "period", "from", "until", "campaign",
    "import", "source", "month", "set", "days", "by", "people", "kind", "campaigns", "at", "whose", "limit", "to",
)  # fmt: skip
PLACES = (
    "WyJ4IiwgInkiLCAieiJd",
    "WyJ4Il0",
    "WzFlOTk5XQ",
    "W251bGxd",
    "WyJcdTAwMDAiXQ",
    "W1sxXV0",
    "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTkiXQ",
)


def test_odd_questions_are_answered(world: World, addresses: list[Address]) -> None:
    ask = Ask(world.client("administrator"))
    screens = [path for path in own(addresses) if "sign-in" not in path]
    asked: list[tuple[str, dict[str, str]]] = []
    for number, path in enumerate(screens[::4]):
        asked.append((path, dict.fromkeys(NAMES, ODD[1 + number % (len(ODD) - 1)])))
    for number, name in enumerate(NAMES):
        path = (*LISTS[:3], "/app/reports/leads/")[number % 4]
        asked.append((path, {name: ODD[1 + number % (len(ODD) - 1)]}))
    for token in PLACES:
        asked += [(path, {name: token}) for path in LISTS[:3:2] for name in ("after", "before")]
    asked += [
        (path, {name: odd})
        for path in ("/mailbox", "/mailbox/api/messages", "/app/settings/trail/")
        for odd in ODD[2:]
        for name in ("after", "before", "limit", "to")
    ]
    part = {"HX-Target": "lw-results"}
    assert [each for each in asked if ask("get", *each, headers=part)[0].status_code >= 500] == []


FIELDS = (
    "ids", "view", "title", "again_at", "user", "owner", "enrollment", "segment", "reason", "entry", "token", "name",
    "to", "first_name", "email", "country", "interest", "value", "note", "kind", "what", "points", "domain", "size",
    "c-op", "c-n", "c-kind", "c-0-kind", "c-0-days", "condition", "code", "target", "amount", "spent_on", "budget",
    "starts_on", "half_life_days", "fit_threshold", "response_minutes", "own_domains", "send_at", "campaign", "role",
)  # fmt: skip


def test_odd_forms_are_answered(world: World, addresses: list[Address]) -> None:
    ask = Ask(world.client("administrator"))
    posts: list[tuple[str, dict[str, str]]] = []
    for number, path in enumerate([path for path in own(addresses) if "sign-in" not in path][::2]):
        more = {"deed": "drop-view", "sure": "1"} if path in LISTS else {"do": "s", "deed": "add:c-²"}
        odd = ("²", ODD[3 + number % (len(ODD) - 3)])[number % 2]
        posts.append((path, dict.fromkeys(FIELDS, odd) | more))
    for path in LISTS[:3]:
        for deed in ("save-view", "give", "stage", "move", "columns"):
            posts += [(path, {"deed": deed, "ids": odd, "name": odd, "owner": odd, "sure": "1"}) for odd in ODD[3:6]]
    assert [path for path, told in posts if ask("post", path, told)[0].status_code >= 500] == []


def test_odd_tokens_and_cookies_are_answered(world: World) -> None:
    from leadwright.kit import signing

    uid = world.ids["uid"].bytes
    others = [signing.sign(purpose, [uid, 1, "letter"]) for purpose in ("click", "unsubscribe", "sign-in", "confirm")]
    wrong_payload = [
        signing.sign("preferences", payload) for payload in (None, [], [1], ["x"], {"a": 1}, [b"x"], [uid, 2])
    ]
    wrong_payload += [
        signing.sign("resource", payload) for payload in (None, [1], ["x", "y"], [None, None], ["x", 2**70 - 1 >> 8])
    ]
    wrong_payload += [signing.sign("sign-in", payload) for payload in (None, [1], ["x", "y"], [None, None], [{}, []])]
    tokens = [
        *others,
        *(token[:-3] for token in others),
        *wrong_payload,
        *(odd for odd in ODD if odd),
        "%00",
        "..%2f..%2f",
    ]
    ask = Ask(Client(raise_request_exception=False))
    for token in tokens:
        for place in ("/t/p/", "/t/a/", "/app/sign-in/link/"):
            for method in ("get", "post"):
                answer, _ = ask(method, f"{place}{token}" + ("/" if "sign-in" in place else ""))
                assert answer.status_code < 500, (place, token)
                assert not answer.get("Location", "").startswith(("http", "//")), (place, token)
    for cookie in ('"\\000\\000\\000\\000\\000\\000\\000\\000\\000"', "x" * 4000, "²²²²²²²²²²"):
        odd = Client(
            raise_request_exception=False,
            headers={"Cookie": f"sessionid={cookie}; csrftoken={cookie}; lw_vid={cookie}"},
        )
        for path in ("/app/contacts/", "/", "/app/sign-in/login/"):
            assert Ask(odd)("get", path)[0].status_code < 500, cookie


def test_every_look_and_deed_lands_in_the_trail(world: World, addresses: list[Address]) -> None:
    def lines() -> list[tuple[str, str]]:
        return list(AuditEntry.objects.order_by("pk").values_list("action", "object_kind"))

    before, ask = len(lines()), Ask(world.client("administrator"), look=lines)
    contact, lead, ids = world.ids["contact_id"], world.ids["lead_id"], world.ids

    def noted(method: str, path: str, told: Any = None) -> list[tuple[str, str]]:
        ask(method, path, told or {})
        return list(ask.looked[before:])

    assert noted("get", f"/app/contacts/{contact}/") == [("saw", "contact")]
    assert noted("get", f"/app/leads/{lead}/") == [("saw", "lead")]
    assert noted("get", "/app/contacts/", {"export": "csv"}) == [("exported", "contacts")]
    assert noted("post", f"/app/tasks/{ids['task_id']}/done/") == [("task done", "task")]
    assert noted("post", f"/app/leads/{lead}/move/", {"to": "mql"}) == [("lead move", "lead")]
    assert noted("post", f"/app/broadcasts/{ids['broadcast_id']}/start/") == [("broadcast start", "broadcast")]
    assert noted("post", f"/app/settings/keys/{ids['key_id']}/revoke/") == [("revoked a key", "key")]
    held = bearer(world, "admin")
    before = len(lines())
    api: Callable[..., Any] = lambda method, path, body=None: send(ask, method, path, body, headers=held)  # noqa: E731
    api("get", f"/api/v1/contacts/{contact}")
    assert ask.looked[before:] == [("saw", "contact")]
    api("post", "/api/v1/contacts", {"email": "new@example.com"})
    assert ask.looked[before:] == [("create contact", "")]
    api("post", f"/api/v1/leads/{lead}/move", {"to": "mql"})
    assert ask.looked[before:] == [("move lead", "lead")]
