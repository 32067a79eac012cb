"""An account that a command saves goes into the log with it, or is not saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.signals import post_save, pre_save

from dashboard import admin_entries
from gates import log_entries
from gates.audit import OPERATOR, SYSTEM_ORIGIN


@contextmanager
def saved_account() -> Iterator[None]:
    """Around a command that saves one account, last; raises django.db.Error, and then nothing is saved.

    The transaction begins only with the saving: before that somebody types, and on SQLite a transaction keeps
    everybody else from writing.
    """
    with ExitStack() as transactions:

        def begin(**_kwargs: Any) -> None:
            transactions.enter_context(transaction.atomic())

        pre_save.connect(begin, sender=User, weak=False)
        post_save.connect(_enter, sender=User)
        transactions.callback(post_save.disconnect, _enter, sender=User)
        transactions.callback(pre_save.disconnect, begin, sender=User)
        yield


def _enter(instance: User, created: bool, **_kwargs: Any) -> None:
    name = instance.get_username()
    if not created:
        admin_entries.enter_password(name, OPERATOR, SYSTEM_ORIGIN)
        return
    about = admin_entries.person(instance)
    log_entries.enter("person.created", OPERATOR, SYSTEM_ORIGIN, kind="person", name=name, after=about)
