from django.urls import path

from foundation.imports import views
from foundation.imports.views import passwords, templates

app_name = "imports"
urlpatterns = [
    path("", views.batches, name="list"),
    path("new/", views.upload, name="upload"),
    path("templates/<slug:resource>/", templates.roster_template, name="template"),
    path("mappings/<int:pk>/delete/", views.delete_mapping, name="delete_mapping"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/mapping/", views.mapping, name="mapping"),
    path("<int:pk>/mapping/saved/", views.use_mapping, name="use_mapping"),
    path("<int:pk>/rows/<int:number>/", views.row, name="row"),
    path("<int:pk>/rows/<int:number>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:pk>/rows/<int:number>/<int:column>/", views.cell, name="cell"),
    path("<int:pk>/confirm/", views.confirm, name="confirm"),
    path("<int:pk>/decide/", views.decide, name="decide"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/preview/", views.preview, name="preview"),
    path("<int:pk>/commit/", views.commit, name="commit"),
    path("<int:pk>/policy/", views.policy, name="policy"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<int:pk>/file/", views.original, name="original"),
    path("<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/refused/", views.refused, name="refused"),
    path("<int:pk>/passwords/", passwords.passwords, name="passwords"),
]
