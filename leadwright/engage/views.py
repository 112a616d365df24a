"""The screens of emails, broadcasts and unsure mails."""

from typing import Any

from django import forms
from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from leadwright.attract.models import Form
from leadwright.engage import broadcasts, emails, messages, previews, sending
from leadwright.engage import notices as told
from leadwright.engage.models import Broadcast, Email, Message
from leadwright.kit import numbers
from leadwright.profile.models import Contact
from leadwright.ui.lists import Choice, Column, Empty, List, by_words
from leadwright.workspace.access import allowed, user_of

SHOWN = 200


def visible(request: HttpRequest) -> Any:
    """The contacts that this user may see."""
    return Contact.objects.visible_to(user_of(request))


def chosen(request: HttpRequest, given: str | None) -> Contact | None:
    """The contact that the query names, of those that the user may see."""
    return visible(request).filter(pk=numbers.key(given)).first() if given else None


@require_safe
@allowed("attract.view_form")
def form_told(request: HttpRequest, form_id: int) -> HttpResponse:
    """Whom a form tells of its submissions, and who is left out and why; part of the form's page and its editor."""
    form = get_object_or_404(Form, pk=form_id)
    return render(request, "engage/_form_told.html", {"form": form, "all": told.told(form.pk)})


@require_safe
@allowed("engage.view_email")
def look(request: HttpRequest, email_id: int) -> HttpResponse:
    """An email as a contact gets it, with what preflight says."""
    email = saved(email_id)
    contact, q = chosen(request, request.GET.get("contact")), request.GET.get("q", "").strip()
    people = visible(request).exclude(email="").order_by("-created_at", "-id")
    show = "text" if request.GET.get("show") == "text" else "html"
    context = {
        "email": email,
        "contact": contact,
        "q": q,
        "people": (by_words(people, q) if q else people)[:8],
        "findings": emails.preflight(email),
        "filled": previews.filled(email, contact),
        "show": show,
        "width": "phone" if request.GET.get("width") == "phone" else "desktop",
    }
    return render(request, "engage/look.html", context)


def saved(email_id: int) -> Email:
    """The email with the changes of its latest draft."""
    email = get_object_or_404(Email, pk=email_id)
    found: Email = email.get_latest_revision_as_object()
    return found


@require_safe
@allowed("engage.view_email")
def preview(request: HttpRequest, email_id: int) -> HttpResponse:
    """The bare email, fenced in, for a frame."""
    return previews.answer(saved(email_id), chosen(request, request.GET.get("contact")), "html")


@require_POST
@allowed("engage.change_email")
def test(request: HttpRequest, email_id: int) -> HttpResponse:
    """Send the email, as the chosen contact gets it, to whoever asks."""
    email, user = saved(email_id), user_of(request)
    contact = chosen(request, request.POST.get("contact"))
    answer = sending.test(previews.filled(email, contact), user.email)
    if answer is None:
        notices.success(request, f"The test is on its way to {user.email}.")
    else:
        notices.error(request, f"The test could not be sent: {answer}")
    back = reverse("email_look", args=[email_id])
    return redirect(f"{back}?contact={contact.pk}" if contact else back)


BROADCASTS = List(
    name="broadcasts",
    title="Broadcasts",
    lead="One email to one segment, once.",
    rows=lambda request: Broadcast.objects.select_related("email", "segment"),
    columns=(
        Column("name", "Name"),
        Column("email", "Email", "email.name"),
        Column("segment", "Segment", "segment.name"),
        Column("state", "State", lambda row: row.get_state_display()),
        Column("send_at", "Leaves", "send_at", kind="moment"),
        Column("created", "Made", "created_at", kind="ago"),
    ),
    link=lambda row: reverse("broadcast", args=[row.pk]),
    filters=(Choice("state", "State", "state", Broadcast.State.choices),),
    buttons=(("New broadcast", "broadcast_new", "engage.add_broadcast"),),
    empty=Empty(
        "No broadcasts yet",
        "Send one email to everyone in a segment; you see who gets it, and who does not and why, before it leaves.",
        "New broadcast",
        "broadcast_new",
    ),
)


@allowed("engage.view_broadcast")
def index(request: HttpRequest) -> HttpResponseBase:
    """All broadcasts, newest first."""
    return BROADCASTS.respond(request)


