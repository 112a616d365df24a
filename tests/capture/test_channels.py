"""Channels: real cases where they are at hand, and our own for everything they leave out."""

import csv
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwright.attract.models import Channel
from leadwright.capture import rules

CASES = Path(__file__).resolve().parents[3] / "shared" / "data" / "channels"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the channel cases are not in ../shared/data/channels")
MEDIUM = {"search": "search", "social": "social", "email": "email", "paid": "paid", "chatbot": "assistant"}
OWN = ("nordwind.example",)


@needs_cases
def test_every_case_of_google_analytics_gets_its_channel() -> None:
    with (CASES / "ga4_channel_cases.csv").open(encoding="utf-8") as file:
        cases = list(csv.DictReader(file))
    assert len(cases) >= 30
    for case in cases:
        if case["note"].startswith("DISPUTED"):
            continue  # contradicts the rule itself, as its own note says
        found = rules.channel(case["source"], case["medium"], case["campaign"])
        assert found == case["expected_channel"], case


@needs_cases
def test_the_rules_are_those_of_google_analytics_in_their_order() -> None:
    found = json.loads((CASES / "ga4_rules.json").read_text(encoding="utf-8"))
    assert rules.PAID.pattern == found["paid_medium_regex"]
    assert rules.SHOP_CAMPAIGN.pattern == found["shopping_campaign_regex"]
    assert {name for name, _ in found["rules"]} <= set(Channel.values)


@needs_cases
def test_every_known_referrer_is_of_its_kind() -> None:
    cases = json.loads((CASES / "referer-tests.json").read_text(encoding="utf-8"))
    assert len(cases) >= 118
    wrong = [case["uri"] for case in cases if rules.site_kind(rules.host_of(case["uri"])) != MEDIUM[case["medium"]]]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "channel"),
    [
        ("(direct)", "(none)", "", "Direct"),
        ("nowhere", "thing", "our-cross-network-one", "Cross-network"),
        ("etsy", "cpc", "", "Paid Shopping"),
        ("nowhere", "ppc", "winter-shop", "Paid Shopping"),
        ("GOOGLE", "CPC", "", "Paid Search"),
        ("linkedin", "paid-social", "", "Paid Social"),
        ("vimeo", "cpv", "", "Paid Video"),
        ("vimeo", "paidvideo", "", "Paid Video"),
        ("nowhere", "banner", "", "Display"),
        ("nowhere", "cpa", "", "Paid Other"),
        ("etsy.com", "", "", "Organic Shopping"),
        ("xing", "", "", "Organic Social"),
        ("nowhere", "sm", "", "Organic Social"),
        ("nowhere", "product-video", "", "Organic Video"),
        ("ecosia.org", "", "", "Organic Search"),
        ("nowhere", "app", "", "Referral"),
        ("e-mail", "", "", "Email"),
        ("nowhere", "affiliate", "", "Affiliates"),
        ("nowhere", "audio", "", "Audio"),
        ("sms", "", "", "SMS"),
        ("nowhere", "webpush", "", "Mobile Push Notifications"),
        ("nowhere", "nothing", "", "Unassigned"),
    ],
)
def test_each_group_has_its_words(source: str, medium: str, campaign: str, channel: str) -> None:
    assert rules.channel(source, medium, campaign) == channel


