from django.urls import path

from foundation.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.trail, name="list"),
    path("verify/", views.verify, name="verify"),
    path("<int:seq>/", views.act, name="detail"),
]
