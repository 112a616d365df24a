"""A form drawn as HTML: on our pages, in a frame, inside a foreign page, and again with what must be mended. No Django.

Everybody can fill it in: each control has its label, help and fault are tied to it, groups are fieldsets, and it works
without script. With script (static/attract/form.js) questions come and go, steps follow one another, and what is wrong
is said in place.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from leadwright.attract.questions import (
    CONSENT,
    HONEYPOT,
    LONGEST,
    RELATIONS,
    SURE,
    Condition,
    Form,
    Question,
    When,
)
from leadwright.kit import countries

FOLDER = Path(__file__).parent / "static" / "attract"
CSS = (FOLDER / "form.css").read_text(encoding="utf-8")
SCRIPT = (FOLDER / "form.js").read_text(encoding="utf-8")
LOADER = (FOLDER / "embed.js").read_text(encoding="utf-8")

INPUTS = {
    "email": "email", "phone": "tel", "number": "number", "date": "date", "time": "time", "url": "url",
}  # fmt: skip
MODES = {"phone": "tel", "number": "decimal", "url": "url", "email": "email"}
GROUPS = frozenset({"radio", "choices", "rating"})
ENDINGS = {"jpg": ".jpg,.jpeg"}


@dataclass(frozen=True)
class Showing:
    """A form as it is shown once: to whom, where, and with what filled in."""

    form: Form
    action: str = ""
    prefix: str = ""
    title: str = ""
    timing: str = ""  # signed: when it was drawn, in which variant, without which questions, where
    message_id: str = ""
    offer: str = ""
    page: str = ""
    work: str = ""  # the signed riddle that a browser solves meanwhile
    variant: str = ""
    where: str = ""  # empty: on our own page; else script or frame
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    touch: Mapping[str, str] = field(default_factory=dict)  # utm_* and click ids of the page's address
    sure: str = ""
    is_preview: bool = False


def draw(showing: Showing) -> str:
    """The whole form."""
    form, prefix = showing.form, escape(showing.prefix)
    title = escape(showing.title)
    head = (
        f'<form class="lw-form" method="post" action="{escape(showing.action)}" id="{prefix}" data-lw-form='
        f'"{escape(form.code)}" data-lw-variant="{escape(showing.variant)}" data-lw-where="{escape(showing.where)}"'
        f'{_multipart(form)} accept-charset="utf-8" aria-label="{title or escape(form.name)}">'
    )
    send = (
        f'<div class="lw-form__send"><button type="submit" class="lw-form__button"{_rests(showing)}>'
        f"{escape(form.button)}</button>{_legend(form)}</div></form>"
    )
    parts = [
        head,
        f'<h2 class="lw-form__title">{title}</h2>' if title else "",
        _summary(showing),
        *_steps(showing),
        _trap(prefix),
        *_hidden(showing),
        send,
    ]
    return "".join(parts)


def _multipart(form: Form) -> str:
    return ' enctype="multipart/form-data"' if any(each.kind == "file" for each in form.questions) else ""


def _rests(showing: Showing) -> str:
    return ' disabled title="In the preview nothing is sent."' if showing.is_preview else ""


def _legend(form: Form) -> str:
    must = any(each.is_required for each in form.questions) or form.consent_required
    return '<p class="lw-form__note"><span aria-hidden="true">*</span> must be filled in.</p>' if must else ""


def _summary(showing: Showing) -> str:
    """All faults at once, each leading to its question; empty and hidden where there is none."""
    if not showing.errors:
        return '<div class="lw-form__errors" role="alert" tabindex="-1" hidden></div>'
    names = {each.name for each in showing.form.questions} | {CONSENT}
    items = "".join(
        f'<li><a href="#{escape(_id(showing, name))}">{escape(say)}</a></li>'
        if name in names
        else f"<li>{escape(say)}</li>"
        for name, say in showing.errors.items()
    )
    return (
        '<div class="lw-form__errors" role="alert" tabindex="-1"><p>Nothing was sent yet. Please mend:</p>'
        f"<ul>{items}</ul></div>"
    )


def _steps(showing: Showing) -> list[str]:
    """The questions, in one group or in steps that a script shows one after another."""
    steps: list[tuple[str, list[str]]] = [("", [])]
    for question in showing.form.questions:
        if question.kind == "hidden":
            continue
        if question.begins_step:
            steps.append((question.begins_step, []))
        steps[-1][1].append(_question(showing, question))
    if showing.form.consent_purpose:
        steps[-1][1].append(_form_consent(showing))
    steps = [each for each in steps if each[1]]
    if len(steps) < 2:
        return [f'<div class="lw-form__fields">{"".join(part)}</div>' for _, part in steps]
    return [_step(showing.prefix, number, title, part) for number, (title, part) in enumerate(steps, 1)]


def _step(prefix: str, number: int, title: str, part: Sequence[str]) -> str:
    key = escape(f"{prefix}-step-{number}")
    unseen = "" if title else " lw-unseen"
    return (
        f'<section class="lw-form__step" data-lw-step aria-labelledby="{key}">'
        f'<h3 class="lw-form__step-title{unseen}" id="{key}" tabindex="-1">{escape(title) or f"Step {number}"}</h3>'
        f'<div class="lw-form__fields">{"".join(part)}</div></section>'
    )


def _id(showing: Showing, name: str) -> str:
    if name == CONSENT:
        return f"{showing.prefix}-consent"
    question = next((each for each in showing.form.questions if each.name == name), None)
    return f"{showing.prefix}-{name}" + ("-1" if question and question.kind in GROUPS else "")


def _question(showing: Showing, question: Question) -> str:
    if question.kind in ("checkbox", "consent"):
        words = question.wording if question.kind == "consent" else question.label
        ticked = _value(showing, question).strip().lower() in ("1", "on", "true", "yes")
        inner = _tick(showing, question.name, f"{showing.prefix}-{question.name}", words, question.is_required, ticked)
        return _framed(showing, question, inner + _help(showing, question), "lw-field--tick")
    if question.kind in GROUPS:
        return _framed(showing, question, _group(showing, question), "lw-field--group")
    key = escape(f"{showing.prefix}-{question.name}")
    inner = f'<label for="{key}">{_label(question)}</label>{_fault(showing, question.name)}'
    return _framed(showing, question, inner + _control(showing, question, key) + _help(showing, question), "")


def _framed(showing: Showing, question: Question, inner: str, kind: str) -> str:
    classes = " ".join(filter(None, ("lw-field", kind, "lw-field--half" if question.half else "")))
    when, hint = "", ""
    if question.when.parts:
        when = _when(question.when)
        hint = (
            f'<noscript><p class="lw-field__help">Only if {escape(_words(showing.form, question.when))}.</p></noscript>'
        )
    return f'<div class="{classes}" data-lw-question="{escape(question.name)}"{when}>{inner}{hint}</div>'


def _when(when: When | None) -> str:
    return f" data-lw-when='{escape(json.dumps(_condition(when)))}'" if when else ""


def _condition(when: When) -> dict[str, object]:
    return {
        "any": when.is_any,
        "parts": [
            _condition(part)
            if isinstance(part, When)
            else {"question": part.question, "relation": part.relation, "value": part.value}
            for part in when.parts
        ],
    }


def _words(form: Form, when: When) -> str:
    """A condition in words."""
    labels = {each.name: each.label for each in form.questions}

    def say(part: Condition | When) -> str:
        if isinstance(part, When):
            return f"({_words(form, part)})"
        value = f" “{part.value}”" if part.relation not in ("is_set", "is_empty") else ""
        return f"“{labels.get(part.question, part.question)}” {RELATIONS.get(part.relation, 'is')}{value}"

    return (" or " if when.is_any else " and ").join(say(part) for part in when.parts)


def _label(question: Question) -> str:
    return escape(question.label) + _must(question.is_required)


def _must(is_required: bool) -> str:
    if is_required:
        return '<span class="lw-field__must" aria-hidden="true"> *</span>'
    return ' <span class="lw-field__may">(optional)</span>'


def _help(showing: Showing, question: Question) -> str:
    key = f"{showing.prefix}-{question.name}-help"
    return f'<p class="lw-field__help" id="{escape(key)}">{escape(question.help)}</p>' if question.help else ""


def _fault(showing: Showing, name: str) -> str:
    say = showing.errors.get(name)
    key = escape(f"{_id(showing, name)}-error")
    return f'<p class="lw-field__error" id="{key}">{escape(say)}</p>' if say else ""


def _ties(showing: Showing, question: Question) -> str:
    """What belongs to a control: its help and its fault; and whether it must be filled in."""
    tied = [f"{showing.prefix}-{question.name}-help"] if question.help else []
    ties = ""
    if question.name in showing.errors:
        tied.insert(0, f"{_id(showing, question.name)}-error")
        ties = ' aria-invalid="true"'
    if tied:
        ties += f' aria-describedby="{escape(" ".join(tied))}"'
    return ties + _required(question)


def _required(question: Question) -> str:
    """A browser without script would wait for ever for an answer that is not asked; there the server decides."""
    if not question.is_required or question.kind == "choices":
        return ""
    return " data-lw-required" if question.when.parts else " required"


def _value(showing: Showing, question: Question) -> str:
    given = showing.values.get(question.name)
    return (given[-1] if given else "") if given is not None else question.default


def _control(showing: Showing, question: Question, key: str) -> str:
    common = f'id="{key}" name="{escape(question.name)}"{_ties(showing, question)}'
    value = _value(showing, question)
    complete = f' autocomplete="{escape(question.autocomplete)}"'
    longest = min(question.longest or 10**6, LONGEST.get(question.kind, 250))
    hint = f' placeholder="{escape(question.placeholder)}"' if question.placeholder else ""
    match question.kind:
        case "long_text":
            return f'<textarea {common}{complete}{hint} rows="4" maxlength="{longest}">{escape(value)}</textarea>'
        case "choice":
            return _select(f"{common}{complete}", [(each, each) for each in question.options], value)
        case "country":
            return _select(f"{common}{complete}", list(countries.names().items()), value.upper())
        case "file":
            accept = ",".join(ENDINGS.get(each, f".{each}") for each in question.file_types)
            return f'<input type="file" {common} accept="{escape(accept)}" data-lw-most="{question.most_bytes}">'
    return (
        f'<input type="{INPUTS.get(question.kind, "text")}" {common}{complete}{hint} value="{escape(value)}"'
        f"{_limits(question, longest)}>"
    )


def _limits(question: Question, longest: int) -> str:
    parts = ""
    if question.kind in ("number", "date", "time"):
        step = question.increment or ("any" if question.kind == "number" else "")
        pairs = (("min", question.minimum), ("max", question.maximum), ("step", step))
        parts = "".join(f' {name}="{escape(value)}"' for name, value in pairs if value)
    else:
        parts = f' maxlength="{longest}"' + (f' minlength="{question.shortest}"' if question.shortest else "")
    if question.kind in MODES:
        parts += f' inputmode="{MODES[question.kind]}"'
    if question.kind in ("email", "url"):
        parts += ' spellcheck="false" autocapitalize="off"'
    return parts


def _select(attributes: str, options: Sequence[tuple[str, str]], value: str) -> str:
    lines = "".join(
        f'<option value="{escape(key)}"{" selected" if key == value else ""}>{escape(words)}</option>'
        for key, words in options
    )
    return f'<select {attributes}><option value="">Please choose</option>{lines}</select>'


def _group(showing: Showing, question: Question) -> str:
    """Choices in sight, or a scale: a fieldset whose legend is the question."""
    options: Sequence[tuple[str, str]] = [(each, each) for each in question.options]
    ends = ("", "")
    if question.kind == "rating":
        low, high = question.scale
        options = [(str(each), str(each)) for each in range(low, high + 1)]
        ends = ((question.options[0] if question.options else ""), (question.options[-1] if question.options else ""))
    given = showing.values.get(question.name)
    chosen = set(given) if given is not None else set(filter(None, (question.default,)))
    kind = "checkbox" if question.kind == "choices" else "radio"
    ties = _ties(showing, question)
    described = (
        f' aria-describedby="{ties.split("aria-describedby=", 1)[1].split(chr(34))[1]}"'
        if "describedby" in ties
        else ""
    )
    lines = []
    for number, (value, words) in enumerate(options, 1):
        key = escape(f"{showing.prefix}-{question.name}-{number}")
        lines.append(
            f'<span class="lw-option"><input type="{kind}" id="{key}" name="{escape(question.name)}" '
            f'value="{escape(value)}"{" checked" if value in chosen else ""}{_required(question)}>'
            f'<label for="{key}">{escape(words)}</label></span>'
        )
    body = "".join(lines)
    if question.kind == "rating":
        words = "".join(f"<span>{escape(each)}</span>" for each in ends)
        line = f'<span class="lw-rating__ends" aria-hidden="true">{words}</span>' if any(ends) else ""
        body = f'<span class="lw-scale"><span class="lw-rating">{body}</span>{line}</span>'
        said = f" ({ends[0]} to {ends[1]})" if any(ends) else ""
        legend = _label(question) + (f'<span class="lw-unseen">{escape(said)}</span>' if said else "")
    else:
        legend = _label(question)
        body = f'<span class="lw-options">{body}</span>'
    return (
        f'<fieldset class="lw-group"{described}><legend>{legend}</legend>{_fault(showing, question.name)}{body}'
        f"{_help(showing, question)}</fieldset>"
    )


def _tick(showing: Showing, name: str, key: str, words: str, is_required: bool, ticked: bool) -> str:
    required = " required" if is_required else ""
    question = next((each for each in showing.form.questions if each.name == name), None)
    ties = _ties(showing, question) if question else ""
    if question is None:
        ties = required
        if name in showing.errors:
            ties += f' aria-invalid="true" aria-describedby="{escape(key)}-error"'
    must = '<span class="lw-field__must" aria-hidden="true"> *</span>' if is_required else ""
    return (
        f'<span class="lw-option"><input type="checkbox" id="{escape(key)}" name="{escape(name)}" value="yes"'
        f'{" checked" if ticked else ""}{ties}><label for="{escape(key)}">{escape(words)}{must}</label></span>'
        f"{_fault(showing, name)}"
    )


def _form_consent(showing: Showing) -> str:
    form = showing.form
    ticked = bool(showing.values.get(CONSENT))  # by the person, in an earlier attempt; never beforehand
    inner = _tick(showing, CONSENT, f"{showing.prefix}-consent", form.consent_wording, form.consent_required, ticked)
    return f'<div class="lw-field lw-field--tick" data-lw-question="{CONSENT}">{inner}</div>'


def _trap(prefix: str) -> str:
    key = f"{prefix}-{HONEYPOT}"
    return (
        f'<div class="lw-trap" aria-hidden="true"><label for="{key}">Leave this empty</label>'
        f'<input type="text" id="{key}" name="{HONEYPOT}" tabindex="-1" autocomplete="off" value=""></div>'
    )


def _hidden(showing: Showing) -> list[str]:
    own = {
        "lw_t": showing.timing,
        "lw_id": showing.message_id,
        "lw_w": showing.work,
        "lw_n": "",
        "lw_vid": "",
        "lw_page": showing.page,
        "lw_ref": "",
        **({"lw_offer": showing.offer} if showing.offer else {}),
        **({SURE: showing.sure} if showing.sure else {}),
    }
    fixed = {
        each.name: each.placeholder or _value(showing, each) for each in showing.form.questions if each.kind == "hidden"
    }
    whens = {each.name: each.when for each in showing.form.questions if each.kind == "hidden" and each.when.parts}
    return [
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}"{_when(whens.get(name))}>'
        for name, value in (
            {name: value for name, value in showing.touch.items() if name not in fixed} | fixed | own
        ).items()
    ]
