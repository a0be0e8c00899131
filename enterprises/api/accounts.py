"""Who speaks for an enterprise in the API: colleagues let in and out, and requests for an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_filters
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from enterprises import actions
from enterprises.account_forms import USERNAME
from enterprises.matching import matches
from enterprises.models import Enterprise, EnterpriseStaff, Registration
from foundation.accounts.api import (
    FilterSet,
    PhoneField,
    ReadViewSet,
    StrictModelSerializer,
    StrictSerializer,
    obeyed,
    scoped,
)
from foundation.accounts.api_permission import AnyOfDeclared
from foundation.accounts.forms import PhoneField as PhoneFormField
from foundation.accounts.permissions import Permission
from foundation.attachments.models import Attachment

MANAGERS = frozenset({Permission.APPEAL_SUBMIT, Permission.ENTERPRISE_EDIT})


class UsernameField(serializers.RegexField):
    """A login name: 4–30 letters, digits and a few signs."""

    def __init__(self, **kwargs: Any) -> None:
        said: dict[str, Any] = {"invalid": _("登录账号须为 4–30 位字母、数字或 . _ - @,并以字母或数字开头。")}
        super().__init__(USERNAME, max_length=30, error_messages=said, **kwargs)


class PhoneInput(serializers.CharField):
    """A phone as the pages take it."""

    def to_internal_value(self, data: Any) -> str:
        return str(PhoneFormField(max_length=30).clean(super().to_internal_value(data)))


# -- Colleagues -------------------------------------------------------------------------------------------------------


class StaffSerializer(StrictModelSerializer):
    """An account that speaks for an enterprise."""

    enterprise_name = serializers.CharField(source="enterprise.name", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    username = serializers.CharField(source="user.username", read_only=True)
    phone = PhoneField(source="user.phone", always=True)
    is_active = serializers.BooleanField(source="user.is_active", read_only=True)
    last_login = serializers.DateTimeField(source="user.last_login", read_only=True)

    class Meta:
        model = EnterpriseStaff
        fields = [
            "id", "enterprise", "enterprise_name", "user", "name", "username", "phone", "is_admin", "is_active",
            "last_login",
        ]  # fmt: skip
        read_only_fields = fields


class InvitedSerializer(StaffSerializer):
    """The account made, with its first password: said once, to be changed at the first login."""

    password = serializers.CharField(read_only=True)

    class Meta(StaffSerializer.Meta):
        fields = [*StaffSerializer.Meta.fields, "password"]
        read_only_fields = fields


class InviteBody(StrictSerializer):
    """A colleague; the enterprise's own administrator leaves out `enterprise`."""

    enterprise = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    name = serializers.CharField(max_length=40)
    phone = PhoneInput(max_length=30)
    username = UsernameField()
    is_admin = serializers.BooleanField(default=False)


class StaffFilter(FilterSet):
    enterprise = django_filters.ModelChoiceFilter(queryset=scoped(Enterprise))
    is_active = django_filters.BooleanFilter(field_name="user__is_active")
    is_admin = django_filters.BooleanFilter()


class EnterpriseStaffViewSet(ReadViewSet):
    """Accounts of the enterprise's side: one's own enterprise's, the office's all."""

    queryset = EnterpriseStaff.objects.select_related("user", "enterprise")
    serializer_class = StaffSerializer
    permission_classes = [AnyOfDeclared]
    permissions: Any = dict.fromkeys(("list", "retrieve", "create", "suspend", "admit", "admin", "no_admin"), MANAGERS)
    write_serializers = {
        "create": InviteBody,
        **dict.fromkeys(("suspend", "admit", "admin", "no_admin"), StrictSerializer),
    }
    filterset_class = StaffFilter
    ordering_fields = {"id": "pk", "name": "user__name", "last_login": "user__last_login"}
    default_ordering = ["enterprise", "-user__is_active", "-is_admin"]

    @extend_schema(request=InviteBody, responses={201: InvitedSerializer})
    def create(self, request: Request) -> Response:
        """为同事开通账号。初始密码只在这次回答里出现。"""
        asked = self.body()
        enterprise = self._enterprise(asked.pop("enterprise", None))
        staff, password = obeyed(actions.invite_colleague, enterprise=enterprise, by=request.user, **asked)
        return Response({**self.represent(staff), "password": password}, status=201)

    def _enterprise(self, named: int | None) -> Enterprise:
        """The one that is named, if in sight; the enterprise's own accounts mean their own."""
        user: Any = self.request.user
        if not user.may(Permission.ENTERPRISE_EDIT):
            own = EnterpriseStaff.objects.filter(user=user).select_related("enterprise").first()
            if own is None:
                raise exceptions.PermissionDenied(_("您的账号还没有关联企业,请联系企业服务办公室。"))
            if named not in (None, own.enterprise_id):
                raise exceptions.NotFound
            return own.enterprise
        if named is None:
            raise serializers.ValidationError({"enterprise": [_("该字段是必填项。")]}, code="required")
        found = Enterprise.objects.visible_to(user).filter(pk=named).first()
        if found is None:
            raise exceptions.NotFound
        return found

    @extend_schema(request=None, responses=StaffSerializer)
    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, pk: str) -> Response:
        """停用账号,立即不能登录。"""
        return self._do(actions.suspend_colleague)

    @extend_schema(request=None, responses=StaffSerializer)
    @action(detail=True, methods=["post"])
    def admit(self, request: Request, pk: str) -> Response:
        """恢复账号。"""
        return self._do(actions.admit_colleague)

    @extend_schema(request=None, responses=StaffSerializer)
    @action(detail=True, methods=["post"])
    def admin(self, request: Request, pk: str) -> Response:
        """设为企业管理员。"""
        return self._do(actions.name_admin)

    @extend_schema(request=None, responses=StaffSerializer)
    @action(detail=True, methods=["post"], url_path="no-admin")
    def no_admin(self, request: Request, pk: str) -> Response:
        """取消企业管理员。"""
        return self._do(actions.unname_admin)

    def _do(self, write: Callable[..., EnterpriseStaff]) -> Response:
        staff = self.get_object()
        self.body()
        return Response(self.represent(obeyed(write, staff=staff, by=self.request.user)))


