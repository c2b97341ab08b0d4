import accounts.public_ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('inference', '0004_workshop_registry'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DataSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=accounts.public_ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                ('kind', models.CharField(choices=[('dialogues', 'dialogues'), ('labelled', 'labelled texts')], default='dialogues', max_length=10, verbose_name='kind')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
            ],
            options={
                'verbose_name': 'data set',
                'verbose_name_plural': 'data sets',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='DataSetVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('counts', models.JSONField(default=dict, verbose_name='examples')),
                ('card', models.TextField(blank=True, verbose_name='data card')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                ('data_set', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='workshop.dataset', verbose_name='data set')),
            ],
            options={
                'verbose_name': 'version of a data set',
                'verbose_name_plural': 'versions of data sets',
                'ordering': ['data_set', '-number'],
            },
        ),
        migrations.CreateModel(
            name='WorkshopJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=accounts.public_ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'At work'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10, verbose_name='state')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='done')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='of')),
                ('message', models.CharField(blank=True, max_length=500, verbose_name='message')),
                ('cancel_requested', models.BooleanField(default=False, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started')),
                ('touched_at', models.DateTimeField(editable=False, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('detail', models.CharField(blank=True, editable=False, max_length=500)),
                ('seed', models.PositiveIntegerField(default=1, help_text='The same texts and the same number give the same weights.', verbose_name='seed')),
                ('seconds_left', models.PositiveIntegerField(editable=False, null=True)),
                ('losses', models.JSONField(default=list, editable=False)),
                ('log', models.JSONField(default=list, editable=False)),
                ('result', models.JSONField(default=dict, editable=False)),
                ('kind', models.CharField(choices=[('finetune', 'fine-tune'), ('private', 'private fine-tune'), ('distil', 'distil'), ('prune', 'prune'), ('share', 'share parameters'), ('quantise', 'quantise')], max_length=10, verbose_name='kind')),
                ('settings', models.JSONField(blank=True, default=dict, verbose_name='settings')),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='inference.languagemodelversion', verbose_name='starts from')),
                ('data', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='workshop.datasetversion', verbose_name='data set')),
                ('made', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='made_by', to='inference.languagemodelversion', verbose_name='made')),
            ],
            options={
                'verbose_name': 'job',
                'verbose_name_plural': 'jobs',
                'ordering': ['-id'],
            },
        ),
        migrations.AddConstraint(
            model_name='datasetversion',
            constraint=models.UniqueConstraint(fields=('data_set', 'number'), name='data_set_version_number_unique'),
        ),
        migrations.AddConstraint(
            model_name='workshopjob',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('waiting', 'running'))), fields=('base',), name='one_workshop_job_per_model'),
        ),
    ]
