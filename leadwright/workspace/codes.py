"""The codes of a second factor: wrong ones count like wrong passwords, in the database, for all processes alike."""

from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError

LOCKED = "There were too many wrong codes. Wait a quarter of an hour, then try again."


class _Counted:
    """A form with a code, which closes for a while after too many wrong ones."""

    user: Any

    def clean_code(self) -> str:
        """The code, where it is right and the door is not closed."""
        name = {"username": self.user.email}
        if AxesProxyHandler.is_locked(context.request, name):
            raise ValidationError(LOCKED)
        try:
            return str(super().clean_code())  # type: ignore[misc]
        except ValidationError:
            user_login_failed.send(sender=__name__, credentials=name, request=context.request)
            raise


class CodeForm(_Counted, AuthenticateForm):
    """The code that signing in asks for."""


class CodeAgainForm(_Counted, ReauthenticateForm):
    """The code that a change of one's own sign-in asks for."""
