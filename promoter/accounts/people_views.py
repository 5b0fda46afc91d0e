"""The people of an account: who is in, who is asked in, and as what."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.forms import InviteForm
from promoter.accounts.invitations import Invitation
from promoter.accounts.inviting import (
    MOST_PENDING,
    TooManyInvitationsError,
    invite,
    send_invitation,
    withdraw,
)
from promoter.accounts.models import Membership
from promoter.accounts.team import (
    LastOwnerError,
    NotAMemberError,
    change_role,
    remove_member,
)
from promoter.lib.labels import in_sentence

OWNER = Membership.Role.OWNER
LAST_OWNER = _("An account keeps an owner. Make somebody else an owner first.")
NOT_SENT = _(
    "The mail server did not take the mail to %(email)s. Send it again in a few minutes."
)


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: AccountRequest) -> HttpResponse:
    """Everybody sees who is in; owners invite. A team has tens of people: one page."""
    may_manage = has_role(request.membership, OWNER)
    if request.method == "POST":
        if not may_manage:
            raise PermissionDenied
        return _invite(request)
    return _page(request, InviteForm(account=request.account) if may_manage else None)


def _invite(request: AccountRequest) -> HttpResponse:
    form = InviteForm(request.POST, account=request.account)
    if not form.is_valid():
        return _page(request, form, status=422)
    now = timezone.now()
    try:
        invitation = invite(
            account=request.account,
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            by=request.user,
            now=now,
        )
    except TooManyInvitationsError:
        messages.error(
            request,
            gettext("%(most)s invitations wait already. Withdraw some of them first.")
            % {"most": MOST_PENDING},
        )
        return redirect("people")
    return _send(request, invitation)


@account_required(OWNER)
@require_POST
def invitation_resend(request: AccountRequest, pk: int) -> HttpResponse:
    return _send(request, _invitation(request, pk))


@account_required(OWNER)
@require_POST
def invitation_withdraw(request: AccountRequest, pk: int) -> HttpResponse:
    invitation = _invitation(request, pk)
    if withdraw(invitation=invitation, by=request.user, now=timezone.now()):
        messages.success(
            request,
            gettext("The invitation of %(email)s is withdrawn; its link is dead.")
            % {"email": invitation.email},
        )
    return redirect("people")


@account_required(OWNER)
@require_POST
def member_role(request: AccountRequest, pk: int) -> HttpResponse:
    membership = _member(request, pk)
    role = request.POST.get("role", "")
    if role not in Membership.Role.values:
        messages.error(request, gettext("Choose one of the three roles."))
        return redirect("people")
    try:
        change_role(membership=membership, role=role, by=request.user, now=timezone.now())
    except LastOwnerError:
        messages.error(request, LAST_OWNER)
    except NotAMemberError:
        messages.info(request, gettext("This person is not in the account any more."))
    else:
        names = {
            "person": membership.user.get_full_name(),
            "role": in_sentence(membership.get_role_display()),
        }
        messages.success(request, gettext("%(person)s is %(role)s now.") % names)
    return redirect("people")


@account_required(OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request: AccountRequest, pk: int) -> HttpResponse:
    """GET asks once more; POST removes."""
    return _remove(request, _member(request, pk))


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def account_leave(request: AccountRequest) -> HttpResponse:
    """Everybody may go, but for the last owner."""
    return _remove(request, request.membership)


def _remove(request: AccountRequest, membership: Membership) -> HttpResponse:
    is_self = membership.user_id == request.user.pk
    if request.method == "POST":
        try:
            remove_member(membership=membership, by=request.user, now=timezone.now())
        except NotAMemberError:
            # What was wanted is so; who else wanted it has its line in the log.
            pass
        except LastOwnerError:
            messages.error(request, LAST_OWNER)
            return redirect("people")
        if is_self:
            told = gettext("You are no longer in %(account)s.")
        else:
            told = gettext("%(person)s is no longer in %(account)s.")
        names = {"person": membership.user.get_full_name(), "account": request.account}
        messages.success(request, told % names)
        return redirect("dashboard" if is_self else "people")
    context = {"member": membership, "is_self": is_self}
    return render(request, "accounts/member_remove.html", context)


def _send(request: AccountRequest, invitation: Invitation) -> HttpResponse:
    now = timezone.now()
    if invitation.was_sent_just_now(now=now):
        messages.info(
            request,
            gettext("A mail left for %(email)s a moment ago. Give it a minute.")
            % {"email": invitation.email},
        )
    elif send_invitation(invitation=invitation, now=now):
        messages.success(
            request,
            gettext("The invitation is on its way to %(email)s, for seven days.")
            % {"email": invitation.email},
        )
    else:
        messages.error(request, NOT_SENT % {"email": invitation.email})
    return redirect("people")


def _page(
    request: AccountRequest, form: InviteForm | None, status: int = 200
) -> HttpResponse:
    members = for_account(Membership, request.account).select_related("user")
    pending = for_account(Invitation, request.account).filter(
        accepted_at=None, withdrawn_at=None
    )
    now = timezone.now()
    context = {
        "now": now,
        "form": form,
        "may_manage": form is not None,
        "members": members.order_by("user__email"),
        "invitations": [(each, each.is_expired(now=now)) for each in pending],
        "roles": list(Membership.Role),
    }
    return render(request, "accounts/people.html", context, status=status)


def _invitation(request: AccountRequest, pk: int) -> Invitation:
    rows = for_account(Invitation, request.account).filter(
        accepted_at=None, withdrawn_at=None
    )
    return get_object_or_404(rows.select_related("account", "invited_by"), pk=pk)


def _member(request: AccountRequest, pk: int) -> Membership:
    rows = for_account(Membership, request.account).select_related("user", "account")
    return get_object_or_404(rows, pk=pk)
