"""The screens of leads: the list, the board, one lead, and its panels on other screens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from leadwright.attract.models import Channel
from leadwright.kit import clock, jobs
from leadwright.kit.registries import LEAD_PANELS
from leadwright.profile.models import Company, Contact
from leadwright.qualify import leads, rules, scores
from leadwright.qualify.forms import GiveForm, LeadForm, MoveForm
from leadwright.qualify.models import OPEN, WAY, Lead, Score, Stage, StageMove
from leadwright.ui.lists import Action, Choice, Column, Empty, List, Since, View, by_words
from leadwright.workspace import audit
from leadwright.workspace.access import allowed, user_of
from leadwright.workspace.models import User

BOARD_CARDS = 40


class BulkMoveForm(MoveForm):
    """The same for many leads, without a value."""

    value = None  # type: ignore[assignment]


def _visible(request: HttpRequest) -> QuerySet[Lead]:
    return Lead.objects.visible_to(user_of(request)).select_related("contact", "contact__company", "owner")


def _move_many(request: HttpRequest, rows: QuerySet[Any], answers: dict[str, Any]) -> str:
    user, reason = user_of(request), answers.get("reason_id")
    done = leads.move(
        list(rows.values_list("pk", flat=True)),
        answers["to"],
        actor=str(user),
        user=user,
        reason=answers.get("note", ""),
        reason_id=reason.pk if reason else None,
    )
    request.session["last_moves"] = list(done.moves)
    stayed = f" {len(done.stayed):,} stayed, such as: {done.stayed[0][1]}" if done.stayed else ""
    return _said(f"{len(done.leads):,} leads moved to {Stage(answers['to']).label}.{stayed}", done)


def _said(sentence: str, done: leads.Moved) -> str:
    """What was done, with the way back where there is one."""
    if not done.moves:
        return sentence
    return format_html('{} <a href="{}">Take it back</a>', sentence, reverse("leads_take_back"))


def _give_many(request: HttpRequest, rows: QuerySet[Any], answers: dict[str, Any]) -> str:
    owner = answers["owner"]
    count = leads.give(list(rows.values_list("pk", flat=True)), owner, actor=str(user_of(request)))
    return f"{count:,} leads given to {owner or 'nobody'}."


def _search(rows: QuerySet[Any], wanted: str) -> QuerySet[Any]:
    return by_words(rows, wanted, "contact__sought_by__words")


def _grades(request: HttpRequest, rows: list[Any]) -> None:
    found = Score.objects.in_bulk([row.contact_id for row in rows])
    for row in rows:
        score = found.get(row.contact_id)
        row.heat = "hot" if score and score.is_hot else ""


LEADS = List(
    name="leads",
    title="Leads",
    lead="One line per episode of interest: who raised a hand, for what, and how far it has come.",
    rows=_visible,
    columns=(
        Column("contact", "Contact", "contact.name"),
        Column("interest", "Interest", lambda row: row.interest or row.source),
        Column("stage", "Stage", template="qualify/_stage.html"),
        Column("heat", "Score", template="qualify/_heat.html"),
        Column("owner", "Owner", lambda row: str(row.owner) if row.owner else ""),
        Column("company", "Company", "contact.company.name"),
        Column("channel", "Channel"),
        Column("value", "Value", kind="money"),
        Column("opened", "Opened", "opened_at", sort="opened_at", kind="ago"),
        Column("since", "In stage since", "stage_since", kind="ago", shown=False),
        Column("source", "Source", shown=False),
        Column("closed", "Closed", "closed_at", kind="day", shown=False),
    ),
    link=lambda lead: reverse("lead", args=[lead.pk]),
    search=_search,
    search_hint="Name, address or title",
    filters=(
        Choice("stage", "Stage", "stage", Stage.choices),
        Choice(
            "owner",
            "Owner",
            "owner",
            lambda _: [("-", "nobody"), *((user.pk, str(user)) for user in User.objects.filter(is_active=True))],
        ),
        Choice("channel", "Channel", "channel", Channel.choices),
        Since("opened", "Opened", "opened_at"),
    ),
    views=(
        View("All"),
        View("Open", "&".join(f"stage={stage}" for stage in OPEN)),
        View("Nobody’s", "stage=new&stage=mql&owner=-"),
        View("New this week", "opened=7"),
    ),
    actions=(
        Action("move", "Move to …", _move_many, permission="qualify.change_lead", form=BulkMoveForm),
        Action("give", "Give to …", _give_many, permission="qualify.change_lead", form=GiveForm),
    ),
    buttons=(("Board", "leads_board", "qualify.view_lead"), ("Import", "leads_import", "capture.add_import")),
    empty=Empty(
        "No leads yet",
        "A lead appears when somebody fills a form that opens one, becomes hot by score, or comes in with an import.",
        "Import leads from a file",
        "leads_import",
    ),
    sort="-opened",
    enrich=_grades,
)


@allowed("qualify.view_lead")
def index(request: HttpRequest) -> HttpResponseBase:
    """All leads that the user may see."""
    return LEADS.respond(request)


@allowed("qualify.change_lead")
def take_back(request: HttpRequest) -> HttpResponse:
    """Take the user's last move back, of one lead or of many, after naming the count."""
    user = user_of(request)
    if request.method != "POST":
        context = {"title": "Take the move back", "count": len(request.session.get("last_moves", []))}
        return render(request, "qualify/take_back.html", context)
    done = leads.take_back(request.session.pop("last_moves", []), actor=str(user), user=user)
    messages.success(request, f"{len(done.leads):,} leads are back where they were; leads moved since then stayed.")
    return HttpResponseRedirect(reverse("leads"))


