"""How an account's inbox works: rules, replies written once, tags."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import changed_labels, note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from promoter.lib.ids import id_in
from surveys.inbox.acting import TooManyTagsError, tag_named
from surveys.inbox.applying import would_match
from surveys.inbox.rules import MOST_RULES
from surveys.inbox.tagging import TagAskedForError, delete, merge
from surveys.models import CannedReply, Rule, Tag
from surveys.views.inbox_bulk import TOO_MANY_TAGS
from surveys.views.inbox_forms import CannedReplyForm, RuleForm, TagForm

EDITOR = Membership.Role.EDITOR
FORM = ["GET", "HEAD", "POST"]


@account_required()
@require_safe
def inbox_list(request: AccountRequest) -> HttpResponse:
    rules = for_account(Rule, request.account)
    related = rules.select_related("if_tag", "assign_to__user")
    context = {
        "rules": related.prefetch_related("add_tags", "notify__user"),
        "replies": for_account(CannedReply, request.account),
        "tags": for_account(Tag, request.account),
        "may_edit": has_role(request.membership, EDITOR),
    }
    return render(request, "settings/inbox.html", context)


@account_required(EDITOR)
@require_http_methods(FORM)
def inbox_tag(request: AccountRequest, pk: int) -> HttpResponse:
    """`act` is rename, merge (with `into`) or delete."""
    tag = get_object_or_404(for_account(Tag, request.account), pk=pk)
    others = for_account(Tag, request.account).exclude(pk=pk)
    act, now, name = request.POST.get("act", ""), timezone.now(), tag.name
    form = TagForm(request.POST if act == "rename" else None, instance=tag, label_suffix="")
    if act == "rename" and form.is_valid():
        with transaction.atomic():
            form.save()
            note(request, Action.TAG_RENAMED, tag, now=now)
        return redirect("inbox-list")
    into = request.POST.get("into", "")
    if act == "merge" and into:
        other = get_object_or_404(others, pk=id_in(into))
        with transaction.atomic():
            note(request, Action.TAG_MERGED, tag, into=other.name, now=now)
            count = merge(tag=tag, into=other)
        messages.success(request, _merged_words(name, other, count))
        return redirect("inbox-list")
    if act == "delete":
        try:
            with transaction.atomic():
                note(request, Action.TAG_DELETED, tag, now=now)
                delete(tag=tag)
        except TagAskedForError as error:
            messages.error(
                request,
                gettext("A rule asks for this tag: %(error)s. Change it first.")
                % {"error": error},
            )
        else:
            messages.success(
                request,
                gettext("The tag “%(name)s” is deleted. The answers stay.")
                % {"name": name},
            )
            return redirect("inbox-list")
    context = {"tag": tag, "name": name, "others": others, "form": form}
    context["count"] = tag.cases.count()
    status = 422 if form.errors else 200
    return render(request, "settings/inbox_tag.html", context, status=status)


def _merged_words(name: str, other: Tag, count: int) -> str:
    words = ngettext(
        "“%(tag)s” is “%(other)s” now (%(count)s more answer).",
        "“%(tag)s” is “%(other)s” now (%(count)s more answers).",
        count,
    )
    return words % {"tag": name, "other": other, "count": count}


@account_required(EDITOR)
@require_http_methods(FORM)
def inbox_reply_new(request: AccountRequest) -> HttpResponse:
    return _reply(request, CannedReply(account=request.account))


@account_required(EDITOR)
@require_http_methods(FORM)
def inbox_reply(request: AccountRequest, pk: int) -> HttpResponse:
    """`act=delete` deletes it; else it is saved."""
    reply = get_object_or_404(for_account(CannedReply, request.account), pk=pk)
    if request.POST.get("act") == "delete":
        with transaction.atomic():
            note(request, Action.REPLY_DELETED, reply, now=timezone.now())
            reply.delete()
        messages.success(request, gettext("“%(reply)s” is deleted.") % {"reply": reply})
        return redirect("inbox-list")
    return _reply(request, reply)


def _reply(request: AccountRequest, reply: CannedReply) -> HttpResponse:
    form = CannedReplyForm(request.POST or None, instance=reply, label_suffix="")
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, gettext("Saved. It can be chosen above each reply."))
        return redirect("inbox-list")
    context = {"form": form, "reply": reply}
    status = 422 if form.errors else 200
    return render(request, "settings/inbox_reply.html", context, status=status)


@account_required(EDITOR)
@require_http_methods(FORM)
def inbox_rule_new(request: AccountRequest) -> HttpResponse:
    if for_account(Rule, request.account).count() >= MOST_RULES:
        words = gettext("%(most)s rules are the most. Delete one first.")
        messages.error(request, words % {"most": MOST_RULES})
        return redirect("inbox-list")
    return _rule(request, Rule(account=request.account))


@account_required(EDITOR)
@require_http_methods(FORM)
def inbox_rule(request: AccountRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(for_account(Rule, request.account), pk=pk)
    return _rule(request, rule)


def _rule(request: AccountRequest, rule: Rule) -> HttpResponse:
    """`act=try` saves nothing and says what it would have held for."""
    form = RuleForm(
        request.POST or None, instance=rule, account=request.account, label_suffix=""
    )
    tried = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("act") == "try":
            tried = would_match(form.instance, account=request.account)
        elif _saved(request, form):
            messages.success(
                request,
                gettext("Saved. “%(rule)s” holds for new answers.")
                % {"rule": form.instance},
            )
            return redirect("inbox-list")
    elif rule.pk and request.method != "POST":
        tried = would_match(rule, account=request.account)
    context = {"form": form, "rule": rule, "tried": tried}
    status = 422 if form.errors else 200
    return render(request, "settings/inbox_rule.html", context, status=status)


def _saved(request: AccountRequest, form: RuleForm) -> bool:
    account, now = request.account, timezone.now()
    is_new = form.instance.pk is None
    try:
        with transaction.atomic():
            names = form.cleaned_data["new_tags"]
            tags = [tag_named(name, account=account) for name in names]
            if is_new:
                form.instance.position = for_account(Rule, account).count()
            rule = form.save()
            rule.add_tags.set(tags)
            action = Action.RULE_CREATED if is_new else Action.RULE_CHANGED
            changed = [] if is_new else changed_labels(form)
            note(request, action, rule, now=now, changed=changed)
    except TooManyTagsError:
        form.add_error("new_tags", TOO_MANY_TAGS)
        return False
    return True


@account_required(EDITOR)
@require_POST
def inbox_rule_act(request: AccountRequest, pk: int) -> HttpResponse:
    """`act` is up, down, on, off or delete."""
    act, now = request.POST.get("act", ""), timezone.now()
    with transaction.atomic():
        rules = list(for_account(Rule, request.account).select_for_update())
        rule = next((each for each in rules if each.pk == pk), None)
        if rule is None:
            raise Http404
        if act == "delete":
            note(request, Action.RULE_DELETED, rule, now=now)
            rule.delete()
        elif act in {"on", "off"}:
            # Said outright: an old page must not turn it the other way.
            if rule.is_enabled != (act == "on"):
                rule.is_enabled = act == "on"
                rule.save(update_fields=["is_enabled"])
                note(request, Action.RULE_CHANGED, rule, changed=["Enabled"], now=now)
        elif act in {"up", "down"}:
            place = rules.index(rule)
            rules.insert(max(place + (1 if act == "down" else -1), 0), rules.pop(place))
            for position, each in enumerate(rules):
                each.position = position
            Rule.objects.bulk_update(rules, ["position"])
    return redirect("inbox-list")
