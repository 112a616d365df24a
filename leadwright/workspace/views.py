"""The settings screens: workspace, users, API keys, and the trail."""

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from leadwright.kit import config, numbers
from leadwright.workspace import audit, keys, mail_domains, settings, signin, users
from leadwright.workspace.access import allowed, user_of
from leadwright.workspace.forms import InviteForm, KeyForm, MailDomainForm, NewKeyForm, UserForm, WorkspaceForm
from leadwright.workspace.models import ApiKey, AuditEntry, MailDomain, User

TRAIL_PAGE = 100


@allowed("workspace.change_workspace")
def workspace(request: HttpRequest) -> HttpResponse:
    """What holds for the whole firm."""
    form = WorkspaceForm(request.POST or None, instance=settings.current())
    if request.method == "POST" and form.is_valid():
        form.save()
        audit.note(request, "changed the settings", "workspace", 1, fields=form.changed_data)
        messages.success(request, "The settings are kept and hold from now on.")
        return redirect("workspace_settings")
    return render(request, "workspace/settings.html", {"form": form})


@allowed("workspace.view_user")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who signs in, and a form to invite somebody."""
    context = {
        "people": User.objects.order_by("-is_active", "name"),
        "form": InviteForm(),
        "may_invite": request.user.has_perm("workspace.add_user"),
        "link": request.session.pop("made_link", None),
    }
    return render(request, "workspace/users.html", context)


@require_POST
@allowed("workspace.add_user")
def invite(request: HttpRequest) -> HttpResponse:
    """Make a user and show the link that lets him in once."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        context = {"people": User.objects.order_by("-is_active", "name"), "form": form, "may_invite": True}
        return render(request, "workspace/users.html", context, status=422)
    user, url = users.invite(**form.cleaned_data)
    audit.note(request, "invited", "user", user.pk, role=user.role)
    request.session["made_link"] = {"name": str(user), "url": url}
    return redirect("workspace_users")


@allowed("workspace.change_user")
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One user: name, role, whether routing may give leads, whether signing in is allowed."""
    user = get_object_or_404(User, pk=user_id)
    form = UserForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        audit.note(request, "changed a user", "user", user.pk, fields=form.changed_data)
        messages.success(request, f"{user} is kept.")
        return redirect("workspace_users")
    return render(request, "workspace/user.html", {"form": form, "person": user})


@require_POST
@allowed("workspace.change_user")
def make_link(request: HttpRequest, user_id: int) -> HttpResponse:
    """Make a one-time sign-in link for a user and show it once."""
    user = get_object_or_404(User, pk=user_id, is_active=True)
    audit.note(request, "made a sign-in link", "user", user.pk)
    request.session["made_link"] = {"name": str(user), "url": signin.link(user)}
    return redirect("workspace_users")


@allowed("workspace.view_apikey")
def api_keys(request: HttpRequest) -> HttpResponse:
    """All keys, and a form to make one."""
    form = NewKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        key, secret = keys.create(user=user_of(request), **form.cleaned_data)
        audit.note(request, "made a key", "key", key.pk, scope=key.scope, name=key.name, sites=key.allowed_origins)
        request.session["made_key"] = {"name": key.name, "secret": secret, "scope": key.scope}
        return redirect("workspace_keys")
    context = {
        "keys": ApiKey.objects.select_related("created_by").order_by(
            F("revoked_at").desc(nulls_first=True), "-created_at"
        ),
        "form": form,
        "made": request.session.pop("made_key", None),
        "base_url": config.base_url(),
    }
    return render(request, "workspace/keys.html", context)


@allowed("workspace.change_apikey")
def change_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """What a key is called, and on which sites it may be used."""
    key = get_object_or_404(ApiKey, pk=key_id, revoked_at=None)
    form = KeyForm(request.POST or None, instance=key)
    if request.method == "POST" and form.is_valid():
        form.save()
        audit.note(request, "changed a key", "key", key.pk, name=key.name, sites=key.allowed_origins)
        messages.success(request, f"The key “{key.name}” is kept; it holds from now on.")
        return redirect("workspace_keys")
    return render(request, "workspace/key.html", {"form": form, "key": key})


@require_POST
@allowed("workspace.change_apikey")
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Make a key useless from now on."""
    key = get_object_or_404(ApiKey, pk=key_id)
    keys.revoke(key)
    audit.note(request, "revoked a key", "key", key.pk, name=key.name)
    messages.success(request, f"The key “{key.name}” opens nothing any more.")
    return redirect("workspace_keys")


@allowed("workspace.change_workspace")
def domains_of_mail(request: HttpRequest) -> HttpResponse:
    """What the firm says of mail domains, a form to say more, and what holds for one that is asked for."""
    form = MailDomainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        domain, kind = form.cleaned_data["domain"], form.cleaned_data["kind"]
        before = mail_domains.kind_of(domain)
        kept = mail_domains.set_kind(domain, kind, user_of(request), form.cleaned_data["note"])
        audit.note(request, "said of a mail domain", "mail domain", kept.pk, domain=domain, kind=kind, before=before)
        messages.success(request, f"{domain}: {mail_domains.effect(kept.kind)}")
        return redirect("workspace_mail_domains")
    asked = request.GET.get("domain", "").strip()
    context = {"said": MailDomain.objects.select_related("user"), "form": form, "asked": asked}
    if asked:
        try:
            context["found"] = mail_domains.look_up(asked)
        except mail_domains.NoDomain as error:
            context["wrong"] = str(error)
    context |= {"counts": mail_domains.counts()}
    return render(request, "workspace/mail_domains.html", context, status=422 if form.errors else 200)


@require_POST
@allowed("workspace.change_workspace")
def forget_mail_domain(request: HttpRequest, domain_id: int) -> HttpResponse:
    """Say nothing of it any more."""
    found = get_object_or_404(MailDomain, pk=domain_id)
    audit.note(request, "took back a mail domain", "mail domain", domain_id, domain=found.domain, kind=found.kind)
    mail_domains.take_back(found)
    messages.success(
        request, f"Our own lists hold for {found.domain} again: {mail_domains.effect(mail_domains.ours(found.domain))}"
    )
    return redirect("workspace_mail_domains")


@allowed("workspace.view_auditentry")
def trail(request: HttpRequest) -> HttpResponse:
    """Who saw, exported or changed what; newest first, older ones behind a key."""
    before = request.GET.get("before", "")
    entries = AuditEntry.objects.select_related("user").order_by("-pk")
    if (number := numbers.whole(before)) is not None:
        entries = entries.filter(pk__lt=number)
    found = list(entries[: TRAIL_PAGE + 1])
    older = found[TRAIL_PAGE - 1].pk if len(found) > TRAIL_PAGE else None
    return render(request, "workspace/trail.html", {"entries": found[:TRAIL_PAGE], "older": older})
