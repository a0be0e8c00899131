from django.urls import path

from foundation.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.batches, name="list"),
    path("new/", views.upload, name="upload"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/preview/", views.preview, name="preview"),
    path("<int:pk>/commit/", views.commit, name="commit"),
    path("<int:pk>/policy/", views.policy, name="policy"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<int:pk>/file/", views.original, name="original"),
    path("<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/refused/", views.refused, name="refused"),
]