@pytest.mark.parametrize(
    ("referrer", "channel"),
    [
        ("https://www.google.co.uk/search?q=crane", "Organic Search"),
        ("https://duckduckgo.com/", "Organic Search"),
        ("https://docs.google.com/document/1", "Referral"),
        ("https://mail.google.com/mail/u/0", "Email"),
        ("https://webmail.firm.example/inbox", "Email"),
        ("https://mail02.firm.example/", "Email"),
        ("https://lnkd.in/x", "Organic Social"),
        ("https://m.youtube.com/watch", "Organic Video"),
        ("https://ad.doubleclick.net/x", "Display"),
        ("https://syndicatedsearch.goog/x", "Paid Search"),
        ("https://blog.partner.example/cranes", "Referral"),
        ("https://google.evil.example/", "Referral"),
        ("https://www.nordwind.example/a", "Direct"),
        ("https://shop.nordwind.example/a", "Direct"),
        ("https://checkout.stripe.com/pay", "Direct"),
        ("https://login.microsoftonline.com/x", "Direct"),
        ("https://pay.bank.example/back", "Direct"),
        ("android-app://com.google.android.gm/", "Referral"),
        ("not a url", "Direct"),
        ("http://[::1", "Direct"),
    ],
)
def test_a_referrer_tells_the_channel(referrer: str, channel: str) -> None:
    found = rules.touch("https://www.nordwind.example/x", referrer, OWN, passing=("bank.example",))
    assert found.channel == channel
    assert found.is_evident == (channel != "Direct")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("chatgpt.com", "chatgpt"),
        ("chat.openai.com", "chatgpt"),
        ("claude.ai", "claude"),
        ("www.perplexity.ai", "perplexity"),
        ("gemini.google.com", "gemini"),
        ("copilot.microsoft.com", "copilot"),
        ("chat.mistral.ai", "mistral"),
        ("chat.deepseek.com", "deepseek"),
        ("grok.com", "grok"),
        ("www.meta.ai", "meta ai"),
    ],
)
def test_an_ai_assistant_is_a_source_of_its_own(host: str, name: str) -> None:
    by_referrer = rules.touch("https://nordwind.example/", f"https://{host}/c/1", OWN)
    assert (by_referrer.channel, by_referrer.source) == ("AI Assistant", name)
    by_name = rules.touch(f"https://nordwind.example/?utm_source={host.removeprefix('www.')}", "", OWN)
    assert by_name.channel == "AI Assistant"


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("gclid", "Paid Search"),
        ("gbraid", "Paid Search"),
        ("wbraid", "Paid Search"),
        ("dclid", "Display"),
        ("msclkid", "Paid Search"),
        ("fbclid", "Organic Social"),
        ("li_fat_id", "Paid Social"),
        ("ttclid", "Paid Social"),
        ("twclid", "Paid Social"),
    ],
)
def test_a_click_id_tells_the_channel_where_no_name_does(name: str, channel: str) -> None:
    assert rules.touch(f"https://nordwind.example/?{name}=abc", "", OWN).channel == channel
    tagged = rules.touch(f"https://nordwind.example/?{name}=abc&utm_source=letter&utm_medium=email", "", OWN)
    assert tagged.channel == "Email"


@pytest.mark.parametrize(
    ("medium", "channel"),
    [
        ("Trade Show", "Event"),
        ("trade_show", "Event"),
        ("seminar", "Event"),
        ("training", "Event"),
        ("direct mail", "Direct Mail"),
        ("postcard", "Direct Mail"),
        ("telemarketing", "Telemarketing"),
        ("radio", "Broadcast Advertising"),
        ("print", "Broadcast Advertising"),
        ("press", "Publicity"),
        ("brochure", "Product Literature"),
        ("word of mouth", "Word of Mouth"),
        ("partner", "Partner"),
    ],
)
def test_what_happens_offline_has_channels_of_its_own(medium: str, channel: str) -> None:
    found = rules.touch(f"https://nordwind.example/?utm_source=hannover&utm_medium={quote(medium)}", "", OWN)
    assert found.channel == channel
    assert channel in Channel.values


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("utm_source=a&utm_source=b", {"utm_source": "a"}),
        ("utm_source=&utm_source=b", {"utm_source": "b"}),
        ("UTM_Source=Google&UTM_MEDIUM=CPC", {"utm_source": "Google", "utm_medium": "CPC"}),
        ("utm_source=%FF%FE", {"utm_source": "\ufffd\ufffd"}),
        ("utm_source=a%00b%0d%0ac", {"utm_source": "abc"}),
        ("utm_source=" + "x" * 5000, {"utm_source": "x" * 250}),
        ("utm_source", {}),
        ("&".join(f"a{n}=1" for n in range(199)) + "&utm_source=late", {"utm_source": "late"}),
        ("utm_source=caf%C3%A9+au+lait#utm_source=x", {"utm_source": "café au lait"}),
        ("utm_source='; DROP TABLE x;--", {"utm_source": "'; DROP TABLE x;--"}),
        ("utm_sourcé=x&utm_source=%E2%80%AEevil", {"utm_source": "evil"}),
    ],
)
def test_odd_names_survive(query: str, said: dict[str, str]) -> None:
    assert dict(rules.touch(f"https://nordwind.example/?{query}", "").said) == said


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text()))
def test_whatever_an_address_says_there_is_a_channel(url: str, referrer: str, named: dict[str, str]) -> None:
    for address in (url, f"https://nordwind.example/?{url}", f"https://nordwind.example/?utm_source={quote(url)}"):
        found = rules.touch(address, referrer, OWN, named)
        assert found.channel in Channel.values
        assert all(len(value) <= 250 and value.isprintable() for _, value in found.said)


def test_every_word_of_the_list_of_sites_leads_to_its_kind() -> None:
    for host, (kind, _) in rules.SITES.hosts.items():
        assert rules.site(host)[0] == kind
        assert rules.site(f"deep.below.{host}")[0] == kind
    for brand, (kind, _) in rules.SITES.brands.items():
        assert rules.site(brand)[0] == kind
