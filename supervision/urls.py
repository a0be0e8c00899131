from django.urls import path

from supervision import views

app_name = "supervision"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("ranking/", views.ranking, name="ranking"),
    path("ranking/<str:period>/freeze/", views.freeze, name="freeze"),
    path("rows/<str:period>/<slug:key>/", views.district_rows, name="district_rows"),
    path("scores/<str:period>/<str:code>/", views.department_score, name="score"),
    path("scores/<str:period>/<str:code>/<slug:key>/", views.score_rows, name="rows"),
]
