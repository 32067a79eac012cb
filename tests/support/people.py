"""The cast: alice approves, victor views, ada administers, nora has no role.

`python -m tests.support.people` creates them in the database that the environment names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PASSWORD = "correct horse battery staple"
ROLES = {"alice": "approver", "victor": "viewer", "ada": "admin", "nora": ""}


@dataclass(frozen=True, slots=True)
class People:
    """The cast as Django users; everyone's password is `PASSWORD`."""

    alice: User
    victor: User
    ada: User
    nora: User
    password: str = PASSWORD


def create() -> People:
    """Create the cast with their groups; whoever is there already stays."""
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import Group, User

    cast: dict[str, User] = {}
    # Hashing is slow on purpose: once for all.
    password = make_password(PASSWORD)
    for name, role in ROLES.items():
        user, created = User.objects.get_or_create(username=name)
        if created:
            user.password = password
            user.is_staff = role == "admin"
            user.save()
        if role:
            user.groups.add(Group.objects.get(name=role))
        cast[name] = user
    return People(cast["alice"], cast["victor"], cast["ada"], cast["nora"])


if __name__ == "__main__":
    import django

    django.setup()
    create()
