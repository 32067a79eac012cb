"""One dialog about several canaries: each is listed, decided on its own, and told what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard import confirms, deciding, images, policy_words, stores
from dashboard.confirms import Confirm
from dashboard.decide_form import DecideForm, asked_for
from dashboard.decide_page import fresh, without_reason
from dashboard.entry import Key, Place, located, place, read_place
from dashboard.images import Shown
from dashboard.known import Known, from_database
from gates import actions, callers, refusals
from gates.actions import Refused, Subject
from gates.confirm_rules import Hook
from gates.keys import GATE
from gates.permissions import APPROVER, access_of, needs, only_viewers

MOST = 50
TOGETHER = ("approve", "hold")


@dataclass(frozen=True, slots=True)
class Line:
    """One canary of the dialog. `seen` is what the person looks at: hook, gate, step and revision."""

    known: Known
    confirm: Confirm | None
    deed: str
    image: Shown | None
    policy: str
    seen: str
    ticked: bool = True
    result: str = ""
    done: bool = False

    @property
    def key(self) -> str:
        """As addresses have it."""
        return "/".join(place(self.known.view.canary.cluster, self.known.view.key))


@only_viewers
@require_http_methods(["GET", "HEAD", "POST"])
def decide_many(request: HttpRequest) -> HttpResponse:
    """`/decide?action=approve&canary=a/b&canary=c/d`: GET the form, POST the decisions."""
    access = access_of(request.user)
    fields = request.POST if request.method == "POST" else request.GET
    action = fields.get("action", "")
    keys = _keys(fields)
    refused = [key for key in keys if not access.decides(key[0])]
    if refused:
        if request.method == "POST" and action in refusals.CODES:
            _enter(request, refusals.CODES[action], [key for key in refused if access.views(key[0])])
        raise PermissionDenied(_("Some of these canaries are not yours to decide about."))
    known = _known(keys)
    if action not in TOGETHER or not known:
        error = _("Tick at least one canary that is still there, then choose what to do.")
        return _show(request, action, [], error, 400)
    if request.method != "POST":
        return _show(request, action, [_line(action, each) for each in known.values()])
    lines = [_decided(request, action, each, _seen(fields, key)) for key, each in known.items()]
    return _show(request, action, lines)


def _known(places: Iterable[Place]) -> dict[Place, Known]:
    """Those that are there, in the same order."""
    by_cluster: defaultdict[str, list[Key]] = defaultdict(list)
    for cluster, key in map(located, places):
        by_cluster[cluster].append(key)
    found = {
        place(cluster, key): known
        for cluster, keys in by_cluster.items()
        if (store := stores.of(cluster)) is not None
        for key, known in from_database(store, keys).items()
    }
    return {each: found[each] for each in places if each in found}


def _enter(request: HttpRequest, code: str, places: Iterable[Place]) -> None:
    who = callers.actor(request.user), callers.origin(request, "page")
    for cluster, key in map(located, places):
        refusals.enter(code, *who, Subject(cluster, *key), "role-required", needs(APPROVER, key[0]))


def _keys(fields: QueryDict) -> list[Place]:
    """The canaries named, each once."""
    named = dict.fromkeys(fields.getlist("canary")[:MOST])
    return [found for it in named if (found := read_place(it)) is not None]


def _line(action: str, known: Known) -> Line:
    confirm = confirms.current(known)
    if confirm is None:
        deed = deciding.approve_label(known.waiting).rstrip("…") if action == "approve" else _("Hold")
    else:
        deed = confirm.deed if action == "approve" else f"{_('Reject')} · {confirm.label}"
    return Line(
        known=known,
        confirm=confirm,
        deed=deed,
        image=images.shown(known.view.images),
        policy=" ".join(policy_words.words(confirm.policy, confirm.hook)) if confirm else "",
        seen="|".join([*_meant(confirm), known.view.revision]),
    )


def _meant(confirm: Confirm | None) -> tuple[str, str, str]:
    """Hook, gate and how far: more traffic is approved for the next step only."""
    if confirm is None:
        return GATE, "", ""
    far = ""
    if confirm.hook is Hook.TRAFFIC:
        far = "all" if confirm.next is None else f"step:{confirm.next}"
    return str(confirm.hook), confirm.gate, far


def _seen(fields: QueryDict, key: Place) -> dict[str, str]:
    """What the person looked at, and the reason they gave for all."""
    parts = fields.get(f"seen:{'/'.join(key)}", "").split("|")
    hook, gate, far, revision = parts if len(parts) == 4 else ("", "", "", "?")
    return {"hook": hook, "gate": gate, "far": far, "revision": revision, "reason": fields.get("reason", "")}


def _decided(request: HttpRequest, action: str, known: Known, seen: dict[str, str]) -> Line:
    """Take one decision; whatever comes of it is about this canary alone."""
    form, store = DecideForm(seen), stores.named(known.view.canary.cluster)
    try:
        if not form.is_valid():
            raise Refused("unreadable", form.refusal, 400)
        if refusal := without_reason(action, known, form.cleaned_data):
            raise Refused("reason-required", refusal, 400)
        actions.perform(
            action, asked_for(request, Subject(store.cluster, *known.view.key), form.cleaned_data)
        )
    except Refused as refused:
        return _with(_line(action, fresh(store, known, refused, seen["revision"])), refused.message)
    except DatabaseError:
        return _with(_line(action, known), _("The database does not answer: this one was not decided."))
    key = known.view.key
    return _with(_line(action, from_database(store, [key]).get(key, known)), _("Done."), done=True)


def _with(line: Line, result: str, *, done: bool = False) -> Line:
    """After a try nothing is ticked: whoever tries again has looked again."""
    return Line(line.known, line.confirm, line.deed, line.image, line.policy, line.seen, False, result, done)


def _show(
    request: HttpRequest, action: str, lines: Iterable[Line], error: str = "", status: int = 200
) -> HttpResponse:
    shown = list(lines)
    context = {
        "section": "canaries",
        "action": action,
        "lines": shown,
        "left": [line for line in shown if not line.done],
        "tried": any(line.result for line in shown),
        "reason": request.POST.get("reason", ""),
        "reason_required": action == "hold" or any(_reasoned(line) for line in shown),
        "error": error,
        "live_address": "",
    }
    partial = bool(request.headers.get("HX-Request"))
    template = "decide/many.html" if partial else "decide/many_page.html"
    return render(request, template, context, status=status)


def _reasoned(line: Line) -> bool:
    return line.confirm is not None and line.confirm.policy.reason_required
