"""Commands about who may come in: sign-in links and API keys."""

from typing import Annotated

import typer

from leadwright.kit import terminal

cli = typer.Typer(no_args_is_help=True)
keys = typer.Typer(no_args_is_help=True, help="API keys.")
cli.add_typer(keys, name="key")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@cli.command("login-link", epilog="Example: leadwright login-link ada@firm.example")
def login_link(
    user: Annotated[str, typer.Argument(help="Address of the user; empty: the first administrator.")] = "",
    first: Annotated[bool, typer.Option("--first", hidden=True, help="Only while nobody has signed in yet.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print a link that signs a user in once, within 24 hours."""
    with terminal.installation():
        from leadwright.workspace import signin, users
        from leadwright.workspace.models import User

        if first and User.objects.exclude(last_login=None).exists():
            return
        found = User.objects.filter(email=user.lower(), is_active=True).first() if user else users.ensure_first()
        if found is None:
            known = ", ".join(User.objects.filter(is_active=True).values_list("email", flat=True)[:10])
            terminal.wrong(f"There is no active user {user}. There are: {known or 'none'}.")
        url = signin.link(found)
    terminal.answer({"url": url}, as_json=as_json, text=url)


@keys.command("create", epilog="Example: leadwright key create --scope read --name reporting")
def create_key(
    scope: Annotated[str, typer.Option(help="collect, read, write or admin.")],
    name: Annotated[str, typer.Option(help="What the key is for.")] = "",
    origin: Annotated[list[str] | None, typer.Option(help="A site whose pages may use it; may be said again.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key and print it; it cannot be read again."""
    with terminal.installation():
        from leadwright.workspace import audit
        from leadwright.workspace import keys as api_keys

        try:
            made, secret = api_keys.create(scope, name, allowed_origins=origin or ())
        except ValueError as error:
            terminal.wrong(str(error))
        audit.note("command line", "made a key", "key", made.pk, scope=scope, name=made.name)
    terminal.answer({"key": secret, "scope": scope}, as_json=as_json, text=secret)
