"""The import wizard: upload, mapping, preview, run with progress, result with rejects and undo."""

import re
import tempfile
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadwright.attract.models import Campaign
from leadwright.capture.imports import cells, mappings, rejects, runs, saved, statements, tables, undos
from leadwright.capture.imports.files import text
from leadwright.capture.imports.kinds import Kind
from leadwright.capture.models import Import, ImportReject, SavedMapping
from leadwright.kit.registries import IMPORT_KINDS
from leadwright.ui.lists import Choice, Column, Empty, List, View
from leadwright.workspace import audit, settings
from leadwright.workspace.access import allowed, user_of
from leadwright.workspace.models import User

STATE_TAGS = {
    "done": "good",
    "looking": "first",
    "failed": "bad",
    "running": "first",
    "undoing": "first",
    "undone": "warn",
}

IMPORTS = List(
    name="imports",
    title="Imports",
    rows=lambda request: Import.objects.select_related("user").defer("preview", "report", "mapping"),
    columns=(
        Column("file", "File", "file_name"),
        Column("kind", "As", "kind"),
        Column("state", "State", lambda imported: imported.get_state_display()),
        Column("rows", "Rows", "rows", kind="number"),
        Column("created", "Made", "created", kind="number"),
        Column("updated", "Changed", "updated", kind="number"),
        Column("rejected", "Refused", "rejected", kind="number"),
        Column("user", "By", "user"),
        Column("at", "When", "created_at", kind="ago"),
    ),
    link=lambda imported: f"/app/imports/{imported.pk}/",
    filters=(Choice("kind", "As", "kind", lambda request: [(key, key) for key, _ in IMPORT_KINDS.items()]),),
    views=(View("All"),),
    buttons=(
        ("Import a file", "imports_new", "capture.add_import"),
        ("Saved mappings", "imports_saved", "capture.view_savedmapping"),
    ),
    empty=Empty(
        "No imports yet",
        "Bring contacts or leads from a file. You see every change before it is made, and can take all of it back.",
        "Import a file",
        "imports_new",
    ),
)


@allowed("capture.view_import")
def index(request: HttpRequest) -> HttpResponseBase:
    """All imports, latest first."""
    return IMPORTS.respond(request)


def _kinds(request: HttpRequest) -> list[Kind]:
    return [kind for kind in IMPORT_KINDS if request.user.has_perm(kind.permission)]


@require_http_methods(["GET", "POST"])
@allowed("capture.add_import")
def new(request: HttpRequest, kind: str = "") -> HttpResponseBase:
    """Upload a file; `kind` is what was being looked at."""
    wrong: list[str] = []
    if request.method == "POST":
        try:
            return _upload(request)
        except mappings.BadMapping as error:
            wrong = error.faults
        except (runs.CannotImport, tables.Unreadable) as error:
            wrong = [str(error)]
    context = {"kinds": _kinds(request), "chosen": request.POST.get("kind") or kind, "wrong": wrong}
    suffixes = ",".join(tables.SUFFIXES)
    return render(request, "capture/imports/new.html", context | {"suffixes": suffixes}, status=422 if wrong else 200)


def _upload(request: HttpRequest) -> HttpResponseBase:
    kind = next((each for each in _kinds(request) if each.key == request.POST.get("kind")), None)
    if kind is None:
        raise runs.CannotImport("Choose what the rows of the file are.")
    file = request.FILES.get("file")
    if file is None or not file.name:
        raise runs.CannotImport("Choose a file.")
    if (file.size or 0) > runs.LARGEST_UPLOAD_BYTES:
        raise runs.CannotImport("The file is larger than 2 GB. Split it, or import it from the command line.")
    imported = runs.keep(kind, file.name, file.file, user_of(request))  # type: ignore[arg-type]
    try:
        table = tables.open_as(runs.file_of(imported))
        given = _given_mapping(request, kind)
        known = None if given else saved.proposed(kind, table)
        guessed = runs.guess(kind, table) | {"time_zone": settings.current().time_zone}
        raw = guessed | given if given else saved.fitted(known, guessed, table) if known else guessed
    except (tables.Unreadable, mappings.BadMapping):
        runs.drop_file(imported)
        imported.delete()
        raise
    imported.mapping = raw
    imported.preview = {"columns": table.columns, "form": table.form, "known": known.pk if known else None}
    imported.save(update_fields=["mapping", "preview"])
    audit.note(request, "import.upload", "import", imported.pk, file=imported.file_name, kind=kind.key)
    return redirect("imports_map", imported.pk)


