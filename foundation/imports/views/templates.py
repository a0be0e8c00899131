"""Empty workbooks to fill in."""

from __future__ import annotations

from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from foundation.imports.registry import offered_to, resource_for
from foundation.imports.templates_xlsx import template
from foundation.ui.sheets import MEDIA_TYPE


@requires(Permission.IMPORT)
@require_safe
def roster_template(request: HttpRequest, resource: str) -> HttpResponse:
    """The empty workbook of a roster that this person may bring in."""
    titles = offered_to(request.user)
    if resource not in titles:
        raise Http404
    response = HttpResponse(template(resource_for(resource)), content_type=MEDIA_TYPE)
    name = quote(_("%(roster)s模板.xlsx") % {"roster": titles[resource]})
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response
