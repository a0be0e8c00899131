from django.urls import path

from foundation.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.inbox, name="list"),
    path("read/", views.read_all, name="read_all"),
    path("<int:pk>/open/", views.open_notice, name="open"),
    path("<int:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("choices/", views.choices, name="choices"),
    path("manage/", views.unacknowledged, name="unacknowledged"),
    path("manage/sending/", views.sending, name="sending"),
    path("manage/sending/settle/", views.settle, name="settle"),
    path("manage/rules/", views.rules, name="rules"),
]
