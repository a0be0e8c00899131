from django.urls import path

from foundation.exports import views

app_name = "exports"
urlpatterns = [
    path("", views.exports, name="list"),
    path("new/<slug:kind>/", views.request_export, name="request"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<int:pk>/file/", views.download, name="download"),
]
