# The triggers of the log anew: they refuse more, and cannot be shown another table of the same name.

from django.db import migrations

from gates import guards


def guard(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('gates', '0012_add_decision_index'),
    ]

    operations = [
        # On the way back they stay: the version before does nothing that they refuse.
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]
