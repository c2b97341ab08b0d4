from django.db import migrations

from accounts import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_audit'),
    ]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: append_only.install(schema_editor),
            lambda apps, schema_editor: append_only.remove(schema_editor),
        ),
    ]