# ---- The board ----------------------------------------------------------------------------------------------------


@dataclass
class Lane:
    """A stage on the board."""

    stage: Stage
    count: int = 0
    value: Any = None
    cards: list[Lead] | None = None

    @property
    def more(self) -> int:
        """How many are not shown."""
        return max(0, self.count - len(self.cards or ()))


@allowed("qualify.view_lead")
def board(request: HttpRequest) -> HttpResponseBase:
    """Open leads by stage, with counts and values; a lead moves by its menu or by the keyboard."""
    mine = request.GET.get("whose") == "mine"
    rows = _visible(request).filter(owner=user_of(request)) if mine else _visible(request)
    totals: dict[str, Any] = {
        row["stage"]: row for row in rows.order_by().values("stage").annotate(number=Count("pk"), worth=Sum("value"))
    }
    lanes = []
    for stage in OPEN:
        total = totals.get(stage, {})
        cards = list(rows.filter(stage=stage).order_by("-opened_at", "-pk")[:BOARD_CARDS])
        _grades(request, cards)
        lanes.append(Lane(stage, total.get("number", 0), total.get("worth"), cards))
    aside = [Lane(stage, totals.get(stage, {}).get("number", 0)) for stage in Stage if stage not in OPEN]
    context = {
        "title": "Board",
        "lead": "Open leads by stage. Press the arrow of a lead to move it one stage on; its menu has the rest.",
        "lanes": lanes,
        "aside": aside,
        "mine": mine,
        "next": dict(pairwise(WAY)),
        "may_move": request.user.has_perm("qualify.change_lead"),
    }
    return render(request, "qualify/board.html", context)


# ---- One lead -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spell:
    """A stage in a lead's history, and how long it stood there."""

    move: StageMove
    lasted: timedelta
    is_now: bool


def history(lead: Lead) -> list[Spell]:
    """A lead's stages, latest first, with the time in each, derived from its moves."""
    moves = list(lead.moves.select_related("user").order_by("at", "id"))
    ends: list[datetime] = [move.at for move in moves[1:]] + [lead.closed_at or clock.now()][: len(moves)]
    spells = [
        Spell(move, max(end - move.at, timedelta()), move is moves[-1]) for move, end in zip(moves, ends, strict=True)
    ]
    return spells[::-1]


@allowed("qualify.view_lead")
def one(request: HttpRequest, lead_id: int) -> HttpResponseBase:
    """One lead: its way, what is known, what can be done."""
    lead = get_object_or_404(_visible(request), pk=lead_id)
    audit.saw(request, "lead", lead.pk)
    may_change = request.user.has_perm("qualify.change_lead")
    form = LeadForm(request.POST or None, instance=lead)
    if request.method == "POST" and may_change and form.is_valid():
        changed = form.save(commit=False)
        Lead.objects.filter(pk=lead.pk).update(interest=changed.interest, value=changed.value, updated_at=clock.now())
        leads.give([lead.pk], changed.owner, actor=str(user_of(request)))
        audit.note(request, "changed", "lead", str(lead.pk), fields=form.changed_data)
        jobs.wake("leads")
        messages.success(request, "Kept.")
        return HttpResponseRedirect(reverse("lead", args=[lead.pk]))
    return render(request, "qualify/lead.html", _of(request, lead, form, _move_form(lead)))


def _move_form(lead: Lead) -> MoveForm:
    """With the next stage of the way chosen already."""
    return MoveForm(stage=lead.stage, initial={"to": _following(lead)})


def _following(lead: Lead) -> Stage | None:
    return dict(pairwise(WAY)).get(Stage(lead.stage))


def _of(request: HttpRequest, lead: Lead, form: LeadForm, move_form: MoveForm) -> dict[str, Any]:
    reached = WAY.index(Stage(lead.stage)) if lead.stage in WAY else -1
    return {
        "title": str(lead.contact),
        "lead_record": lead,
        "lead": f"{lead.interest or lead.source} · {Stage(lead.stage).label}",
        "way": [(stage, index < reached, index == reached) for index, stage in enumerate(WAY)],
        "is_aside": reached < 0,
        "following": _following(lead),
        "history": history(lead),
        "form": form,
        "move_form": move_form,
        "needs_reason": rules.NEEDS_REASON,
        "standing": scores.standing(lead.contact_id),
        "contact_url": contact_url(lead.contact_id),
        "panels": _panels(request, lead),
        "may_change": request.user.has_perm("qualify.change_lead"),
    }


