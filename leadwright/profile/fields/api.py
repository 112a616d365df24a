"""Custom fields over the API."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import BaseModel, ConfigDict, Field

from leadwright.kit import repeats
from leadwright.profile.fields import definitions, values
from leadwright.profile.models import CustomField
from leadwright.workspace import audit, keys

router = Router()

Kind = Literal[
    "text", "long_text", "number", "money", "date", "moment", "yes_no", "choice", "choices", "url", "email", "phone",
    "country", "user",
]  # fmt: skip
Of = Literal["contact", "company"]


class FieldChange(BaseModel):
    """What is told of a field. Options are labels, or documents with `key`, `label`, `is_retired`: an option that is
    told with its key and another label is renamed; one that is not told any more is retired."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[str | None, Field(max_length=80)] = None
    kind: Kind | None = None
    options: list[str | dict[str, Any]] | None = None
    help: Annotated[str | None, Field(max_length=250)] = None
    group: Annotated[str | None, Field(max_length=80)] = None
    is_personal: bool | None = None
    is_required: bool | None = None
    is_unique: bool | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    longest: Annotated[int | None, Field(ge=1, le=10_000)] = None
    pattern: Annotated[str | None, Field(max_length=200)] = None
    says: Annotated[str | None, Field(max_length=200)] = None
    is_retired: bool | None = None
    position: Annotated[int | None, Field(ge=0, le=1_000)] = None


class FieldIn(FieldChange):
    """A new field. Without a key, one is made of the label."""

    of: Of = "contact"
    key: Annotated[str, Field(max_length=60)] = ""


class FieldsAsked(Schema):
    """Which fields: of contacts, of companies, or both."""

    of: Of | None = None


def document(made: CustomField) -> dict[str, Any]:
    """A field as the API tells it."""
    return {
        "id": made.pk,
        "of": made.of,
        "key": made.key,
        "label": made.label,
        "kind": made.kind,
        "options": made.options,
        "help": made.help,
        "group": made.group,
        "position": made.position,
        "is_personal": made.is_personal,
        "is_required": made.is_required,
        "is_unique": made.is_unique,
        "lowest": made.lowest,
        "highest": made.highest,
        "longest": made.longest,
        "pattern": made.pattern,
        "says": made.says,
        "is_retired": made.retired_at is not None,
        "created_at": made.created_at,
        "updated_at": made.updated_at,
    }


def _one(field_id: int) -> CustomField:
    return get_object_or_404(CustomField, pk=field_id, going_at=None)


@router.get("/fields", tags=["Fields"], summary="Custom fields of contacts and companies, in their order")
@keys.scope("read", "profile.view_contact")
def list_fields(request: HttpRequest, asked: Query[FieldsAsked]) -> dict[str, Any]:
    """All at once: there are at most some hundreds."""
    found = CustomField.objects.filter(going_at=None, **({"of": asked.of} if asked.of else {}))
    return {"items": [document(each) for each in found.order_by("of", "position", "pk")], "next": None}


@router.post("/fields", tags=["Fields"], summary="Define a custom field", response={201: dict[str, Any]})
@keys.scope("admin", "profile.add_customfield")
@repeats.once
def create_field(request: HttpRequest, told: FieldIn) -> Any:
    """The key lasts; values that stand under it already are brought into the field's form in the background."""
    if not told.label or not told.kind:
        raise HttpError(422, f"Give a field its label and its kind: {', '.join(values.KINDS)}.")
    given = _settings(told)
    try:
        made = definitions.make(told.of, told.label, told.kind, told.key, told.options or [], **given)
    except definitions.NotKept as error:
        raise HttpError(409 if "already" in str(error) else 422, str(error)) from None
    _place(made, told)
    audit.note(request, "added", "field", made.pk, key=made.key, of=made.of)
    return Status(201, document(_one(made.pk)))


def _settings(told: FieldChange) -> dict[str, Any]:
    return told.model_dump(exclude_unset=True, include=set(definitions.SETTINGS) - {"label", "kind"})


def _place(made: CustomField, told: FieldChange) -> None:
    if told.is_retired is not None and told.is_retired != (made.retired_at is not None):
        definitions.retire(made, back=not told.is_retired)
    if told.position is not None:
        definitions.move(made, told.position - _rank(made))


def _rank(made: CustomField) -> int:
    others = (
        CustomField.objects.filter(of=made.of, going_at=None).order_by("position", "pk").values_list("pk", flat=True)
    )
    return list(others).index(made.pk)


@router.get("/fields/{field_id}", tags=["Fields"], summary="One custom field")
@keys.scope("read", "profile.view_contact")
def get_field(request: HttpRequest, field_id: int) -> dict[str, Any]:
    """A field."""
    return document(_one(field_id))


@router.patch("/fields/{field_id}", tags=["Fields"], summary="Change a custom field")
@keys.scope("admin", "profile.change_customfield")
@repeats.once
def change_field(request: HttpRequest, field_id: int, told: FieldChange) -> dict[str, Any]:
    """Only what is told changes; the key stays. A new kind is put on the values in the background."""
    made = _one(field_id)
    given = _settings(told) | told.model_dump(exclude_unset=True, exclude_none=True, include={"label", "kind"})
    try:
        definitions.change(made, told.options, **given)
    except definitions.NotKept as error:
        raise HttpError(422, str(error)) from None
    _place(made, told)
    audit.note(request, "changed", "field", made.pk, fields=sorted(given))
    return document(_one(made.pk))


@router.delete("/fields/{field_id}", tags=["Fields"], summary="Take a custom field and its values away")
@keys.scope("admin", "profile.delete_customfield")
@repeats.once
def delete_field(request: HttpRequest, field_id: int) -> dict[str, Any]:
    """Answers how many values go; they stay among the earlier values of their records. Retiring keeps them in place."""
    made = _one(field_id)
    count = definitions.filled(made)
    definitions.delete(made)
    audit.note(request, "deleted", "field", field_id, key=made.key, of=made.of, values=count)
    return {"id": field_id, "values": count}
