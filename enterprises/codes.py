"""The unified social credit code as a clerk types it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.imports.values import CellError, credit_code


def checked_code(text: str, *, accept_doubtful: bool = False) -> tuple[str, bool]:
    """The normalised code and whether it is doubtful.

    Refused when it cannot be a code ("invalid_credit_code"), or when only its check character is wrong and nobody has
    confirmed that the certificate really says so ("invalid_check_character").
    """
    try:
        code, note = credit_code(text)
    except CellError as error:
        raise Refused(f"{error.message}。", code="invalid_credit_code") from error
    if not code:
        raise Refused(_("请填写统一社会信用代码。"), code="missing_credit_code")
    doubtful = bool(note and note.doubtful)
    if doubtful and not accept_doubtful:
        raise Refused(
            _("信用代码 %(code)s 的校验位不符。请与营业执照核对；如执照上确实如此，请勾选“代码无误”后再提交。")
            % {"code": code},
            code="invalid_check_character",
        )
    return code, doubtful
