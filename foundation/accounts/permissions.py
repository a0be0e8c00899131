"""Roles, permissions, and the one table that says which role may do what."""

from enum import StrEnum


class Role(StrEnum):
    ENTERPRISE = "enterprise"
    CADRE = "cadre"
    HANDLER = "handler"
    DEPARTMENT_HEAD = "department_head"
    LEADER = "leader"
    OFFICE = "office"
    SUPERVISOR = "supervisor"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDITOR = "auditor"

    @property
    def label(self) -> str:
        return ROLE_NAMES[self]


ROLE_NAMES = {
    Role.ENTERPRISE: "企业用户",
    Role.CADRE: "联系干部",
    Role.HANDLER: "部门承办人",
    Role.DEPARTMENT_HEAD: "部门负责人",
    Role.LEADER: "责任领导",
    Role.OFFICE: "企业服务办公室",
    Role.SUPERVISOR: "督导组",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDITOR: "审计员",
}

# The three separate administrators (三员): no one person may hold two of these.
ADMIN_ROLES = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR)


class Permission(StrEnum):
    ANYONE = "anyone"  # no login needed
    SIGNED_IN = "signed_in"  # every active account

    DISTRICT_SCOPE = "scope.district"  # sees every business row of the district
    PHONE_FULL = "phone.full"  # sees whole phone numbers

    ENTERPRISE_VIEW = "enterprise.view"
    ENTERPRISE_EDIT = "enterprise.edit"
    ENTERPRISE_EXPORT = "enterprise.export"
    IMPORT = "import"  # opens the import pages; which rosters, each roster says
    IMPORT_ROSTER = "import.roster"  # brings the enterprise roster in
    PROJECT_VIEW = "project.view"
    PROJECT_EDIT = "project.edit"

    ASSIGNMENT_VIEW = "assignment.view"
    ASSIGNMENT_EDIT = "assignment.edit"
    VISIT_VIEW = "visit.view"
    VISIT_LOG = "visit.log"
    VISIT_MATRIX = "visit.matrix"

    APPEAL_SUBMIT = "appeal.submit"  # the enterprise's side: submit, follow
    APPEAL_RESPOND = "appeal.respond"  # the enterprise's side: answer, confirm, reject
    ISSUE_VIEW = "issue.view"
    ISSUE_REGISTER = "issue.register"
    ISSUE_DISPATCH = "issue.dispatch"  # dispatch, decline
    ISSUE_ARBITRATE = "issue.arbitrate"
    ISSUE_HANDLE = "issue.handle"  # accept, return, ask, reply, request extension, resolve, refer
    ISSUE_APPROVE = "issue.approve"  # approve or refuse an extension
    ISSUE_CLOSE = "issue.close"  # confirm on the enterprise's behalf, reopen
    ISSUE_LIST = "issue.list"  # lists a case for rectification, and takes it off the list
    ISSUE_NOTE = "issue.note"
    ISSUE_REMIND = "issue.remind"
    ISSUE_EXPORT = "issue.export"
    CANNED_REPLY_KEEP = "canned_reply.keep"  # uses and keeps the department's replies
    TAG_EDIT = "tag.edit"  # keeps the list of tags; putting them on cases goes with ISSUE_NOTE
    POLICY_GAP_VIEW = "policy_gap.view"
    POLICY_GAP_ATTACH = "policy_gap.attach"  # says which missing policy a case waits for
    POLICY_GAP_EDIT = "policy_gap.edit"  # keeps the register: sends upward, writes down answers, tells enterprises
    SUGGESTION_VIEW = "suggestion.view"  # sees how good the suggestions are, and has them learned anew
    CALL_VIEW = "call.view"  # follow-up calls of the cases in sight
    CALL_RECORD = "call.record"  # calls, and writes down the answer
    CALL_RULE = "call.rule"  # sets how many are called
    RULE_VIEW = "rule.view"
    RULE_EDIT = "rule.edit"

    NOTICE_MANAGE = "notice.manage"  # rules of messages, who has not acknowledged, what did not go out

    CALENDAR_VIEW = "calendar.view"
    CALENDAR_EDIT = "calendar.edit"

    DASHBOARD_VIEW = "dashboard.view"
    SCORE_VIEW = "score.view"
    SCORE_FREEZE = "score.freeze"

    ATTACHMENT_RELEASE = "attachment.release"  # hands out a file that the virus scanner blocked without cause

    USER_VIEW = "user.view"
    USER_EDIT = "user.edit"
    DEPARTMENT_VIEW = "department.view"
    DEPARTMENT_EDIT = "department.edit"
    AUDIT_VIEW = "audit.view"
    ADMIN_SITE = "admin.site"


