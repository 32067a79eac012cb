"""The one row that numbers the log."""

from django.db import migrations


def head(apps, schema_editor):
    apps.get_model("gates", "AuditHead").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("gates", "0001_initial")]
    operations = [migrations.RunPython(head, migrations.RunPython.noop)]
