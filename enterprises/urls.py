from django.urls import path

from enterprises import views
from enterprises.views import registrations

app_name = "enterprises"
urlpatterns = [
    path("", views.EnterpriseList.as_view(), name="list"),
    path("export/", views.EnterpriseExport.as_view(), name="export"),
    path("new/", views.EnterpriseCreate.as_view(), name="create"),
    path("places/", views.Places.as_view(), name="places"),
    path("places/parks/", views.ParkSave.as_view(), name="park_create"),
    path("places/parks/<int:pk>/", views.ParkSave.as_view(), name="park_edit"),
    path("places/pools/", views.PoolCreate.as_view(), name="pool_create"),
    path("duplicates/", views.Duplicates.as_view(), name="duplicates"),
    path("duplicates/find/", views.FindDuplicates.as_view(), name="duplicates_find"),
    path("duplicates/<int:survivor>/<int:loser>/", views.Compare.as_view(), name="compare"),
    path("duplicates/<int:survivor>/<int:loser>/different/", views.DeclareDifferent.as_view(), name="different"),
    path("duplicates/different/<int:pk>/again/", views.SuspectAgain.as_view(), name="suspect_again"),
    path("merges/<int:pk>/", views.MergeDetail.as_view(), name="merge"),
    path("merges/<int:pk>/undo/", views.Unmerge.as_view(), name="unmerge"),
    path("colleagues/", views.Colleagues.as_view(), name="colleagues"),
    path("colleagues/<int:staff>/<slug:verb>/", views.ColleagueChange.as_view(), name="colleague_change"),
    path("registrations/", registrations.registrations, name="registrations"),
    path("registrations/<int:pk>/", registrations.registration, name="registration"),
    path("registrations/<int:pk>/approve/", registrations.approve, name="registration_approve"),
    path("registrations/<int:pk>/refuse/", registrations.refuse, name="registration_refuse"),
    path("<int:pk>/staff/", views.Staff.as_view(), name="staff"),
    path("<int:pk>/staff/<int:staff>/<slug:verb>/", views.StaffChange.as_view(), name="staff_change"),
    path("<int:pk>/", views.EnterpriseDetail.as_view(), name="detail"),
    path("<int:pk>/duplicates/", views.PickDuplicate.as_view(), name="pick_duplicate"),
    path("<int:pk>/edit/", views.EnterpriseEdit.as_view(), name="edit"),
    path("<int:pk>/contacts/", views.ContactAdd.as_view(), name="contact_add"),
    path("<int:pk>/contacts/<int:contact>/", views.ContactEdit.as_view(), name="contact_edit"),
    path("<int:pk>/contacts/<int:contact>/remove/", views.ContactRemove.as_view(), name="contact_remove"),
    path("<int:pk>/contacts/<int:contact>/phone/", views.ContactPhone.as_view(), name="contact_phone"),
]
