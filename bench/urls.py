"""The portal's addresses and the bare views beside them."""

from django.urls import include, path

from bench import pages

urlpatterns = [
    path("bare/", pages.bare_list),
    path("bare/newest/", pages.bare_newest),
    path("bare/<int:pk>/", pages.bare_case),
    path("frame/", pages.frame),
    path("", include("config.urls")),
]