P = Permission
_OFFICIAL = {
    P.ENTERPRISE_VIEW,
    P.PROJECT_VIEW,
    P.ASSIGNMENT_VIEW,
    P.VISIT_VIEW,
    P.ISSUE_VIEW,
    P.CALENDAR_VIEW,
    P.RULE_VIEW,
    P.DEPARTMENT_VIEW,
}
_GAPS = {P.POLICY_GAP_VIEW, P.POLICY_GAP_ATTACH}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ENTERPRISE: frozenset({P.APPEAL_SUBMIT, P.APPEAL_RESPOND}),
    Role.CADRE: frozenset(_OFFICIAL | {P.PHONE_FULL, P.VISIT_LOG, P.ISSUE_REGISTER, P.ISSUE_NOTE}),
    Role.HANDLER: frozenset(
        _OFFICIAL | _GAPS | {P.PHONE_FULL, P.ISSUE_HANDLE, P.ISSUE_NOTE, P.ISSUE_EXPORT, P.CANNED_REPLY_KEEP}
    ),
    Role.DEPARTMENT_HEAD: frozenset(
        _OFFICIAL
        | _GAPS
        | {
            P.ISSUE_HANDLE,
            P.ISSUE_APPROVE,
            P.ISSUE_NOTE,
            P.ISSUE_EXPORT,
            P.CANNED_REPLY_KEEP,
            P.SCORE_VIEW,
            P.CALL_VIEW,
        }
    ),
    Role.LEADER: frozenset(
        _OFFICIAL | {P.DASHBOARD_VIEW, P.SCORE_VIEW, P.ISSUE_NOTE, P.ISSUE_REMIND, P.POLICY_GAP_VIEW, P.CALL_VIEW}
    ),
    Role.OFFICE: frozenset(
        _OFFICIAL
        | {
            P.DISTRICT_SCOPE,
            P.PHONE_FULL,
            P.ENTERPRISE_EDIT,
            P.ENTERPRISE_EXPORT,
            P.IMPORT,
            P.IMPORT_ROSTER,
            P.PROJECT_EDIT,
            P.ASSIGNMENT_EDIT,
            P.VISIT_LOG,
            P.VISIT_MATRIX,
            P.ISSUE_REGISTER,
            P.ISSUE_DISPATCH,
            P.ISSUE_ARBITRATE,
            P.ISSUE_APPROVE,
            P.ISSUE_CLOSE,
            P.ISSUE_LIST,
            P.ISSUE_NOTE,
            P.ISSUE_REMIND,
            P.TAG_EDIT,
            P.ISSUE_EXPORT,
            P.CANNED_REPLY_KEEP,
            *_GAPS,
            P.POLICY_GAP_EDIT,
            P.SUGGESTION_VIEW,
            P.CALL_VIEW,
            P.CALL_RECORD,
            P.CALL_RULE,
            P.NOTICE_MANAGE,
            P.RULE_EDIT,
            P.CALENDAR_EDIT,
            P.DASHBOARD_VIEW,
            P.SCORE_VIEW,
        }
    ),
    Role.SUPERVISOR: frozenset(
        _OFFICIAL
        | {
            P.DISTRICT_SCOPE,
            P.ENTERPRISE_EXPORT,
            P.VISIT_MATRIX,
            P.ISSUE_LIST,
            P.ISSUE_NOTE,
            P.ISSUE_REMIND,
            P.ISSUE_EXPORT,
            P.POLICY_GAP_VIEW,
            P.CALL_VIEW,
            P.DASHBOARD_VIEW,
            P.SCORE_VIEW,
            P.SCORE_FREEZE,
        }
    ),
    Role.SYSTEM_ADMIN: frozenset(
        {
            P.ENTERPRISE_VIEW,
            P.IMPORT,
            P.IMPORT_ROSTER,
            P.CALENDAR_VIEW,
            P.CALENDAR_EDIT,
            P.RULE_VIEW,
            P.RULE_EDIT,
            P.SUGGESTION_VIEW,
            P.CALL_RULE,
            P.DEPARTMENT_VIEW,
            P.DEPARTMENT_EDIT,
            P.ADMIN_SITE,
        }
    ),
    Role.SECURITY_ADMIN: frozenset({P.USER_VIEW, P.USER_EDIT, P.DEPARTMENT_VIEW, P.IMPORT, P.ATTACHMENT_RELEASE}),
    Role.AUDITOR: frozenset({P.AUDIT_VIEW, P.DEPARTMENT_VIEW, P.USER_VIEW}),
}


def permissions_of(roles: set[str] | frozenset[str]) -> frozenset[Permission]:
    """Everything these role keys together allow."""
    return frozenset().union(*(ROLE_PERMISSIONS[Role(role)] for role in roles)) if roles else frozenset()
