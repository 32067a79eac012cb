# What an entry tells besides, signed checkpoints and tombstones, and triggers that refuse changes.

from datetime import UTC, datetime

from django.db import migrations, models

from gates import chain, guards


def migrated(apps, schema_editor):
    """The first version's entries stay as they are, hashes included; an entry says where they end."""
    entries, heads = apps.get_model("gates", "AuditEntry"), apps.get_model("gates", "AuditHead")
    count = entries.objects.count()
    if not count:
        return
    head = heads.objects.select_for_update().get(pk=1)
    fields = {
        "seq": head.seq + 1, "form": 2, "at": datetime.now(UTC), "action": "log.migrated", "outcome": "changed",
        "actor_kind": "system", "actor": "Aviary", "auth": "", "via": "system", "subject": "", "cluster": "",
        "namespace": "", "name": "", "kind": "log", "revision": "", "images": [], "images_from": [], "phase": "",
        "weight": None, "before": {}, "after": {"entries": count, "last_seq": head.seq, "last_hash": head.hash},
        "reason": "", "decision": None, "policy": {}, "release": "", "source": "", "user_agent": "",
        "request_id": "", "prev_hash": head.hash,
    }
    entry = entries(**fields, hash=chain.digest(fields))
    entry.save(force_insert=True)
    head.seq, head.hash = entry.seq, entry.hash
    head.save()


def guard(apps, schema_editor):
    guards.install(schema_editor.connection)


def unguard(apps, schema_editor):
    guards.remove(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('gates', '0003_approvals'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditCheckpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('seq', models.BigIntegerField(db_index=True)),
                ('hash', models.CharField(max_length=64)),
                ('key_id', models.CharField(max_length=16)),
                ('public_key', models.CharField(max_length=64)),
                ('signature', models.CharField(max_length=128)),
            ],
            options={
                'ordering': ['-seq'],
            },
        ),
        migrations.CreateModel(
            name='AuditTombstone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_seq', models.BigIntegerField(unique=True)),
                ('last_seq', models.BigIntegerField(unique=True)),
                ('prev_hash', models.CharField(blank=True, max_length=64)),
                ('last_hash', models.CharField(max_length=64)),
                ('count', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('export_sha256', models.CharField(max_length=64)),
                ('key_id', models.CharField(max_length=16)),
                ('public_key', models.CharField(max_length=64)),
                ('signature', models.CharField(max_length=128)),
            ],
            options={
                'ordering': ['first_seq'],
            },
        ),
        migrations.AddField(
            model_name='auditentry',
            name='auth',
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name='auditentry',
            name='form',
            field=models.SmallIntegerField(db_default=1),
        ),
        migrations.AddField(
            model_name='auditentry',
            name='images_from',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='auditentry',
            name='policy',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='auditentry',
            name='release',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.RunPython(migrated, migrations.RunPython.noop),
        migrations.RunPython(guard, unguard),
    ]