def _given_mapping(request: HttpRequest, kind: Kind) -> dict[str, Any]:
    file = request.FILES.get("mapping")
    if file is None:
        return {}
    raw = mappings.parse(file.read(1 << 20), file.name or "mapping")
    if raw.get("kind", kind.key) != kind.key:
        raise mappings.BadMapping([f"The mapping is for {raw['kind']}; you chose {kind.label}."])
    return raw


# ── Mapping ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Line:
    """A column of the file on the mapping page."""

    number: int
    column: str
    samples: list[str]
    field: str
    extra: str  # what a mapping file says besides, in words
    formats: list[str]
    format: str
    update: str
    is_other: bool  # a custom field that nobody has described


def _lines(raw: dict[str, Any], kind: Kind, table: tables.Table) -> list[Line]:
    own = kind.own()
    sample = table.sample(50)
    moments = {each.name for each in kind.fields if each.is_moment}
    lines = []
    for number, column in enumerate(table.columns):
        found = [row[number] for _, row in sample if number < len(row) and row[number].strip()]
        target = statements.own(raw.get("columns", {}).get(column))
        first = target[0] if target else None
        field = first.get("to", "") if isinstance(first, dict) else (first or "")
        form = str(first.get("format") or "") if isinstance(first, dict) else ""
        also = [t if isinstance(t, str) else t["to"] for t in target[1:]]
        extra = [f"also fills {', '.join(also)}"] if also else []
        if isinstance(first, dict) and first.get("values"):
            extra.append(f"translates {len(first['values'])} values")
        shown = list(dict.fromkeys(value[:60] for value in found))[:3]
        formats = (
            cells.date_formats(found) if found and (field in moments or len(cells.date_formats(found)) > 0) else []
        )
        if form and form not in formats:
            formats = [form, *formats]
        update = str(first.get("update") or "") if isinstance(first, dict) else ""
        is_other = field.startswith("custom.") and field not in own
        lines.append(Line(number, column, shown, field, "; ".join(extra), formats, form, update, is_other))
    return lines


