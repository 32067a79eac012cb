"""What people said about one hook of one canary, and since when Flagger waits to hear it."""

from __future__ import annotations

from django.db import models


class Approval(models.Model):
    """One person's yes (`approve`) or no (`reject`) to one revision at one hook.

    Live while `ended_at` is empty. `reach` and `weight` say how far a traffic approval goes. `phase` and
    `checksum` are the canary's when it was given: they tell whether its release is over. `pinned` is the
    checksum that Flagger must ask with, "" until that is known. `groups` are the person's then: the policy
    may change later. `passed_at`: a promotion's approval let the last question about traffic pass.
    """

    subject = models.CharField(max_length=64)
    cluster = models.CharField(max_length=253)
    namespace = models.TextField(blank=True)
    name = models.TextField(blank=True)
    hook = models.CharField(max_length=32)
    gate = models.TextField(blank=True)
    verdict = models.CharField(max_length=8)

    revision = models.CharField(max_length=64)
    images = models.JSONField(default=list)
    phase = models.CharField(max_length=64, blank=True)
    checksum = models.CharField(max_length=64, blank=True)
    pinned = models.CharField(max_length=64, blank=True)
    reach = models.CharField(max_length=8, blank=True)
    weight = models.IntegerField(default=100)

    # The audit entry that this is; names the decision everywhere.
    decision = models.BigIntegerField(unique=True)
    person = models.TextField()
    groups = models.JSONField(default=list)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    passed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["decision"]
        indexes = [models.Index(fields=["subject", "ended_at"], name="approval_live")]

    def __str__(self) -> str:
        return f"{self.person} {self.verdict} {self.hook} {self.namespace}/{self.name}"


class Episode(models.Model):
    """Flagger waits: from its first no on a confirm hook to its yes, or the end of the release."""

    subject = models.CharField(max_length=64)
    cluster = models.CharField(max_length=253)
    namespace = models.TextField(blank=True)
    name = models.TextField(blank=True)
    hook = models.CharField(max_length=32)
    gate = models.TextField(blank=True)
    revision = models.CharField(max_length=64, blank=True)
    # The weight at which it waits: each step of the traffic is an episode of its own.
    step = models.IntegerField(default=0)
    # Digest of all of the above while it lasts, NULL after: one open episode each, whatever replica saw it.
    current = models.CharField(max_length=64, null=True, unique=True)

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    on_deadline = models.CharField(max_length=8, blank=True)
    deadline_applied = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["subject", "-began_at"], name="episode_subject")]

    def __str__(self) -> str:
        return f"{self.hook} {self.namespace}/{self.name} since {self.began_at:%Y-%m-%d %H:%M:%S}"


class Alarm(models.Model):
    """A revision runs whose start nobody approved; one open alarm each, until its release is over."""

    subject = models.CharField(max_length=64)
    cluster = models.CharField(max_length=253)
    namespace = models.TextField(blank=True)
    name = models.TextField(blank=True)
    revision = models.CharField(max_length=64)
    # Digest of canary and revision while it lasts, NULL after.
    current = models.CharField(max_length=64, null=True, unique=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "-began_at"], name="alarm_subject")]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name} {self.revision[:10]} since {self.began_at:%Y-%m-%d %H:%M:%S}"


class AskedHook(models.Model):
    """When Flagger last asked an address of a canary, over all replicas; flushed every few seconds.

    `hook` is a typed hook's name, or `gate` or `rollback` for a drop-in address. `count` asks since
    `began_at`, the first one after a yes; `anew`: the last flush began to count anew.
    """

    key = models.CharField(max_length=64, unique=True)
    subject = models.CharField(max_length=64, db_index=True)
    cluster = models.CharField(max_length=253)
    namespace = models.TextField(blank=True)
    name = models.TextField(blank=True)
    hook = models.CharField(max_length=32)
    gate = models.TextField(blank=True)
    count = models.BigIntegerField(default=0)
    began_at = models.DateTimeField()
    anew = models.BooleanField(default=False)
    last_at = models.DateTimeField()
    last_yes = models.BooleanField(default=False)
    last_why = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.hook} at {self.last_at:%Y-%m-%d %H:%M:%S}"