class BroadcastForm(forms.ModelForm[Broadcast]):
    """What a broadcast needs to know."""

    class Meta:
        model = Broadcast
        fields = ("name", "email", "segment", "campaign", "send_at")
        labels = {"send_at": "Leaves at"}  # noqa: RUF012
        help_texts = {"send_at": "Empty: as soon as you confirm."}  # noqa: RUF012
        widgets = {"send_at": forms.DateTimeInput(attrs={"type": "datetime-local"})}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["email"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = Email.objects.filter(live=True).exclude(purpose=None)
        field.help_text = "Published emails with a purpose; only who said yes to it gets mail."


@allowed("engage.add_broadcast")
def new(request: HttpRequest) -> HttpResponse:
    """Make a draft."""
    form = BroadcastForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.instance.created_by = user_of(request)
        return redirect("broadcast", form.save().pk)
    return render(request, "engage/broadcast_new.html", {"form": form})


def in_words(held: Any) -> list[tuple[str, int]]:
    """Reasons and their counts, most first, for a person."""
    return [(messages.REASONS.get(key, key), held[key]) for key in sorted(held, key=lambda key: -held[key])]


@require_safe
@allowed("engage.view_broadcast")
def broadcast(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """A draft with who would get it, or the report of one that has left."""
    found = get_object_or_404(Broadcast.objects.select_related("email", "segment", "campaign"), pk=broadcast_id)
    context: dict[str, Any] = {"broadcast": found, "may_send": user_of(request).has_perm("engage.change_broadcast")}
    if found.state == Broadcast.State.DRAFT:
        counts = messages.hold_ups(found.email, found.segment_id, found.send_at)
        findings = emails.preflight(found.email)
        context |= {
            "counts": counts,
            "held": in_words(counts.held),
            "total": counts.queued + sum(counts.held.values()),
            "findings": findings,
            "has_errors": any(finding.level == "error" for finding in findings),
        }
    else:
        standing = broadcasts.report(found)
        context |= {"report": standing, "held": in_words(standing.held), "mails_query": f"broadcast={found.pk}"}
    return render(request, "engage/broadcast.html", context)


@require_safe
@allowed("engage.view_broadcast")
def report(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """The report alone; the page asks for it while mails leave."""
    found = get_object_or_404(Broadcast, pk=broadcast_id)
    standing = broadcasts.report(found)
    context = {"broadcast": found, "report": standing, "held": in_words(standing.held)}
    is_over = found.state in (Broadcast.State.SENT, Broadcast.State.STOPPED)
    # 286 tells htmx to stop asking.
    return render(request, "engage/_broadcast_report.html", context, status=286 if is_over else 200)


@require_POST
@allowed("engage.change_broadcast")
def start(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Send a draft."""
    found = get_object_or_404(Broadcast, pk=broadcast_id)
    try:
        if errors := [finding.say for finding in emails.preflight(found.email) if finding.level == "error"]:
            raise broadcasts.NotReady(errors[0])
        broadcasts.start(found, found.send_at)
    except broadcasts.NotReady as error:
        notices.error(request, str(error))
    return redirect("broadcast", broadcast_id)


@require_POST
@allowed("engage.change_broadcast")
def stop(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Stop a broadcast that has not wholly left."""
    held = broadcasts.stop(get_object_or_404(Broadcast, pk=broadcast_id))
    notices.success(request, f"Stopped. {held:,} mails were held back.")
    return redirect("broadcast", broadcast_id)


@allowed("engage.view_message")
def unsure(request: HttpRequest) -> HttpResponse:
    """Mails without an answer, and the decision about them."""
    user = user_of(request)
    may_decide = user.has_perm("engage.change_message")
    what = request.POST.get("what", "")
    if request.method == "POST" and may_decide and what in ("again", "sent", "failed"):
        ids = numbers.keys(request.POST.getlist("ids"))
        count = messages.decide(ids, what, str(user))  # type: ignore[arg-type]
        notices.success(request, f"Decided about {count:,} mail{'s'[: count != 1]}.")
        return HttpResponseRedirect(request.path)
    found = messages.unsure().filter(contact__in=visible(request)).select_related("version__email").order_by("id")
    context = {"mails": found[:SHOWN], "total": found.count(), "may_decide": may_decide}
    return render(request, "engage/unsure.html", context)


@require_safe
@allowed("engage.view_message")
def contact_messages(request: HttpRequest, contact_id: int) -> HttpResponse:
    """What a contact got, and what was held back and why."""
    contact = get_object_or_404(visible(request), pk=contact_id)
    found = list(Message.objects.filter(contact=contact).select_related("version__email").order_by("-queued_at")[:20])
    for message in found:
        is_plain = message.state in (Message.State.SENT, Message.State.DELIVERED)
        why = messages.REASONS.get(message.held_reason, message.held_reason) if message.held_reason else message.answer
        message.why = "" if is_plain else why  # type: ignore[attr-defined]
    context = {"mails": found, "query": f"contact={contact_id}", "contact": contact}
    return render(request, "engage/_contact_messages.html", context)
