"""A question to the numbers: which period, which leads, for whom. The same question has one answer everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError

from leadwright.kit import clock, numbers
from leadwright.workspace.models import User, Workspace

BLANK = "-"  # in an address: the leads where this is blank
EARLIEST = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))

PERIODS: Mapping[str, str] = {
    "month": "This month",
    "last-month": "Last month",
    "quarter": "Last 90 days",
    "year": "Last 12 months",
    "all": "All time",
}

WHEN: Mapping[str, str] = {
    "month": "this month",
    "last-month": "last month",
    "quarter": "in the last 90 days",
    "year": "in the last 12 months",
    "all": "at any time",
}
DAY = timedelta(days=1)

# What a filter asks of `qualify_lead lead`. Each is carried by its own index or checked on the rows of the period.
CONDITIONS: Mapping[str, str] = {
    "channel": "lead.channel = %(channel)s",
    "source": "lead.source = %(source)s",
    "campaign": "lead.campaign_id IS NOT DISTINCT FROM %(campaign)s",
    "owner": "lead.owner_id IS NOT DISTINCT FROM %(owner)s",
    "imported": (
        "EXISTS (SELECT 1 FROM capture_importchange change WHERE change.table = 'qualify_lead'"
        " AND change.record_id = lead.id AND change.imported_id = %(imported)s AND change.before IS NULL)"
    ),
    "viewer": "(lead.owner_id = %(viewer)s OR lead.owner_id IS NULL)",
}


def workspace() -> Workspace:
    """The workspace's settings, or what they are before anybody has changed them."""
    return Workspace.objects.order_by("pk").first() or Workspace()


def zone_of(settings: Workspace) -> ZoneInfo:
    """The workspace's time zone: months and days begin at its midnight."""
    try:
        return ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@dataclass(frozen=True)
class Question:
    """From `start` until before `end`, of the leads that pass the filters and that `viewer` may see (None: all).

    A filter of None asks nothing; "" (source, channel) or 0 (campaign, owner) asks for those without one.
    """

    start: datetime
    end: datetime
    as_of: datetime
    zone: ZoneInfo
    period: str = ""
    channel: str | None = None
    source: str | None = None
    campaign: int | None = None
    owner: int | None = None
    imported: int | None = None
    viewer: int | None = None

    @property
    def where(self) -> str:
        """The filters as SQL over `qualify_lead lead`, each with a leading AND."""
        asked = [text for name, text in CONDITIONS.items() if getattr(self, name) is not None]
        return "".join(f" AND {text}" for text in asked)

    @property
    def parameters(self) -> dict[str, Any]:
        """What the SQL of `where` and of every statement about leads takes."""
        return {
            "start": self.start,
            "end": min(self.end, self.as_of + timedelta(microseconds=1)),
            "as_of": self.as_of,
            "zone": self.zone.key,
            "channel": self.channel,
            "source": self.source,
            "campaign": self.campaign or None,
            "owner": self.owner or None,
            "imported": self.imported,
            "viewer": self.viewer,
        }

    @property
    def is_about_spend(self) -> bool:
        """Whether spend can answer: it belongs to campaigns and channels, not to sources, owners or imports."""
        return self.source is None and self.owner is None and self.imported is None

    @property
    def first_day(self) -> date:
        """The first day of the period, where the workspace is."""
        return self.start.astimezone(self.zone).date()

    @property
    def last_day(self) -> date:
        """The last day of the period, where the workspace is."""
        return (self.end - timedelta(microseconds=1)).astimezone(self.zone).date()

    @property
    def when(self) -> str:
        """The period as it stands in a sentence: “this month”, “in the last 90 days”, “from 1 Jan to 31 Mar 2026”."""
        if self.period in WHEN:
            return WHEN[self.period]
        first, last = self.first_day, self.last_day
        if self.start <= EARLIEST:
            return f"until {last:%-d %b %Y}"
        if (first.year, first.month) == (last.year, last.month) and first.day == 1 and last == next_month(first) - DAY:
            return f"in {first:%B %Y}"
        return f"from {first:%-d %b}{f' {first.year}' if first.year != last.year else ''} to {last:%-d %b %Y}"

    def query(self, **more: Any) -> str:
        """The question as the query of an address, so that it can be shared; `more` adds or (None) removes."""
        period: dict[str, Any] = (
            {"period": self.period}
            if self.period
            else {"from": self.first_day.isoformat(), "until": self.last_day.isoformat()}
        )
        filters = {
            "channel": self.channel if self.channel != "" else BLANK,
            "source": self.source if self.source != "" else BLANK,
            "campaign": self.campaign if self.campaign != 0 else BLANK,
            "owner": self.owner if self.owner != 0 else BLANK,
            "import": self.imported,
        }
        return urlencode({name: value for name, value in (period | filters | more).items() if value is not None})


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins in a zone."""
    return datetime.combine(day, time.min, tzinfo=zone)


def next_month(day: date) -> date:
    """The first day of the month after a day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def month(first: date | None = None, viewer: int | None = None) -> Question:
    """A whole month of everything, by default the present one."""
    zone = zone_of(workspace())
    as_of = clock.now()
    first = first or as_of.astimezone(zone).date().replace(day=1)
    return Question(
        start=midnight(first, zone), end=midnight(next_month(first), zone), as_of=as_of, zone=zone, viewer=viewer
    )


