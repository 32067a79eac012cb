# The index of the log. It is filled beside the work, from the entries that are there.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gates', '0004_log'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditPlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
                ('cluster', models.CharField(blank=True, max_length=253)),
                ('namespace', models.TextField(blank=True)),
                ('action', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='AuditSegment',
            fields=[
                ('number', models.IntegerField(primary_key=True, serialize=False)),
                ('first_at', models.DateTimeField(null=True)),
                ('last_at', models.DateTimeField(null=True)),
                ('places', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='AuditTerm',
            fields=[
                ('pk', models.CompositePrimaryKey('term', 'segment', blank=True, editable=False, primary_key=True, serialize=False)),
                ('term', models.BinaryField()),
                ('segment', models.IntegerField()),
                ('bits', models.BinaryField()),
            ],
        ),
    ]
