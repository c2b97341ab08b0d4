import django.db.models.deletion
from django.db import migrations, models


def states_from_flags(apps, schema_editor):
    versions = apps.get_model('inference', 'LanguageModelVersion').objects
    versions.filter(is_active=True).update(state='active')


def flags_from_states(apps, schema_editor):
    versions = apps.get_model('inference', 'LanguageModelVersion').objects
    versions.filter(state='active').update(is_active=True)


class Migration(migrations.Migration):

    dependencies = [
        ('inference', '0003_sentiment_heads'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='languagemodelversion',
            name='one_active_version_per_kind',
        ),
        migrations.AddField(
            model_name='languagemodelversion',
            name='parent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='children', to='inference.languagemodelversion', verbose_name='made of'),
        ),
        migrations.AddField(
            model_name='languagemodelversion',
            name='recipe',
            field=models.JSONField(blank=True, default=dict, verbose_name='recipe'),
        ),
        migrations.AddField(
            model_name='languagemodelversion',
            name='state',
            field=models.CharField(choices=[('installed', 'Installed'), ('candidate', 'Candidate'), ('canary', 'Canary'), ('active', 'Active'), ('retired', 'Retired')], default='installed', max_length=10, verbose_name='state'),
        ),
        migrations.RunPython(states_from_flags, flags_from_states),
        migrations.RemoveField(
            model_name='languagemodelversion',
            name='is_active',
        ),
        migrations.AddConstraint(
            model_name='languagemodelversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('kind',), name='one_active_version_per_kind'),
        ),
        migrations.AddConstraint(
            model_name='languagemodelversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'canary')), fields=('kind',), name='one_canary_per_kind'),
        ),
    ]
