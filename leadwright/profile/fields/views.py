"""The screens of custom fields, under Settings > Fields."""

import csv
from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from leadwright.kit import sheets
from leadwright.profile.fields import definitions, values
from leadwright.profile.models import Company, Contact, CustomField, Of
from leadwright.workspace import audit
from leadwright.workspace.access import allowed, user_of


class FieldForm(forms.ModelForm[CustomField]):
    """A custom field. Options are written one a line; those that are there are renamed in their own inputs."""

    new_options = forms.CharField(
        label="Options",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One a line. Leave it empty and they are made of the values that are there already.",
    )

    class Meta:
        model = CustomField
        fields = (
            "label",
            "key",
            "kind",
            "group",
            "help",
            "new_options",
            "lowest",
            "highest",
            "longest",
            "pattern",
            "says",
            "is_required",
            "is_unique",
            "is_personal",
        )
        labels: ClassVar = {
            "label": "Name",
            "longest": "Most characters",
            "pattern": "Pattern (regular expression)",
            "says": "What it says of values that do not fit",
            "is_personal": "Personal data: shown only to roles that may see it",
            "is_required": "Required when a record is written in the console",
            "is_unique": "Unique: no two records have the same value",
        }
        help_texts: ClassVar = {
            "key": "For files, forms, mails and the API. It stays as it is; leave it empty and it is made of the name.",
            "group": "A heading under which the page shows it, such as Contract.",
            "help": "One sentence for whoever fills it.",
            "says": "One sentence, such as: A customer number begins with C.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].required = False
        if self.instance.pk:
            del self.fields["key"]
            self.fields["new_options"].label = "More options"
            self.fields["new_options"].help_text = "One a line."
        for name in ("kind",):
            self.fields[name].widget.attrs["data-lw-kind"] = ""

    @property
    def basic(self) -> list[forms.BoundField]:
        """What every field has."""
        return [self[name] for name in ("label", "key", "kind", "group", "help") if name in self.fields]

    @property
    def limits(self) -> list[forms.BoundField]:
        """What values must keep to."""
        return [self[name] for name in ("lowest", "highest", "longest", "pattern", "says")]

    @property
    def flags(self) -> list[forms.BoundField]:
        """Yes or no."""
        return [self[name] for name in ("is_required", "is_unique", "is_personal")]

    def told(self) -> dict[str, Any]:
        """The settings as `fields` takes them."""
        return {
            name: value for name, value in self.cleaned_data.items() if name in definitions.SETTINGS - {"label", "kind"}
        }

    def validate_unique(self) -> None:
        """`fields.make` says it in better words."""


def _of(request: HttpRequest) -> str:
    return "company" if request.GET.get("of") == "company" else "contact"


@allowed("profile.view_customfield")
def index(request: HttpRequest) -> HttpResponse:
    """All fields of contacts or of companies, in the order in which pages show them."""
    of = _of(request)
    context = _listed(request, of) | {"tabs": [(value, label, value == of) for value, label in Of.choices]}
    return render(request, "profile/fields.html", context)


def _listed(request: HttpRequest, of: str) -> dict[str, Any]:
    rows = CustomField.objects.filter(of=of, going_at=None).order_by("position", "pk")
    return {
        "of": of,
        "live": [each for each in rows if not each.retired_at],
        "retired": [each for each in rows if each.retired_at],
        "may_change": request.user.has_perm("profile.change_customfield"),
    }


@allowed("profile.view_customfield")
def strangers(request: HttpRequest) -> HttpResponse:
    """Values that came in under names that nobody has described."""
    return render(
        request, "profile/_strangers.html", {"of": _of(request), "strangers": definitions.strangers(_of(request))}
    )


@allowed("profile.add_customfield")
def new(request: HttpRequest) -> HttpResponse:
    """Define a field."""
    of = _of(request)
    given = {"key": request.GET.get("key", ""), "kind": request.GET.get("kind", "text")}
    if given["key"]:
        given["label"] = given["key"].replace("_", " ").capitalize()
    form = FieldForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            made = definitions.make(
                of, told["label"], told["kind"], told["key"], _lines(told["new_options"]), **form.told()
            )
        except definitions.NotKept as error:
            _blame(form, error)
        else:
            audit.note(request, "added", "field", made.pk, key=made.key, of=of)
            messages.success(
                request,
                f"The field “{made}” is there. Its values stand on every page of {made.get_of_display().lower()}.",
            )
            return redirect(f"{reverse('fields')}?of={of}")
    return render(request, "profile/field.html", {"form": form, "of": of, "title": "New field", "made": None})


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _blame(form: FieldForm, error: definitions.NotKept) -> None:
    for name, sentence in error.wrong.items():
        form.add_error(
            {"options": "new_options"}.get(name, name) if name in (*form.fields, "options") else None, sentence
        )


@allowed("profile.change_customfield")
def edit(request: HttpRequest, field_id: int) -> HttpResponse:
    """Change a field; its key stays."""
    made = get_object_or_404(CustomField, pk=field_id, going_at=None)
    before = made.kind
    form = FieldForm(request.POST or None, instance=made)
    if request.method == "POST" and form.is_valid():
        told, kept = form.cleaned_data, CustomField.objects.get(pk=made.pk)
        settings = form.told() | {"label": told["label"], "kind": told["kind"]}
        try:
            definitions.change(kept, _options(request, kept, told["new_options"]), **settings)
        except definitions.NotKept as error:
            _blame(form, error)
        else:
            audit.note(request, "changed", "field", made.pk, fields=form.changed_data)
            tail = (
                ""
                if told["kind"] == before
                else " Its values are being brought into the new form; what does not fit stays as it was."
            )
            messages.success(request, f"The field “{kept}” is kept.{tail}")
            return redirect(f"{reverse('fields')}?of={made.of}")
    context = {"form": form, "of": made.of, "title": made.label, "made": made, "options": made.options}
    return render(request, "profile/field.html", context)


def _options(request: HttpRequest, made: CustomField, more: str) -> list[Any]:
    """The options as their inputs say: in order, renamed, retired; then the new ones."""
    told = []
    for number, each in enumerate(made.options):
        label = request.POST.get(f"option-{number}", each["label"])
        told.append({"key": each["key"], "label": label, "is_retired": request.POST.get(f"retired-{number}") == "on"})
    order = {key: place for place, key in enumerate(request.POST.getlist("order"))}
    told.sort(key=lambda each: order.get(each["key"], len(order)))
    return [*told, *_lines(more)]


@require_POST
@allowed("profile.change_customfield")
def arrange(request: HttpRequest, field_id: int) -> HttpResponse:
    """Move a field up or down by one, or to the place where it was dropped."""
    made = get_object_or_404(CustomField, pk=field_id, going_at=None)
    if order := [key for key in request.POST.get("order", "").split(",") if key]:
        definitions.arrange(made.of, order)
    else:
        definitions.move(made, -1 if request.POST.get("step") == "up" else 1)
    if request.headers.get("HX-Request"):
        return render(request, "profile/_fields.html", _listed(request, made.of))
    return redirect(f"{reverse('fields')}?of={made.of}")


@require_POST
@allowed("profile.change_customfield")
def retire(request: HttpRequest, field_id: int) -> HttpResponse:
    """Take a field out of use, or into it again."""
    made = get_object_or_404(CustomField, pk=field_id, going_at=None)
    back = request.POST.get("back") == "1"
    definitions.retire(made, back=back)
    audit.note(request, "took up" if back else "retired", "field", made.pk, key=made.key)
    said = "is in use again." if back else "is retired: nobody is asked for it any more, and its values stay."
    messages.success(request, f"The field “{made}” {said}")
    return redirect(f"{reverse('fields')}?of={made.of}")


@allowed("profile.delete_customfield")
def delete(request: HttpRequest, field_id: int) -> HttpResponse:
    """Take a field and its values away, after a page that names how many they are and offers them as a file."""
    made = get_object_or_404(CustomField, pk=field_id, going_at=None)
    if request.method == "POST":
        audit.note(request, "deleted", "field", made.pk, key=made.key, of=made.of)
        definitions.delete(made)
        messages.success(request, f"The field “{made}” is gone. Its values stay in the history of their records.")
        return redirect(f"{reverse('fields')}?of={made.of}")
    return render(request, "profile/field_delete.html", {"made": made, "count": definitions.filled(made)})


@allowed("profile.delete_customfield")
def export(request: HttpRequest, field_id: int) -> HttpResponseBase:
    """A field's values as a CSV file, streamed."""
    made = get_object_or_404(CustomField, pk=field_id, going_at=None)
    audit.note(request, "exported", "field", made.pk, key=made.key)
    defined = definitions.define(made)
    answer = StreamingHttpResponse(_csv(request, made, defined), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{made.of}-{made.key}.csv"'
    return answer


class _Echo:
    def write(self, line: str) -> str:
        return line


def _csv(request: HttpRequest, made: CustomField, defined: values.Definition) -> Iterator[str]:
    writer = csv.writer(_Echo())
    model: Any = Contact if made.of == "contact" else Company
    named = "email" if made.of == "contact" else "domain"
    yield "\ufeff" + writer.writerow(["id", named, made.label])
    rows = model.objects.visible_to(user_of(request)).filter(custom__has_key=made.key).order_by("pk")
    for row in rows.only("pk", named, "custom").iterator(chunk_size=2_000):
        told = [row.pk, getattr(row, named) or "", values.words(defined, row.custom[made.key])]
        yield writer.writerow([sheets.harmless(str(each)) for each in told])
