"""Addresses of the clocks app, under /calendar/."""

from django.urls import path

from foundation.clocks import views

app_name = "clocks"
urlpatterns = [
    path("", views.calendar_page, name="calendar"),
    path("load/", views.load, name="load"),
    path("why/<str:kind>/<int:owner_id>/", views.why, name="why"),
]
