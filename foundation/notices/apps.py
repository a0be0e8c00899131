from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "foundation.notices"
    label = "notices"
    verbose_name = "消息"

    def ready(self) -> None:
        from foundation.notices.channels import OF_GROUPS, groups
        from foundation.notices.models import Notice
        from foundation.ui.badges import Badge, register

        groups.check(OF_GROUPS)
        register("notices", lambda user: Badge(Notice.objects.visible_to(user).unread().count(), hot=True))
