from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "foundation.notices"
    label = "notices"
    verbose_name = "消息"

    def ready(self) -> None:
        from foundation.notices.models import Notice
        from foundation.ui.badges import Badge, register

        register("notices", lambda user: Badge(Notice.objects.visible_to(user).unread().count(), hot=True))