def month_before(question: Question) -> Question:
    """The same part of the month before, so that a month that is under way is compared with as many days."""
    zone, start = question.zone, question.first_day
    first = (start - timedelta(days=1)).replace(day=1)
    passed = min(question.as_of, question.end) - question.start
    end = min(midnight(first, zone) + passed, midnight(start, zone)) if passed > timedelta(0) else question.start
    if question.as_of >= question.end:
        end = midnight(start, zone)
    return replace(question, start=midnight(first, zone), end=end, period="")


def viewer_of(user: User) -> int | None:
    """Whose leads alone (besides nobody's) a user may see, as `Lead.objects.visible_to` says; None: everyone's."""
    return None if user.sees_everything or workspace().reps_see_all else user.pk


def parse(asked: Mapping[str, Any], *, viewer: int | None = None, default: str = "year") -> Question:
    """The question in an address or a call; ValidationError says how to mend one that cannot be understood."""
    zone, as_of = zone_of(workspace()), clock.now()
    period = str(asked.get("period") or "")
    since, until = _day(asked, "from"), _day(asked, "until")
    if since or until:
        period = ""
        start = midnight(since, zone) if since else EARLIEST
        end = midnight((until or as_of.astimezone(zone).date()) + timedelta(days=1), zone)
        if start >= end:
            raise ValidationError({"until": "The period ends before it begins; choose a later day in “until”."})
    else:
        period = period or default
        start, end = _preset(period, as_of, zone)
    return Question(
        start=start,
        end=end,
        as_of=as_of,
        zone=zone,
        period=period,
        channel=_text(asked, "channel"),
        source=_text(asked, "source"),
        campaign=_number(asked, "campaign"),
        owner=_number(asked, "owner"),
        imported=_number(asked, "import"),
        viewer=viewer,
    )


def _preset(period: str, as_of: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    today = as_of.astimezone(zone).date()
    first, tomorrow = today.replace(day=1), today + timedelta(days=1)
    days = {
        "month": (first, next_month(first)),
        "last-month": ((first - timedelta(days=1)).replace(day=1), first),
        "quarter": (today - timedelta(days=89), tomorrow),
        "year": (today - timedelta(days=364), tomorrow),
    }
    if period == "all":
        return EARLIEST, midnight(tomorrow, zone)
    if period not in days:
        raise ValidationError({"period": f"There is no period “{period}”; choose one of {', '.join(PERIODS)}."})
    return midnight(days[period][0], zone), midnight(days[period][1], zone)


def _day(asked: Mapping[str, Any], name: str) -> date | None:
    text = str(asked.get(name) or "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValidationError({name: f"“{text}” is no day; write it like 2026-11-30."}) from None


def _text(asked: Mapping[str, Any], name: str) -> str | None:
    text = str(asked.get(name) or "").strip()
    return "" if text == BLANK else text or None


def _number(asked: Mapping[str, Any], name: str) -> int | None:
    text = str(asked.get(name) or "").strip()
    if text == BLANK:
        return 0
    number = numbers.whole(text)
    if text and number is None:
        raise ValidationError({name: f"“{text}” is no number; give the record's number."})
    return number
