from django.db import migrations, models


class Migration(migrations.Migration):
    """The checks that a release had to pass."""

    dependencies = [("dashboard", "0002_interventions")]
    operations = [
        migrations.AddField(
            model_name="release",
            name="checks",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
    ]
