"""The pages of one's own account: log in and out, password, profile, the care mode."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView

from foundation.accounts import actions, forms
from foundation.accounts.access import PermissionView
from foundation.accounts.errors import Stale
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.accounts.trail import record
from foundation.accounts.views import SignedInView, bump

CARE_COOKIE = "care"
YEAR = 365 * 24 * 3600  # seconds


class Login(PermissionView, auth_views.LoginView):
    """Account and password; a fresh account is led to choosing its own password."""

    permission = Permission.ANYONE
    template_name = "registration/login.html"
    authentication_form = forms.LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        user = form.get_user()
        record(action="accounts.login", target=user, by=user)
        if user.must_change_password:
            messages.info(self.request, _("这是初始密码，请先改成您自己的密码。"))
            return redirect("accounts:password_change")
        return response


class Logout(SignedInView, auth_views.LogoutView):
    """Ends the session; by POST only."""

    permission = Permission.SIGNED_IN
    next_page = "accounts:login"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record(action="accounts.logout", target=self.me, by=self.me)
        return super().post(request, *args, **kwargs)


class Care(PermissionView):
    """Switches the larger, stronger view on or off for this browser."""

    permission = Permission.ANYONE
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        response = HttpResponseRedirect(back(request))
        if request.POST.get("care") == "1":
            response.set_cookie(
                CARE_COOKIE, "1", max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
            )
        else:
            response.delete_cookie(CARE_COOKIE, samesite="Lax")
        return response


def back(request: HttpRequest) -> str:
    """Where the person came from, when that is a page of this portal."""
    address = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if safe else "/"


class Profile(SignedInView, FormView):
    """Who I am here, and what I may change of it."""

    permission = Permission.SIGNED_IN
    template_name = "accounts/profile.html"
    form_class = forms.ProfileForm
    success_url = reverse_lazy("accounts:profile")

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.me, name) for name in ("phone", "email", "notify_by_email", "version")}

    def form_valid(self, form: forms.ProfileForm) -> HttpResponse:
        user = User.objects.get(pk=self.me.pk)
        try:
            actions.edit_user(user=user, by=user, **form.cleaned_data)
        except Stale as stale:
            return self.stale(form, stale.current)
        messages.success(self.request, _("个人资料已保存。"))
        return super().form_valid(form)

    def stale(self, form: forms.ProfileForm, current: Any) -> HttpResponse:
        """Both versions side by side; the next submit counts against the one that stands now."""
        names = ("phone", "email", "notify_by_email")
        rows = [
            {
                "label": form.fields[name].label,
                "theirs": words(getattr(current, name)),
                "yours": words(form.cleaned_data[name]),
            }
            for name in names
        ]
        bump(form, current.version)
        return self.render_to_response(self.get_context_data(form=form, stale=rows), status=409)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, "person": self.me, "oversees": list(self.me.oversees.all()), "stale": kwargs.get("stale")}


def words(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(value)


class PasswordChange(SignedInView, auth_views.PasswordChangeView):
    """A new password, given the old one; other sessions end."""

    permission = Permission.SIGNED_IN
    template_name = "registration/password_change.html"
    form_class = forms.PasswordChangeForm
    success_url = reverse_lazy("accounts:profile")

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.save()
        update_session_auth_hash(self.request, user)
        messages.success(self.request, _("密码已修改，其他设备上的登录已退出。"))
        return HttpResponseRedirect(str(self.success_url))


class PasswordReset(PermissionView, auth_views.PasswordResetView):
    """Asks for the mailbox and sends the link."""

    permission = Permission.ANYONE
    template_name = "registration/password_reset.html"
    form_class = forms.PasswordResetForm
    email_template_name = "registration/password_reset_email.txt"
    subject_template_name = "registration/password_reset_subject.txt"
    success_url = reverse_lazy("accounts:password_reset_sent")

    def form_valid(self, form: Any) -> HttpResponse:
        self.extra_email_context = forms.reset_context()
        return super().form_valid(form)


class PasswordResetSent(PermissionView, TemplateView):
    """Says to look into the mailbox."""

    permission = Permission.ANYONE
    template_name = "registration/password_reset_sent.html"


class PasswordResetConfirm(PermissionView, auth_views.PasswordResetConfirmView):
    """The page behind the link: a new password twice."""

    permission = Permission.ANYONE
    template_name = "registration/password_reset_confirm.html"
    form_class = forms.PasswordSetForm

    def get_success_url(self) -> str:
        messages.success(self.request, _("新密码已生效，请登录。"))
        return reverse("accounts:login")
