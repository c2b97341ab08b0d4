from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("conversations", "0008_stale_days")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="sentiment_checked",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=Q(("author", "visitor"), ("sentiment_checked", False)),
                fields=["author", "-id"],
                name="message_without_sentiment",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=Q(("message_total__gt", 0), ("sentiment__lte", -0.3), ("status", "open")),
                fields=["-updated_at", "-id"],
                name="inbox_unhappy",
            ),
        ),
    ]
