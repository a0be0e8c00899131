from django.urls import path

from enterprises import views

app_name = "enterprises"
urlpatterns = [
    path("", views.EnterpriseList.as_view(), name="list"),
    path("export/", views.EnterpriseExport.as_view(), name="export"),
    path("new/", views.EnterpriseCreate.as_view(), name="create"),
    path("places/", views.Places.as_view(), name="places"),
    path("places/parks/", views.ParkSave.as_view(), name="park_create"),
    path("places/parks/<int:pk>/", views.ParkSave.as_view(), name="park_edit"),
    path("places/pools/", views.PoolCreate.as_view(), name="pool_create"),
    path("<int:pk>/", views.EnterpriseDetail.as_view(), name="detail"),
    path("<int:pk>/edit/", views.EnterpriseEdit.as_view(), name="edit"),
    path("<int:pk>/contacts/", views.ContactAdd.as_view(), name="contact_add"),
    path("<int:pk>/contacts/<int:contact>/", views.ContactEdit.as_view(), name="contact_edit"),
    path("<int:pk>/contacts/<int:contact>/remove/", views.ContactRemove.as_view(), name="contact_remove"),
    path("<int:pk>/contacts/<int:contact>/phone/", views.ContactPhone.as_view(), name="contact_phone"),
]
