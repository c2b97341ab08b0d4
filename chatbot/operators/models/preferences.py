"""How a person wants to hear of visitors who wait."""

from django.db import models

from accounts.models import User


class InboxPreferences(models.Model):
    """One person's choices for the inbox; whoever made none hears nothing."""

    user = models.OneToOneField(User, models.CASCADE, related_name="inbox_preferences")
    notifications = models.BooleanField(default=False)
    sound = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.user)
