"""Two people act on an account's people in the same moment."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from promoter.accounts.models import AuditEvent, Membership, User
from promoter.accounts.team import NotAMemberError, change_role, remove_member
from tests.harness.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

OWNER = Membership.Role.OWNER
ROUNDS = 5


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def test_who_is_taken_out_twice_in_one_moment_is_taken_out_once(account, alice, bob):
    clients = [client_of(alice), client_of(alice)]
    for _ in range(ROUNDS):
        member, _ = Membership.objects.get_or_create(account=account, user=bob)
        path = f"/settings/people/{member.pk}/remove/"

        codes = at_once(lambda n: clients[n].post(path).status_code, threads=2)  # noqa: B023

        assert set(codes) <= {302, 404}, codes
        assert not Membership.objects.filter(user=bob).exists()
    assert AuditEvent.objects.filter(action="people.removed").count() == ROUNDS


def test_of_two_owners_who_leave_in_one_moment_one_stays(account, alice, bob):
    for _ in range(ROUNDS):
        for user in (alice, bob):
            Membership.objects.update_or_create(
                account=account, user=user, defaults={"role": OWNER}
            )
        clients = [client_of(alice), client_of(bob)]

        at_once(lambda n: clients[n].post("/settings/people/leave/"), threads=2)  # noqa: B023

        assert Membership.objects.filter(account=account, role=OWNER).count() == 1


def test_who_is_gone_meanwhile_is_said_to_be_gone(account, alice, bob):
    stale = Membership.objects.get(user=bob)
    Membership.objects.get(user=bob).delete()

    with pytest.raises(NotAMemberError):
        remove_member(membership=stale, by=alice, now=timezone.now())
    with pytest.raises(NotAMemberError):
        change_role(membership=stale, role=OWNER, by=alice, now=timezone.now())
    assert not AuditEvent.objects.exists()
