"""One run of a revision through a canary, and every state it was seen in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Release(models.Model):
    """From Flagger's first status that names it to its end. Only `releases/writing.py` writes it; a test
    holds that. The first deployment of a canary (Initializing, Initialized) is none.

    `run_at` (when Flagger's condition left True or False) and `checksum` tell it from every other run of
    its canary. `images` are `[container, old, new]`, `old` "" where the primary was not known; `changes`
    is the unified diff of the pod template. `reached` is the highest weight, per cent; `failed_checks` the
    most at any time. `why` is in Flagger's own words, `decision` the audit entry of the rollback request or
    rejection that ended it. `waited` in seconds, for people; it, `why`, `told` and `decision` are final
    once `settled`. Times are Flagger's; NULL where nobody saw them.
    """

    class Outcome(models.TextChoices):
        """How it ended. `superseded`: a newer revision or configuration took its place before it was
        promoted. `unknown`: it ended, and nobody saw how."""

        RUNNING = "running", _("running")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        SUPERSEDED = "superseded", _("superseded")
        REMOVED = "removed", _("canary removed")
        UNKNOWN = "unknown", _("not seen")

    subject = models.CharField(max_length=64)
    cluster = models.CharField(max_length=253)
    namespace = models.TextField()
    name = models.TextField()
    uid = models.CharField(max_length=64, blank=True)
    # When the canary was made: a later one of the same name takes its place.
    made_at = models.DateTimeField(null=True)
    # Digest of the canary while it runs, NULL after: one running release each, whatever replica saw it.
    current = models.CharField(max_length=64, null=True, unique=True)
    run_at = models.DateTimeField(null=True)
    checksum = models.CharField(max_length=64, blank=True)
    applied = models.CharField(max_length=64, blank=True)

    revision = models.CharField(max_length=64, blank=True)
    # The target's resource version that the revision was read from.
    revision_version = models.BigIntegerField(default=0)
    previous = models.CharField(max_length=64, blank=True)
    images = models.JSONField(default=list)
    changes = models.TextField(blank=True)
    strategy = models.CharField(max_length=16, blank=True)
    steps = models.JSONField(default=list)
    threshold = models.IntegerField(default=0)
    # `[name, lowest, highest, unit, interval, MetricTemplate]` each, None for an open end.
    checks = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    # What event hooks told of them, NULL until settled: `complete`, and `failed`, `[name, times, last]` each.
    told = models.JSONField(null=True)
    skipped = models.BooleanField(default=False, help_text=_("The analysis was skipped."))

    began_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    promoting_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.RUNNING)
    message = models.TextField(blank=True)
    why = models.TextField(blank=True)
    decision = models.BigIntegerField(null=True)
    reached = models.IntegerField(default=0)
    failed_checks = models.IntegerField(default=0)
    waited = models.FloatField(default=0)
    settled = models.BooleanField(default=False)

    # The canary's resource versions between which it ran.
    first_version = models.BigIntegerField(default=0)
    last_version = models.BigIntegerField(default=0)
    from_start = models.BooleanField(default=True, help_text=_("Its first state was seen."))
    # Pairs of ISO times between which no Aviary watched; the state after each may be older than it looks.
    gaps = models.JSONField(default=list)
    watched_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-began_at", "-id"]
        indexes = [
            models.Index(fields=["subject", "-began_at"], name="release_subject"),
            models.Index(fields=["uid", "-last_version"], name="release_newest"),
            # All that a list is narrowed and counted by: rows are long, and reading them would be slow.
            models.Index(fields=["-began_at", "-id", "outcome", "namespace", "name"], name="release_began"),
            models.Index(fields=["settled", "ended_at"], name="release_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name} {self.revision[:10]}: {self.outcome}"


class ReleaseState(models.Model):
    """One state of a release that a person could tell from the one before.

    `version` is the canary's resource version that first said so, `at` Flagger's time of it. `weight` is
    the effective one, per cent, from `weight_source`; `mirrored` of the requests are copied.
    """

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="states")
    version = models.BigIntegerField()
    at = models.DateTimeField()
    phase = models.CharField(max_length=64)
    # When the phase began, NULL where the status does not say.
    phase_at = models.DateTimeField(null=True)
    weight = models.IntegerField()
    mirrored = models.IntegerField(default=0)
    weight_source = models.CharField(max_length=320, blank=True)
    # The resource version of the routing object that the weight was read from, 0 without one.
    weight_version = models.BigIntegerField(default=0)
    failed_checks = models.IntegerField(default=0)
    iteration = models.IntegerField(default=0)

    class Meta:
        ordering = ["version"]
        constraints = [
            # Replicas see the same object versions: whoever is second adds nothing.
            models.UniqueConstraint(fields=["release", "version"], name="one_row_for_a_state")
        ]

    def __str__(self) -> str:
        return f"{self.phase} {self.weight} % at {self.at:%Y-%m-%d %H:%M:%S}"


class ReleaseTurn(models.Model):
    """The one row that those who record take turns by; `count` tells whether another came in between."""

    count = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.count)
