from django.urls import path

from foundation.attachments import views

app_name = "attachments"
urlpatterns = [
    path("blocked/", views.blocked, name="blocked"),
    path("held/", views.hold, name="hold"),
    path("held/<uuid:key>/drop/", views.drop, name="drop"),
    path("<uuid:key>/", views.download, name="download"),
    path("<uuid:key>/view/", views.preview, name="preview"),
    path("<uuid:key>/content/", views.content, name="content"),
    path("<uuid:key>/release/", views.release, name="release"),
    path("<uuid:key>/likeness/", views.likeness, name="likeness"),
]
