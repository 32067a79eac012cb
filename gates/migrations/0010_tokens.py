import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Tokens for Flagger's addresses, what API tokens may do, and where a role comes from."""

    dependencies = [
        ('gates', '0007_review'),
        ('knox', '0009_extend_authtoken_field'),
    ]

    operations = [
        migrations.CreateModel(
            name='WebhookToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('hint', models.CharField(max_length=16)),
                ('clusters', models.TextField(default='*')),
                ('namespaces', models.TextField(default='*')),
                ('created_by', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('decision', models.BigIntegerField()),
            ],
            options={
                'ordering': ['name', '-id'],
            },
        ),
        migrations.AddField(
            model_name='rolegrant',
            name='source',
            field=models.CharField(blank=True, db_default='', default='', max_length=16),
        ),
        migrations.CreateModel(
            name='TokenScope',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('role', models.CharField(blank=True, max_length=16)),
                ('namespaces', models.TextField(default='*')),
                ('service', models.BooleanField(default=False)),
                ('created_by', models.CharField(max_length=200)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('decision', models.BigIntegerField()),
                ('token', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='scope', to=settings.KNOX_TOKEN_MODEL)),
            ],
            options={
                'ordering': ['name', '-id'],
            },
        ),
    ]
