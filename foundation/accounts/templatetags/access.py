"""Templates ask what the person may do: {% if user|may:"enterprise.edit" %}."""

from typing import Any

from django import template

from foundation.accounts.permissions import Permission

register = template.Library()


@register.filter
def may(user: Any, permission: str) -> bool:
    """Whether the user has a permission; a name that does not exist is a mistake in the template."""
    return user.is_authenticated and user.may(Permission(permission))