def _slug(column: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")[:60]
    return slug if slug[:1].isalpha() else f"column_{slug}"[:60]


WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
READING = ("sheet", "delimiter", "encoding", "header_row")


def _reading(request: HttpRequest, raw: dict[str, Any]) -> dict[str, Any]:
    """The mapping with how the file is to be read, as the page's form says."""
    told = {name: request.POST.get(name, "") for name in READING if name in request.POST}
    return {name: value for name, value in (raw | told).items() if name not in READING or value not in ("", "0")}


def _own_field(request: HttpRequest, kind: Kind, column: str, found: list[str]) -> str:
    """The custom field that a column becomes: made for it, where the user may make one."""
    key = f"custom.{_slug(column)}"
    if kind.define and key not in kind.own() and request.user.has_perm("profile.add_customfield"):
        return kind.define(column, cells.kind_of(found)) or key
    return key


def _answered(
    request: HttpRequest, raw: dict[str, Any], kind: Kind, table: tables.Table
) -> tuple[dict[str, Any], list[str]]:
    """The mapping as the page's form says, and what is still to be said.

    What a mapping file said about a column stays where its field stays.
    """
    raw = statements.without(raw)
    before = raw.get("columns", {})
    sample = table.sample()
    columns: dict[str, Any] = {}
    for number, column in enumerate(table.columns):
        field = request.POST.get(f"field-{number}", "")
        if field == "custom":
            field = _own_field(request, kind, column, [row[number] for _, row in sample if number < len(row)])
        if not field:
            continue
        old = before.get(column)
        first = mappings.as_list(old)[0]
        old_field = first.get("to") if isinstance(first, dict) else first
        entry = old if old_field == field and old is not None else field
        form = request.POST.get(f"format-{number}", "")
        if form:
            entry = (entry if isinstance(entry, dict) else {"to": field}) | {"format": form}
        update = request.POST.get(f"update-{number}", "")
        if update or (isinstance(entry, dict) and entry.get("update")):
            entry = (entry if isinstance(entry, dict) else {"to": field}) | {"update": update}
        columns[column] = entry
    answered = {key: value for key, value in raw.items() if key not in ("columns", "update", "match", "country")}
    answered |= {
        "columns": columns,
        "update": request.POST.get("update", "overwrite"),
        "match": request.POST.get("match", ""),
        "time_zone": request.POST.get("time_zone", "").strip() or "UTC",
        "country": request.POST.get("country", "").strip().upper(),
        "constants": _constants(request, raw, kind),
        "create": request.POST.get("create") == "1",
    }
    if not answered["constants"]:
        del answered["constants"]
    return statements.read(request.POST, {key: value for key, value in answered.items() if value != ""}, kind, table)


def _constants(request: HttpRequest, raw: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """The values for every row: those that the page's form gives, and what a mapping file said of other fields."""
    constants = dict(raw.get("constants") or {})
    for name in WHOLE:
        if any(each.name == name for each in kind.fields) and f"all-{name}" in request.POST:
            value = request.POST.get(f"all-{name}", "").strip()
            constants |= {name: value}
    return {name: value for name, value in constants.items() if value != ""}


def _mine(request: HttpRequest, import_id: int) -> tuple[Import, Kind]:
    """An import and its kind, where the user may import such records; 404 otherwise."""
    imported = get_object_or_404(Import, pk=import_id)
    kind = runs.kind_of(imported.kind)
    if not request.user.has_perm(kind.permission):
        raise Http404
    return imported, kind


@require_http_methods(["GET", "POST"])
@allowed("capture.add_import")
def mapping(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """Say which column fills which field; answers with the preview."""
    imported, kind = _mine(request, import_id)
    if imported.state not in runs.OPEN:
        return redirect("imports_one", imported.pk)
    raw, wrong = imported.mapping, []
    try:
        table = tables.open_as(runs.file_of(imported), raw)
        if request.POST.get("deed") == "read":
            return _read_anew(request, imported, kind, raw)
        if request.POST.get("deed") == "use":
            return _use_mapping(request, imported, kind, table)
        if request.method == "POST":
            raw, unsaid = _answered(request, raw, kind, table)
            if unsaid:
                raise mappings.BadMapping(unsaid)
            runs.ask_for_preview(imported, raw)
            _keep_mapping(request, imported, table)
            if runs.is_looked_through_at_once(imported):
                runs.show(imported)
            return redirect("imports_one", imported.pk)
    except mappings.BadMapping as error:
        wrong = error.faults
    except (tables.Unreadable, runs.CannotImport) as error:
        messages.error(request, str(error))
        return redirect("imports_new")
    context = {
        "imported": imported,
        "kind": kind,
        "table": table,
        "raw": raw,
        "update": raw.get("update", "overwrite"),
        "match": raw.get("match", kind.matches[0]),
        "create": raw.get("create", True),
        "lines": _lines(raw, kind, table),
        "stated": statements.draw(raw, kind, table, request.POST if wrong else None),
        "hinted": [] if mappings.has_statements(raw) else statements.hints(table.columns),
        "wrong": [re.sub(r" \(consent\.[^)]*\)", "", fault) for fault in wrong],
        "own": kind.own().values(),
        "encodings": [(name, text.in_words(name)) for name in text.ENCODINGS],
        "delimiters": [("tab" if sign == "\t" else sign, words) for sign, words in text.DELIMITERS.items()],
        "is_text": bool(table.delimiter),
        "head": [(number, row[:12], number == table.header_row) for number, row in table.head[:8]],
        "known": _known(imported),
        "saved": saved.offered(kind),
        "keep_as": request.POST.get("keep_as", ""),
        "whole": _whole(raw, kind),
    }
    return render(request, "capture/imports/mapping.html", context, status=422 if wrong else 200)


WHOLE = ("campaign", "source", "channel", "owner")  # what is often the same for every row of a file


@dataclass(frozen=True)
class Whole:
    """A field that may have one value for the whole file, on the mapping page."""

    name: str
    label: str
    help: str
    value: str
    options: list[str]


def _whole(raw: dict[str, Any], kind: Kind) -> list[Whole]:
    constants = raw.get("constants") or {}
    found = []
    for each in kind.fields:
        if each.name in WHOLE:
            value = str(constants.get(each.name) or "")
            options = list(each.options()) if each.options else []
            if options and value and value not in options:
                options.insert(0, value)
            if options or each.options is None:
                found.append(Whole(each.name, each.label, each.help, value, options))
    return found


def _known(imported: Import) -> SavedMapping | None:
    """The saved mapping that filled the page in."""
    number = imported.preview.get("known")
    return SavedMapping.objects.filter(pk=number).first() if isinstance(number, int) else None


def _keep_mapping(request: HttpRequest, imported: Import, table: tables.Table) -> None:
    """Keep the mapping under the name that the page's form gives, if any."""
    name = request.POST.get("keep_as", "").strip()
    if name:
        kept = saved.keep(imported, table.columns, name, user_of(request))
        audit.note(request, "import.keep_mapping", "mapping", kept.pk, name=kept.name)
        messages.success(request, f"The mapping is kept as “{kept.name}”.")


def _use_mapping(request: HttpRequest, imported: Import, kind: Kind, table: tables.Table) -> HttpResponseBase:
    """Fill the page in from another mapping, or as it is guessed; how the file is read stays."""
    guessed = runs.guess(kind, table) | {"time_zone": settings.current().time_zone}
    number = request.POST.get("saved", "")
    chosen = SavedMapping.objects.filter(kind=kind.key, pk=int(number)).first() if number.isdigit() else None
    reading = {name: imported.mapping[name] for name in saved.READING if name in imported.mapping}
    imported.mapping = (saved.fitted(chosen, guessed, table) if chosen else guessed) | reading
    imported.preview = {"columns": table.columns, "form": table.form, "known": chosen.pk if chosen else None}
    imported.state = Import.State.UPLOADED
    imported.save(update_fields=["mapping", "preview", "state"])
    return redirect("imports_map", imported.pk)


def _read_anew(request: HttpRequest, imported: Import, kind: Kind, raw: dict[str, Any]) -> HttpResponseBase:
    """Read the file in another way, and guess its columns anew; what cannot be read is said and the old way stays."""
    told = _reading(request, raw)
    try:
        table = tables.open_as(runs.file_of(imported), told)
    except tables.Unreadable as error:
        messages.error(request, str(error))
        return redirect("imports_map", imported.pk)
    kept = {column: target for column, target in raw.get("columns", {}).items() if column in table.columns}
    guessed = runs.guess(kind, table)["columns"]
    imported.mapping = told | {"columns": kept if len(kept) >= len(guessed) else guessed}
    imported.preview = {"columns": table.columns, "form": table.form}
    imported.state = Import.State.UPLOADED
    imported.save(update_fields=["mapping", "preview", "state"])
    return redirect("imports_map", imported.pk)


@require_GET
@allowed("capture.view_import")
def mapping_file(request: HttpRequest, import_id: int) -> HttpResponse:
    """The mapping as a file, to be used again."""
    imported = get_object_or_404(Import, pk=import_id)
    answer = HttpResponse(mappings.dump(imported.mapping), content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="mapping-{imported.pk}.yaml"'
    return answer


# ── One import ────────────────────────────────────────────────────────────────────────────────────────────────────────


# What the preview calls by the column that it fills.
ALSO = {
    "owner_id": "Owner",
    "campaign_id": "Campaign",
    "first_campaign": "Campaign",
    "first_source": "Source",
    "first_channel": "Channel",
    "email": "E-mail address",
}


def _worded(example: dict[str, Any], labels: dict[str, str], names: dict[str, dict[str, str]]) -> dict[str, Any]:
    """An example of the preview with its fields and what they refer to in words."""
    changes = [
        [
            labels.get(name, name.removeprefix("custom.")),
            *(names.get(name, {}).get(str(each), each) for each in (old, new)),
        ]
        for name, old, new in example["changes"]
    ]
    return example | {"changes": changes}


def _names_of(preview: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The names of the users and campaigns that a preview refers to by number."""
    told = {
        name for each in preview.get("examples", {}).values() for one in each for name, *_ in one.get("changes", ())
    }
    found: dict[str, dict[str, str]] = {}
    if "owner_id" in told:
        found["owner_id"] = {str(user.pk): str(user) for user in User.objects.all()}
    if told & {"first_campaign", "campaign_id"}:
        campaigns = {str(campaign.pk): campaign.name for campaign in Campaign.objects.all()}
        found |= {"first_campaign": campaigns, "campaign_id": campaigns}
    return found


def _shown(cells_of: list[str]) -> str:
    """A row of the file on one line, without its blanks."""
    return " · ".join(cell for cell in cells_of if cell.strip())


def _refusals(imported: Import) -> list[ImportReject]:
    found = list(imported.rejects.filter(is_warning=False).order_by("row_number")[:10])
    for each in found:
        each.shown = _shown(each.cells)  # type: ignore[attr-defined]
    return found


def _context(request: HttpRequest, imported: Import) -> dict[str, Any]:
    kind = runs.kind_of(imported.kind)
    labels = {each.name: each.label for each in kind.fields} | ALSO
    names = _names_of(imported.preview)
    done, total = imported.done_rows, imported.rows
    if imported.state == Import.State.LOOKING:
        done, total = imported.preview.get("seen_rows", 0), imported.preview.get("rows", 0)
    if imported.state == Import.State.UNDOING:
        total = imported.created + imported.updated
        done = min(total, imported.report.get("deleted", 0) + imported.report.get("restored", 0))
    examples = imported.preview.get("examples", {})
    return {
        "imported": imported,
        "kind": kind,
        "preview": imported.preview,
        "consents": _outcomes(imported, kind),
        "is_book": rejects.ending(imported) == "xlsx",
        "updates": [_worded(each, labels, names) for each in examples.get("updated", [])],
        "created": [_worded(each, labels, names) for each in examples.get("created", [])],
        "refused": [each | {"shown": _shown(each["cells"])} for each in examples.get("rejected", [])],
        "repeated": [each | {"shown": _shown(each["cells"])} for each in examples.get("duplicates", [])],
        "taken": imported.done_rows - imported.rejected,
        "is_busy": imported.state in (Import.State.LOOKING, Import.State.RUNNING, Import.State.UNDOING),
        "fields": sorted(
            (
                (labels.get(name, name.removeprefix("custom.")), count)
                for name, count in imported.preview.get("fields", {}).items()
            ),
            key=lambda pair: -pair[1],
        ),
        "tag": STATE_TAGS.get(imported.state, ""),
        "done": done,
        "total": total,
        "percent": round(100 * done / total) if total else 0,
        "left": _time_left(imported, done, total),
        "refusals": _refusals(imported),
        "warnings": imported.rejects.filter(is_warning=True).order_by("row_number")[:10],
        "may_run": request.user.has_perm("capture.add_import") and request.user.has_perm(kind.permission),
        "may_undo": imported.state in (Import.State.DONE, Import.State.FAILED)
        and request.user.has_perm("capture.change_import"),
    }


def _outcomes(imported: Import, kind: Kind) -> list[dict[str, Any]]:
    """What becomes, or became, of the file's statements, by subject: counts in their order, and rows to look at."""
    if kind.statements is None:
        return []
    is_done = bool(imported.statements)
    counts = imported.statements or imported.preview.get("statements", {})
    names = {each.key: each.name for each in kind.statements.subjects()} if counts else {}
    words = {key: (label, help_text) for key, label, help_text in kind.statements.outcomes}
    rows = [] if is_done else imported.preview.get("stated", [])
    return [
        {
            "name": names.get(subject, subject),
            "outcomes": [
                (label, help_text, found[key], key) for key, (label, help_text) in words.items() if found.get(key)
            ],
            "says": [words[key] for key in words if key not in ("granted", "already") and found.get(key)],
            "rows": [
                (each["row_number"], each["name"], *words[each["outcome"]])
                for each in sorted(rows, key=lambda each: each["row_number"])
                if each["purpose"] == subject
            ],
        }
        for subject, found in counts.items()
    ]


def _time_left(imported: Import, done: int, total: int) -> str:
    from leadwright.kit import clock

    if imported.state != Import.State.RUNNING or not done or imported.started_at is None:
        return ""
    seconds = (clock.now() - imported.started_at).total_seconds() * (total - done) / done
    return f"about {round(seconds)} s left" if seconds < 90 else f"about {round(seconds / 60)} min left"


@require_GET
@allowed("capture.view_import")
def one(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """One import as it stands: its preview, its progress or its result."""
    imported = get_object_or_404(Import.objects.select_related("user"), pk=import_id)
    if imported.state == Import.State.UPLOADED:
        if imported.error:
            messages.error(request, imported.error)
        return redirect("imports_map", imported.pk)
    name = "preview" if imported.state == Import.State.PREVIEWED else "result"
    return render(request, f"capture/imports/{name}.html", _context(request, imported))


@require_GET
@allowed("capture.view_import")
def progress(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """The piece of the result page that moves while work is going on."""
    imported = get_object_or_404(Import, pk=import_id)
    if imported.state in (Import.State.UPLOADED, Import.State.PREVIEWED):  # it has been looked through
        return HttpResponse(headers={"HX-Redirect": reverse("imports_one", args=[imported.pk])})
    return render(request, "capture/imports/_result.html", _context(request, imported))


@require_POST
@allowed("capture.add_import")
def start(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """Run it in the background."""
    imported, _ = _mine(request, import_id)
    try:
        runs.start(imported)
    except (mappings.BadMapping, tables.Unreadable, runs.CannotImport) as error:
        messages.error(request, str(error))
    return redirect("imports_one", imported.pk)


@require_http_methods(["GET", "POST"])
@allowed("capture.change_import")
def undo(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """Ask once, with the counts, then take everything back in the background."""
    imported, kind = _mine(request, import_id)
    if request.method == "POST":
        try:
            runs.start_undo(imported, user_of(request))
        except runs.CannotImport as error:
            messages.error(request, str(error))
        return redirect("imports_one", imported.pk)
    context = {"imported": imported, "kind": kind, "later": undos.later_imports(imported.pk)}
    return render(request, "capture/imports/undo.html", context)


@require_GET
@allowed("capture.view_import")
def rejects_file(request: HttpRequest, import_id: int, ending: str) -> HttpResponseBase:
    """The refused rows with their reasons, or those taken with a warning, as CSV or as a workbook."""
    imported = get_object_or_404(Import, pk=import_id)
    warned = request.GET.get("warnings") == "1"
    audit.note(request, "import.rejects", "import", imported.pk, warnings=warned)
    answer: HttpResponseBase
    if ending == "xlsx":
        file = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it
        rejects.write_workbook(file, imported, warnings=warned)
        file.seek(0)
        answer = FileResponse(file, content_type=WORKBOOK)
    else:
        lines = rejects.as_csv(imported, warnings=warned)
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = "warnings" if warned else "rejects"
    answer["Content-Disposition"] = f'attachment; filename="import-{imported.pk}-{name}.{ending}"'
    return answer


# ── Saved mappings ────────────────────────────────────────────────────────────────────────────────────────────────────


@require_GET
@allowed("capture.view_savedmapping")
def saved_mappings(request: HttpRequest) -> HttpResponseBase:
    """The mappings that somebody has named."""
    kinds = _kinds(request)
    found = SavedMapping.objects.filter(kind__in=[kind.key for kind in kinds]).exclude(name="")
    context = {"saved": found.select_related("user").order_by("kind", "name")}
    return render(request, "capture/imports/saved.html", context)


@require_POST
@allowed("capture.change_savedmapping")
def rename_mapping(request: HttpRequest, mapping_id: int) -> HttpResponseBase:
    """Call it otherwise."""
    found = get_object_or_404(SavedMapping, pk=mapping_id)
    before = found.name
    try:
        saved.rename(found, request.POST.get("name", ""))
    except runs.CannotImport as error:
        messages.error(request, str(error))
    else:
        audit.note(request, "import.rename_mapping", "mapping", found.pk, name=found.name, before=before)
        messages.success(request, f"The mapping is now called “{found.name}”.")
    return redirect("imports_saved")


@require_POST
@allowed("capture.delete_savedmapping")
def remove_mapping(request: HttpRequest, mapping_id: int) -> HttpResponseBase:
    """Forget it; imports that were made with it stay as they are."""
    found = get_object_or_404(SavedMapping, pk=mapping_id)
    audit.note(request, "import.remove_mapping", "mapping", found.pk, name=found.name)
    found.delete()
    messages.success(request, f"The mapping “{found.name}” is gone. What was imported with it stays.")
    return redirect("imports_saved")


@require_GET
@allowed("capture.view_savedmapping")
def saved_mapping_file(request: HttpRequest, mapping_id: int) -> HttpResponse:
    """A named mapping as a file, for the command line or another installation."""
    found = get_object_or_404(SavedMapping, pk=mapping_id)
    answer = HttpResponse(mappings.dump(found.mapping), content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="mapping-{found.pk}.yaml"'
    return answer
