from django.urls import path

from foundation.accounts.views import departments, own, people

app_name = "accounts"
urlpatterns = [
    path("login/", own.Login.as_view(), name="login"),
    path("logout/", own.Logout.as_view(), name="logout"),
    path("care/", own.Care.as_view(), name="care"),
    path("profile/", own.Profile.as_view(), name="profile"),
    path("password/", own.PasswordChange.as_view(), name="password_change"),
    path("password/reset/", own.PasswordReset.as_view(), name="password_reset"),
    path("password/reset/sent/", own.PasswordResetSent.as_view(), name="password_reset_sent"),
    path("password/reset/<uidb64>/<token>/", own.PasswordResetConfirm.as_view(), name="password_reset_confirm"),
    path("users/", people.People.as_view(), name="users"),
    path("users/new/", people.NewPerson.as_view(), name="user_new"),
    path("users/<int:pk>/", people.Person.as_view(), name="user"),
    path("users/<int:pk>/edit/", people.EditPerson.as_view(), name="user_edit"),
    path("users/<int:pk>/roles/grant/", people.GrantRole.as_view(), name="user_grant"),
    path("users/<int:pk>/roles/revoke/", people.RevokeRole.as_view(), name="user_revoke"),
    path("users/<int:pk>/password/", people.ResetPassword.as_view(), name="user_password"),
    path("departments/", departments.Departments.as_view(), name="departments"),
    path("departments/new/", departments.NewDepartment.as_view(), name="department_new"),
    path("departments/<int:pk>/", departments.EditDepartment.as_view(), name="department_edit"),
]
