"""The portal's addresses and the bare views beside them."""

from django.urls import include, path

from bench import million, pages

urlpatterns = [
    path("bare/", pages.bare_list),
    path("bare/newest/", pages.bare_newest),
    path("bare/narrowed/", million.bare_narrowed),
    path("bare/<int:pk>/", pages.bare_case),
    path("frame/", pages.frame),
    path("", include("config.urls")),
]
