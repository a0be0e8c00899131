"""What the district cannot decide goes upward: the case waits, the register keeps what was sent and answered."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from issues.actions.base import act, chosen, cleaned, take_up, with_note
from issues.actions.coming_back import go_on
from issues.actions.gaps import FACTS_LIMIT, file_case, note_letter
from issues.limits import timing
from issues.models import Issue, PolicyGap, PolicyGapStep

Kind = PolicyGapStep.Kind


@act
def refer(
    *,
    issue: Issue,
    by: User,
    level: str,
    body: str,
    text: str,
    document: str = "",
    gap: PolicyGap | None = None,
    gap_title: str = "",
    files: Sequence[UploadedFile] = (),
    version: int | None = None,
) -> Issue:
    """Report the case to a higher level; its limits stand still until the answer is written down."""
    turn = take_up(issue, "refer", by=by, version=version)
    level = chosen(level, Issue.PolicyLevel, label=_("反映到哪一级"))
    if level == Issue.PolicyLevel.DISTRICT:
        raise Refused(_("向上级反映请选市级以上;区里能定的,请直接办理。"), code="invalid_level")
    body = cleaned(body, label=_("报给"), limit=80)
    text = cleaned(text, label=_("反映内容"), limit=FACTS_LIMIT)
    document = cleaned(document, label=_("文号"), limit=120, needed=False)
    into = file_case(turn.issue, by=by, at=turn.at, gap=gap, title=gap_title, level=level, missing=text)
    note_letter(into, Kind.SENT, by=by, body=body, document=document, text=text, files=files)
    turn.issue.waiting_since = turn.at
    timing.hold(turn.current, reason=_("已向上级反映"), by=by, at=turn.at)
    turn.conclude(text=referred_words(level), level=level)
    return with_note(turn, sent_words(body, document, text))


def referred_words(level: str) -> str:
    """What the enterprise reads."""
    return _("已向%(level)s级主管部门反映,等待答复期间办理时限暂停。") % {"level": Issue.PolicyLevel(level).label}


def sent_words(body: str, document: str, text: str) -> str:
    """What officials read."""
    return _("报%(body)s:%(text)s") % {"body": " ".join(filter(None, (body, document))), "text": text}


@act
def answer_from_above(
    *,
    issue: Issue,
    by: User,
    text: str,
    document: str = "",
    files: Sequence[UploadedFile] = (),
    version: int | None = None,
) -> Issue:
    """Write down what the higher level answered; the case is in hand again."""
    turn = take_up(issue, "answer_from_above", by=by, version=version)
    text = cleaned(text, label=_("答复内容"), limit=FACTS_LIMIT)
    document = cleaned(document, label=_("文号"), limit=120, needed=False)
    gap = PolicyGap.objects.get(cases__issue=turn.issue)
    sent = gap.steps.filter(kind=Kind.SENT).first()
    body = sent.body if sent else ""
    note_letter(gap, Kind.ANSWERED, by=by, body=body, document=document, text=text, files=files)
    return go_on(turn, body, document, text)
