from django.db import migrations, models


class Migration(migrations.Migration):
    """What was told of the checks of a release while it ran."""

    dependencies = [("dashboard", "0004_notifications")]
    operations = [
        migrations.AddField(model_name="release", name="told", field=models.JSONField(null=True)),
    ]
