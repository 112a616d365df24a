"""The screens of consent: a contact's tab, and the purposes of the firm."""

from typing import Any

from django import forms
from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from leadwright.kit import clock, numbers
from leadwright.profile.models import (
    Consent,
    ConsentRecord,
    Contact,
    LegalHold,
    Preference,
    PrivacyRequest,
    Purpose,
    Suppression,
    Wording,
)
from leadwright.profile.privacy import consents, purposes, suppressions, wordings
from leadwright.profile.privacy.consents import Entry, State
from leadwright.ui import words as in_words
from leadwright.workspace import audit
from leadwright.workspace.access import allowed, user_of

HISTORY = 200
WAYS = ("by phone", "in a talk", "in writing", "at an event")


def contact_of(request: HttpRequest, contact_id: int) -> Contact:
    """A contact that the user may see, else 404."""
    return get_object_or_404(Contact.objects.visible_to(user_of(request)), pk=contact_id)


@require_safe
@allowed("profile.view_contact")
def contact_consent(request: HttpRequest, contact_id: int) -> HttpResponse:
    """What a contact allowed: state by purpose with wording and proof, the whole history, and what may be done."""
    contact = contact_of(request, contact_id)
    audit.saw(request, "contact", contact.pk)
    return _draw(request, contact)


def _draw(request: HttpRequest, contact: Contact, said: str = "", fault: str = "") -> HttpResponse:
    is_part = bool(request.headers.get("HX-Request"))
    context = _context(contact) | {"contact": contact, "said": said, "fault": fault, "ways": WAYS, "is_part": is_part}
    return render(request, "profile/_consent.html" if is_part else "profile/consent.html", context)


def _context(contact: Contact) -> dict[str, Any]:
    entries = list(
        ConsentRecord.objects.filter(contact=contact)
        .select_related("purpose", "version")
        .order_by("-at", "-pk")[:HISTORY]
    )
    gone = {each.proof.get("undoes") for each in entries if each.state == ConsentRecord.State.UNDONE}
    held = {each.purpose_id: each for each in Consent.objects.filter(contact=contact)}
    lines = []
    for purpose in Purpose.objects.order_by("-is_active", "position", "name"):
        now = held.get(purpose.pk)
        if not purpose.is_active and now is None:
            continue
        its_own = [each for each in entries if each.purpose_id == purpose.pk and each.pk not in gone]
        behind = next((each for each in its_own if now and each.state == now.state), None)
        lines.append({"purpose": purpose, "now": now, "entry": behind, "words": _words(purpose)})
    for each in entries:
        each.proofs = _proofs(each.proof)  # type: ignore[attr-defined]
        each.is_gone = each.pk in gone  # type: ignore[attr-defined]
    return {
        "lines": lines,
        "entries": entries,
        "suppressions": suppressions.of(contact.email_key),
        "preference": Preference.objects.filter(contact=contact).first(),
        "hold": LegalHold.objects.filter(contact=contact).first(),
        "requests": PrivacyRequest.objects.filter(contact=contact).order_by("-at")[:10],
        "now": clock.now(),
    }


def _words(purpose: Purpose) -> str:
    """The wording that was used last, else the purpose's own words."""
    last = Wording.objects.filter(purpose=purpose).order_by("-number").first()
    return last.text if last else wordings.of(purpose)


PROOFS = {
    "hit": "hit {}",
    "activity": "activity {}",
    "confirms": "the link of entry {} was confirmed",
    "lapses": "entry {} was never confirmed",
    "undoes": "entry {} counts as never written",
    "confirmed_at": "confirmed elsewhere {}",
    "by": "{}",
    "file": "file {}",
    "row": "row {}",
    "way": "told {}",
}


def _shown(value: Any) -> str:
    """A proof as people read it; a moment without its parts of a second."""
    found = parse_datetime(value) if isinstance(value, str) and len(value) > 18 else None
    return in_words.moment(found) if found else str(value)


def _proofs(proof: dict[str, Any]) -> list[str]:
    said = [words.format(_shown(proof[name])) for name, words in PROOFS.items() if proof.get(name)]
    return said + (["one click in a mail program (RFC 8058)"] if proof.get("one_click") else [])


class ConsentForm(forms.Form):
    """A consent that somebody gave or took back in a talk."""

    purpose = forms.ModelChoiceField(Purpose.objects.all())
    state = forms.ChoiceField(choices=[("granted", "granted"), ("withdrawn", "withdrawn")])
    wording = forms.CharField(max_length=5_000, required=False)
    way = forms.ChoiceField(choices=[(way, way) for way in WAYS], required=False)
    note = forms.CharField(max_length=400, required=False)

    def clean(self) -> dict[str, Any]:
        """Who allows something must have heard or read some words, and somebody must say how we know."""
        found = super().clean() or {}
        if found.get("state") == "granted" and not (found.get("wording") or "").strip():
            self.add_error("wording", "Write down the words that she agreed to.")
        if found.get("state") == "granted" and not (found.get("note") or "").strip():
            self.add_error("note", "Note when and how she said so: this is the proof.")
        if found.get("state") == "granted" and found.get("purpose") and not found["purpose"].is_active:
            self.add_error("purpose", "This purpose is retired; nobody can allow it any more.")
        return found