def _panels(request: HttpRequest, lead: Lead) -> list[dict[str, str]]:
    found = []
    for key, panel in LEAD_PANELS.items():
        if panel.permission and not request.user.has_perm(panel.permission):
            continue
        try:
            found.append({"key": key, "title": panel.title, "url": reverse(panel.url_name, args=[lead.pk])})
        except NoReverseMatch:
            continue
    return found


@require_POST
@allowed("qualify.change_lead")
def move(request: HttpRequest, lead_id: int) -> HttpResponseBase:
    """Move one lead, from its page or from the board."""
    lead = get_object_or_404(_visible(request), pk=lead_id)
    user = user_of(request)
    form = MoveForm(request.POST, stage=lead.stage)
    if not form.is_valid():
        context = _of(request, lead, LeadForm(instance=lead), form)
        return render(request, "qualify/lead.html", context, status=422)
    reason = form.cleaned_data["reason_id"]
    done = leads.move(
        [lead.pk],
        form.cleaned_data["to"],
        actor=str(user),
        user=user,
        reason=form.cleaned_data["note"],
        reason_id=reason.pk if reason and reason.stage == form.cleaned_data["to"] else None,
        value=form.cleaned_data["value"],
    )
    request.session["last_moves"] = list(done.moves)
    if done.leads:
        messages.success(request, _said(f"{lead.contact} moved to {Stage(form.cleaned_data['to']).label}.", done))
    for _, why in done.stayed:
        messages.warning(request, f"{lead.contact} stayed. {why}")
    back = request.POST.get("back")
    return HttpResponseRedirect(reverse("leads_board") if back == "board" else reverse("lead", args=[lead.pk]))


class NewLeadForm(forms.Form):
    """A lead that a user opens by hand."""

    interest = forms.CharField(max_length=200, help_text="What the contact is interested in.")


@allowed("qualify.add_lead")
def new(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Open a lead for a contact by hand."""
    contact = get_object_or_404(visible_contacts(request), pk=contact_id)
    form = NewLeadForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = user_of(request)
        row = leads.NewLead(
            contact.pk,
            "console",
            interest=form.cleaned_data["interest"],
            channel=contact.first_channel,
            campaign_id=contact.first_campaign_id,
            owner_id=user.pk if user.takes_leads else None,
        )
        opened = leads.open([row], actor=str(user), user=user, add=True)
        messages.success(request, "The lead is open." if opened.new else "The interest was added to the open lead.")
        return HttpResponseRedirect(reverse("lead", args=[(opened.new or opened.added)[0]]))
    context = {"title": f"New lead of {contact}", "form": form, "contact_url": contact_url(contact.pk)}
    return render(request, "qualify/new_lead.html", context)


# ---- Panels -------------------------------------------------------------------------------------------------------


@allowed("qualify.view_lead")
def panel(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The leads of a contact, for the contact's page."""
    get_object_or_404(visible_contacts(request), pk=contact_id)
    found = _visible(request).filter(contact_id=contact_id).order_by("-opened_at")
    return render(request, "qualify/_contact_leads.html", {"leads": found, "contact_id": contact_id})


@allowed("qualify.view_lead")
def of_company(request: HttpRequest, company_id: int) -> HttpResponse:
    """The leads of a company's people that the user may see; a panel of its page."""
    company = get_object_or_404(Company.objects.visible_to(user_of(request)), pk=company_id)
    found = _visible(request).filter(contact__company=company).select_related("contact").order_by("-opened_at")[:20]
    return render(request, "qualify/_company_leads.html", {"leads": found})


@allowed("qualify.view_lead")
def hot(request: HttpRequest) -> HttpResponse:
    """Who is hot and has an open lead that nobody has taken, and how many leads wait; for the first screen."""
    waiting = _visible(request).filter(stage__in=(Stage.NEW, Stage.MQL))
    counts = waiting.aggregate(free=Count("pk", filter=Q(owner=None)), all=Count("pk"))
    found = waiting.filter(contact__score__is_hot=True).order_by("opened_at")[:6]
    return render(request, "qualify/_hot.html", {"leads": found, "counts": counts})


def visible_contacts(request: HttpRequest) -> QuerySet[Contact]:
    """The contacts that the user may see."""
    objects: Any = Contact.objects
    if hasattr(objects, "visible_to"):
        found: QuerySet[Contact] = objects.visible_to(user_of(request))
        return found
    return Contact.objects.all()


def contact_url(contact_id: int) -> str:
    """Where the contact's page is."""
    try:
        return reverse("contact", args=[contact_id])
    except NoReverseMatch:
        return ""
