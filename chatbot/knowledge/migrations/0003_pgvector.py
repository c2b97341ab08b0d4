import django.db.models.deletion
from django.db import migrations, models


def prepare(apps, schema_editor):
    """Let PostgreSQL search vectors where it has pgvector; see chatbot/knowledge/nearest.py."""
    from chatbot.knowledge import nearest

    nearest.prepare()


class Migration(migrations.Migration):

    dependencies = [
        ('knowledge', '0002_vectors'),
    ]

    operations = [
        migrations.AlterField(
            model_name='passagevector',
            name='passage',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='vectors', to='knowledge.passage'),
        ),
        migrations.AlterField(
            model_name='passagevector',
            name='site',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.site'),
        ),
        migrations.RunPython(prepare, migrations.RunPython.noop),
    ]
