"""Pages: one's own account, the people of the district, its departments."""

from typing import cast

from django.forms import BaseForm

from foundation.accounts.access import PermissionView
from foundation.accounts.models import User


class SignedInView(PermissionView):
    """A page only people with an account reach."""

    @property
    def me(self) -> User:
        """The person acting."""
        return cast(User, self.request.user)


def bump(form: BaseForm, version: int) -> None:
    """Let a refused form's next submit count against the version that stands now."""
    form.data = {**form.data.dict(), "version": str(version)}  # type: ignore[attr-defined]
