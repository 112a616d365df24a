"""Purposes: what people can allow. One that is on record is retired and never deleted."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Count
from django.utils.text import slugify

from leadwright.profile.models import Consent, ConsentRecord, Purpose


class PurposeForm(forms.ModelForm[Purpose]):
    """A purpose, as people read it on forms, in mails and on the preference page."""

    class Meta:
        model = Purpose
        fields = ("name", "description", "double_opt_in", "position")
        labels: ClassVar = {"double_opt_in": "Ask for a confirmation by mail", "position": "Place in the list"}
        help_texts: ClassVar = {
            "name": "Such as “Newsletter”. People read it in mails and on their preference page.",
            "description": "What they get and how often, in one sentence.",
            "double_opt_in": "Nobody gets a mail before she has confirmed that the address is hers.",
            "position": "Small numbers come first.",
        }

    def clean_name(self) -> str:
        """Told apart by name."""
        name: str = self.cleaned_data["name"].strip()
        if Purpose.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is a purpose of this name; choose another, or change that one.")
        return name


def keep(form: PurposeForm) -> Purpose:
    """Make or change a purpose; a new one gets a key that stays with it for ever."""
    purpose: Purpose = form.save(commit=False)
    if not purpose.pk:
        purpose.key = _free_key(purpose.name)
    purpose.save()
    return purpose


def _free_key(name: str) -> str:
    base = slugify(name)[:32] or "purpose"
    taken = set(Purpose.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(key for key in (base, *(f"{base}-{n}" for n in range(2, 1000))) if key not in taken)


STATES = ("granted", "pending", "withdrawn")


def listed() -> list[Any]:
    """All purposes in their order, with how many hold which state now, and how many wordings they were asked with.

    One pass over what is allowed now; joined and told apart by purpose it took six times as long at 500,000.
    """
    rows = Consent.objects.order_by().values_list("purpose_id", "state").annotate(Count("pk"))
    found = {(purpose, state): number for purpose, state, number in rows}
    purposes: list[Any] = list(
        Purpose.objects.annotate(versions=Count("wordings")).order_by("-is_active", "position", "name")
    )
    for purpose in purposes:
        for state in STATES:
            setattr(purpose, f"is_{state}", found.get((purpose.pk, state), 0))
    return purposes


def is_on_record(purpose: Purpose) -> bool:
    """Whether anybody was ever asked for it."""
    return (
        ConsentRecord.objects.filter(purpose=purpose).exists()
        or Consent.objects.filter(purpose=purpose).exists()
        or bool(_uses(purpose))
    )


def _uses(purpose: Purpose) -> int:
    """How many other records, of whatever stage, refer to it."""
    return sum(
        relation.related_model._base_manager.filter(**{relation.field.name: purpose}).count()  # noqa: SLF001
        for relation in Purpose._meta.related_objects
    )
