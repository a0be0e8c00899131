from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "supervision"
    verbose_name = "督导"

    def ready(self) -> None:
        """Say on the page of a case which figure it enters."""
        from issues.casefile import effects
        from supervision.effects import of_turn

        effects.register(of_turn)
