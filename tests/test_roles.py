"""What each role may do at each address, stated here and asked on both sides of the border.

A new address fails until it has its line. An address asks for one role to look (GET) and
one to act (POST); "no" is an address that does not take the one.
"""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client

from promoter.accounts.models import Account, Membership, User
from tests.rows import make_rows
from tests.test_tenancy import NUMBER, PRIVATE, path_of

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

# (who may look, who may act): the names of the addresses.
RULES = {
    # About the person, not the account: whoever is signed in.
    ("anybody", "anybody"): """
        account-create account_change_password account_email account_reauthenticate
        account_set_password mfa_activate_totp mfa_deactivate_totp
        mfa_generate_recovery_codes mfa_reauthenticate person
    """,
    # About the installation: no role in an account opens it.
    ("operator", "no"): "operations-status",
    ("anybody", "no"): "mfa_download_recovery_codes mfa_index mfa_view_recovery_codes",
    ("viewer", "no"): """
        api-key-list campaign campaign-audience campaign-list campaign-log campaign-setup
        campaign-template-preview campaign-template-version-preview
        campaign-template-versions campaign-templates campaign-throttles contact
        campaign-funnel-csv contact-answers-csv contact-answers-svg contact-attributes
        contact-bulk-job contact-bulk-progress contact-condition contact-data
        contact-import-progress
        contact-import-rejected contact-list contact-list-members contact-lists
        contact-suppression-export contact-suppressions contact-timeline dashboard
        dashboard-by-attribute dashboard-by-attribute-csv dashboard-by-attribute-svg
        dashboard-campaigns-csv dashboard-rates-csv dashboard-rates-svg
        dashboard-scores-csv dashboard-scores-svg dashboard-trend-csv
        dashboard-trend-svg dashboard-values digest-frame digest-look export export-file
        export-list export-progress inbox-list outbox
        quarantine response response-list segment segment-connect segment-event-check
        segment-event-names segment-events segment-replay segment-turn-off sent-mail
        sent-mail-view
    """,
    # Their own place, or a download of the ticked; what changes contacts asks again.
    ("viewer", "viewer"): "digest people-leave",
    ("no", "viewer"): "account-switch contact-bulk digest-send export-start",
    ("viewer", "editor"): """
        campaign-setup-step campaign-template campaign-throttle contact-import
        contact-imports
        contact-suppression-imports response-imports
        segment-backtest segment-backtest-line segment-replays
    """,
    ("viewer", "owner"): "account-settings people sender sending-settings",
    ("editor", "no"): "audit-log audit-log-export campaign-test-contacts",
    ("editor", "editor"): """
        campaign-complete campaign-delete campaign-new campaign-template-delete
        campaign-template-new campaign-throttle-delete campaign-throttle-new
        contact-add contact-edit contact-list-create
        contact-list-delete contact-list-rename contact-suppression-add
        inbox-reply inbox-reply-new inbox-rule inbox-rule-new inbox-tag
        response-import-undo
    """,
    ("no", "editor"): """
        campaign-activate campaign-duplicate campaign-keep-paused campaign-pause
        campaign-resume campaign-template-form-preview campaign-template-restore
        campaign-template-test-mail campaign-test-mail contact-bulk-cancel export-remove
        contact-filter-delete contact-filter-rename contact-lists-join
        contact-filter-save contact-import-cancel contact-list-remove contact-stop
        contact-suppression-lift inbox-rule-act outbox-settle quarantine-settle
        quarantine-take
        response-act response-again response-bulk response-forward response-reply
        segment-replay-send segment-replay-stop
    """,
    ("owner", "owner"): """
        api-key-rename contact-erase link-settings people-remove
        segment-connection-revoke segment-key-revoke webhook webhook-delete webhook-new
    """,
    ("owner", "no"): "segment-connection webhook-list",
    ("no", "owner"): """
        first-steps
        people-invitation-resend people-invitation-withdraw people-role
        segment-browser-key-create segment-connection-drop segment-connection-open
        segment-connection-rotate segment-connection-unsigned segment-key-create
        segment-test sending-resume webhook-act
    """,
}
NEEDED = {name: rule for rule, names in RULES.items() for name in names.split()}
ROLES = [role.value for role in Membership.Role]


def test_every_address_says_which_role_it_needs():
    assert {route.name for route in PRIVATE} == set(NEEDED)
    assert sum(len(names.split()) for names in RULES.values()) == len(NEEDED)


def test_each_address_lets_in_who_has_the_role_and_nobody_below(account):
    # All in one test: the rows are made once, and what a request did is taken back.
    rows = make_rows(NUMBER, account)
    clients = {role: member_of(account, role) for role in ROLES}
    wrong = []
    for route in PRIVATE:
        look, act = NEEDED[route.name]
        path = path_of(route, rows) if route.takes_arguments else f"/{route.pattern}"
        for method, needed in (("get", look), ("post", act)):
            for role in at_the_border(needed):
                with transaction.atomic():
                    status = getattr(clients[role], method)(path).status_code
                    transaction.set_rollback(True)
                if verdict(status) not in expected(role, needed):
                    wrong.append((route.name, role, method, status))

    assert wrong == []


def at_the_border(needed: str) -> list[str]:
    """The lowest role that is let in and the one below it: roles only ever add up."""
    if needed in ROLES:
        at = ROLES.index(needed)
        return ROLES[max(at - 1, 0) : at + 1]
    return {"anybody": ROLES[:1], "operator": ROLES[-1:]}.get(needed, [ROLES[0], ROLES[-1]])


def member_of(account: Account, role: str) -> Client:
    user = User.objects.create(email=f"{role}@example.com")
    Membership.objects.create(account=account, user=user, role=role)
    return client_of(user)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def verdict(status: int) -> str:
    return {403: "refused", 405: "no"}.get(status, "in")


def expected(role: str, needed: str) -> set[str]:
    if needed == "anybody":
        return {"in"}
    if needed == "operator":
        return {"refused"}
    if needed == "no":
        # Who may not even do the other thing is refused before the method is looked at.
        return {"no"} if role == "owner" else {"no", "refused"}
    return {"in"} if ROLES.index(role) >= ROLES.index(needed) else {"refused"}


def test_a_person_without_an_account_gets_no_further_than_their_own_pages(account):
    rows = make_rows(NUMBER, account)
    client = client_of(User.objects.create(email="dora@example.com"))

    for route in PRIVATE:
        path = path_of(route, rows) if route.takes_arguments else f"/{route.pattern}"
        status = client.get(path).status_code
        assert (status in {200, 302}) is (NEEDED[route.name][0] == "anybody"), route.name