# -- Requests for an account ------------------------------------------------------------------------------------------


class RegistrationRowSerializer(StrictModelSerializer):
    """A request; never the password or the address it came from."""

    state_name = serializers.CharField(source="get_state_display", read_only=True)
    phone = PhoneField()
    roster_name = serializers.CharField(source="enterprise.name", default=None, read_only=True)

    class Meta:
        model = Registration
        fields = [
            "id", "credit_code", "enterprise_name", "person_name", "phone", "username", "submitted_at", "state",
            "state_name", "decided_at", "decided_by", "reason", "enterprise", "roster_name", "user",
        ]  # fmt: skip
        read_only_fields = fields


class MatchSerializer(serializers.Serializer):
    """An enterprise of the roster that may be meant."""

    enterprise = serializers.IntegerField(source="enterprise.pk")
    name = serializers.CharField(source="enterprise.name")
    credit_code = serializers.CharField(source="enterprise.credit_code")
    same_code = serializers.BooleanField()
    percent = serializers.IntegerField()
    accounts = serializers.IntegerField()


class PaperSerializer(StrictModelSerializer):
    """A paper that came with the request."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ["name", "size", "content_type", "state", "sha256", "url"]
        read_only_fields = fields

    def get_url(self, paper: Attachment) -> str:
        return reverse("attachments:download", args=[paper.key])


class RegistrationSerializer(RegistrationRowSerializer):
    """A request beside what the roster says, with its papers."""

    matches = serializers.SerializerMethodField()
    files = serializers.SerializerMethodField()

    class Meta(RegistrationRowSerializer.Meta):
        fields = [*RegistrationRowSerializer.Meta.fields, "matches", "files"]
        read_only_fields = fields

    @extend_schema_field(MatchSerializer(many=True))
    def get_matches(self, asked: Registration) -> Any:
        return MatchSerializer(matches(asked), many=True).data

    @extend_schema_field(PaperSerializer(many=True))
    def get_files(self, asked: Registration) -> Any:
        rows = Attachment.objects.visible_to(self.context["request"].user).of(asked)
        return PaperSerializer(rows, many=True).data


class ApproveBody(StrictSerializer):
    """Which of the `matches` is meant, null to put it on the roster; `username` where another is to be."""

    enterprise = serializers.IntegerField(allow_null=True)
    username = UsernameField(required=False)


class RefuseBody(StrictSerializer):
    """Why not: the applicant reads it."""

    reason = serializers.CharField(max_length=300)


class RegistrationFilter(FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=Registration.State.choices)
    credit_code = django_filters.CharFilter()


class RegistrationViewSet(ReadViewSet):
    """Requests for an account, for the office; decided once, a second decision is 409."""

    queryset = Registration.objects.select_related("enterprise")
    serializer_class = RegistrationSerializer
    permissions = dict.fromkeys(("list", "retrieve", "approve", "refuse"), Permission.ENTERPRISE_EDIT)
    write_serializers = {"approve": ApproveBody, "refuse": RefuseBody}
    filterset_class = RegistrationFilter
    ordering_fields = {"submitted_at": "submitted_at", "decided_at": "decided_at"}
    default_ordering = ["submitted_at"]

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return RegistrationRowSerializer if self.action == "list" else super().get_serializer_class()

    @extend_schema(request=ApproveBody, responses=RegistrationSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """通过:为申请人开通账号,关联到名册里的企业,或按申请新建企业。"""
        asked: Registration = self.get_object()
        body = self.body()
        pending = asked.state == Registration.State.PENDING
        enterprise = self._meant(asked, body["enterprise"]) if pending else None
        name = body.get("username", asked.username)
        return self._do(actions.approve_registration, asked, enterprise=enterprise, username=name)

    def _meant(self, asked: Registration, named: int | None) -> Enterprise | None:
        """The match that is named; a code that is on the roster already makes no second enterprise."""
        found = matches(asked)
        if named is None:
            if any(one.same_code for one in found):
                said = _("名册里已有这个信用代码的企业,请关联到它。")
                raise serializers.ValidationError({"enterprise": [said]}, code="on_roster")
            return None
        for one in found:
            if one.enterprise.pk == named:
                return one.enterprise
        raise serializers.ValidationError({"enterprise": [_("请从对照到的企业中选择。")]}, code="no_match")

    @extend_schema(request=RefuseBody, responses=RegistrationSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        """不通过,并写明理由。"""
        return self._do(actions.refuse_registration, self.get_object(), **self.body())

    def _do(self, write: Callable[..., Registration], asked: Registration, **data: Any) -> Response:
        return Response(self.represent(obeyed(write, registration=asked, by=self.request.user, **data)))