@require_POST
@allowed("profile.change_consent")
def contact_consent_record(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Write down what somebody said by phone or in a talk."""
    contact = contact_of(request, contact_id)
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return _answer(
            request, contact, fault=" ".join(str(error) for errors in form.errors.values() for error in errors)
        )
    told = form.cleaned_data
    entry = Entry(
        contact.pk,
        told["purpose"].pk,
        State(told["state"]),
        clock.now(),
        "console",
        told["wording"].strip() if told["state"] == "granted" else "",
        actor=str(user_of(request)),
        note=told["note"].strip(),
        proof={"way": told["way"]} if told["way"] else {},
    )
    made = consents.record([entry])
    audit.note(request, f"recorded a consent: {told['state']}", "contact", contact.pk, purpose=told["purpose"].pk)
    say = f"“{told['purpose']}” is {told['state']} from now on." if made else "It was so already; nothing was written."
    return _answer(request, contact, say)


def _answer(request: HttpRequest, contact: Contact, said: str = "", fault: str = "") -> HttpResponse:
    """The tab anew for htmx; else back to it, with a notice."""
    if request.headers.get("HX-Request"):
        return _draw(request, contact, said, fault)
    if fault:
        notices.error(request, fault)
    else:
        notices.success(request, said)
    return redirect("contact_consent", contact.pk)


@require_POST
@allowed("profile.delete_suppression")
def contact_lift(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Take the lines off the list that keep a contact's own address from being used."""
    contact = contact_of(request, contact_id)
    lines = [each for each in suppressions.of(contact.email_key) if each.kind != "domain"]
    asked = set(numbers.keys(request.POST.getlist("line")))
    try:
        count = suppressions.take_off(
            [each.pk for each in lines if each.pk in asked], request.POST.get("why", ""), request
        )
    except suppressions.NeedsReason as error:
        return _answer(request, contact, fault=str(error))
    return _answer(request, contact, "The address may be used again." if count else "It was not suppressed any more.")


@require_POST
@allowed("profile.add_suppression")
def contact_suppress(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Put a contact's address on the list, by hand."""
    contact = contact_of(request, contact_id)
    if not contact.email_key:
        return _answer(request, contact, fault="There is no address to suppress.")
    note = request.POST.get("why", "").strip()
    suppressions.add([contact.email_key], Suppression.Reason.MANUAL, "console", note=note, actor=str(user_of(request)))
    audit.note(request, "suppressed an address", "contact", contact.pk)
    return _answer(request, contact, "Nothing is sent to this address any more.")


@require_POST
@allowed("profile.change_legalhold")
def contact_hold(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Put a contact under a legal hold, or lift it; both with a reason."""
    contact = contact_of(request, contact_id)
    why = request.POST.get("why", "").strip()[:250]
    if not why:
        return _answer(request, contact, fault="Say why; the reason is kept in the trail.")
    if request.POST.get("do") == "lift":
        LegalHold.objects.filter(contact=contact).delete()
        audit.note(request, "lifted a legal hold", "contact", contact.pk, why=why)
        return _answer(request, contact, "The hold is lifted; retention and erasure apply again.")
    LegalHold.objects.update_or_create(
        contact=contact, defaults={"reason": why, "by": str(user_of(request))[:120], "since": clock.now()}
    )
    audit.note(request, "put under legal hold", "contact", contact.pk, why=why)
    return _answer(request, contact, "This contact is neither forgotten nor thinned out until the hold is lifted.")


@require_safe
@allowed("profile.view_purpose")
def purpose_list(request: HttpRequest) -> HttpResponse:
    """All purposes, with how many people allow each."""
    return render(request, "profile/purposes.html", {"purposes": purposes.listed()})


@allowed("profile.add_purpose")
def purpose_new(request: HttpRequest) -> HttpResponse:
    """A new purpose."""
    return _purpose_form(request, None)


@allowed("profile.change_purpose")
def purpose(request: HttpRequest, key: str) -> HttpResponse:
    """One purpose, with the wordings it was asked with."""
    return _purpose_form(request, get_object_or_404(Purpose, pk=key))


def _purpose_form(request: HttpRequest, found: Purpose | None) -> HttpResponse:
    form = purposes.PurposeForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        kept = purposes.keep(form)
        audit.note(
            request, "changed a purpose" if found else "made a purpose", "purpose", kept.pk, fields=form.changed_data
        )
        notices.success(request, f"“{kept}” is kept.")
        return redirect("purposes")
    context = {
        "form": form,
        "purpose": found,
        "wordings": Wording.objects.filter(purpose=found).order_by("-number")[:50] if found else [],
        "is_on_record": found is not None and purposes.is_on_record(found),
    }
    return render(request, "profile/purpose.html", context)


@require_POST
@allowed("profile.change_purpose")
def purpose_retire(request: HttpRequest, key: str) -> HttpResponse:
    """Retire a purpose, take it back, or remove one that nobody was ever asked for."""
    found = get_object_or_404(Purpose, pk=key)
    match request.POST.get("do"):
        case "remove" if not purposes.is_on_record(found):
            found.delete()
            audit.note(request, "removed a purpose", "purpose", key)
            notices.success(request, f"“{found}” is gone; nobody had been asked for it.")
            return redirect("purposes")
        case "remove":
            notices.error(request, "People were asked for it, so it stays on record. Retire it instead.")
        case "retire":
            Purpose.objects.filter(pk=key).update(is_active=False)
            audit.note(request, "retired a purpose", "purpose", key)
            notices.success(request, f"“{found}” is retired: nobody is asked for it any more, and it stays on record.")
        case "revive":
            Purpose.objects.filter(pk=key).update(is_active=True)
            audit.note(request, "took a purpose back", "purpose", key)
            notices.success(request, f"“{found}” can be asked for again.")
    return redirect("purpose", key)
