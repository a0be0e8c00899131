from django.urls import path

from projects import views

app_name = "projects"
urlpatterns = [
    path("", views.ProjectList.as_view(), name="list"),
    path("board/", views.Board.as_view(), name="board"),
    path("new/", views.ProjectCreate.as_view(), name="create"),
    path("<int:pk>/", views.ProjectDetail.as_view(), name="detail"),
    path("<int:pk>/edit/", views.ProjectEdit.as_view(), name="edit"),
    path("<int:pk>/stage/", views.StageAdvance.as_view(), name="advance"),
]
