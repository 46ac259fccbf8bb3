"""The Django application that holds the tables."""

from django.apps import AppConfig

__all__ = ["StateConfig"]


class StateConfig(AppConfig):
    """Tables of the state."""

    name = "bot.state"
    label = "state"
    verbose_name = "民政问答"
    default_auto_field = "django.db.models.BigAutoField"
