"""Who is in an account, who is asked in, and how one comes into several."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from promoter.accounts.inviting import accept_as_new
from promoter.accounts.models import Account, AuditEvent, Invitation, Membership, User
from promoter.accounts.tasks import forget_old_doors
from tests.accounts.mailbox import latest, link_in
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

DORA = "dora@example.com"
OWNER, VIEWER = Membership.Role.OWNER, Membership.Role.VIEWER


def page_of(response) -> str:
    return response.content.decode()


def said(client: Client, path: str, values: dict[str, str] | None = None) -> str:
    return page_of(client.post(path, values or {}, follow=True))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def dora(db) -> User:
    """Has a sign-in, but is in no account."""
    return User.objects.create_user(DORA, PASSWORD, name="Dora")


@pytest.fixture
def link(alice_client) -> str:
    """What stands in the mail to Dora, whom Alice invited as a viewer."""
    alice_client.post("/settings/people/", {"email": "Dora@Example.com", "role": VIEWER})
    return link_in(latest(DORA), "/invitations/")


@pytest.fixture
def invitation(link) -> Invitation:
    return Invitation.objects.get()


def role_of(user: User, account: Account) -> str | None:
    found = Membership.objects.filter(user=user, account=account).first()
    return found and found.role


def acts() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def test_a_new_person_comes_in_by_the_mail_alone(link, account, alice_client):
    message = latest(DORA)
    assert message.subject == "Alice invites you to Acme"
    assert "Sees answers, contacts and campaigns; changes nothing." in message.body
    assert "Dora@" not in page_of(alice_client.get("/settings/people/"))
    assert DORA in page_of(alice_client.get("/settings/people/")).replace("<wbr>", "")

    client = Client()
    assert "You sign in as" in page_of(client.get(link))
    weak = said(client, link, {"name": "Dora", "password": "password"})
    assert "too common" in weak
    assert not User.objects.filter(email=DORA).exists()
    answer = client.post(link, {"name": "Dora", "password": PASSWORD})

    assert answer["Location"] == "/"
    assert "Welcome to Acme" in page_of(client.get("/"))
    dora = User.objects.get(email=DORA)
    assert role_of(dora, account) == VIEWER
    # The mail proved the address: nothing is left to confirm.
    again = Client()
    again.post("/sign-in/", {"login": DORA, "password": PASSWORD})
    assert again.get("/").status_code == 200
    assert acts() == ["people.invited", "people.joined"]


def test_who_is_here_already_signs_in_and_accepts(link, account, dora):
    client = Client()
    page = page_of(client.get(link))
    assert f'href="/sign-in/?next={link}"' in page
    answer = client.post("/sign-in/", {"login": DORA, "password": PASSWORD, "next": link})
    assert answer["Location"] == link

    # A GET joins nothing: scanners open every link.
    assert "Join Acme" in page_of(client.get(link))
    assert role_of(dora, account) is None
    assert "Welcome to Acme" in said(client, link)
    assert role_of(dora, account) == VIEWER


def test_who_is_in_no_account_sees_the_invitation(link, dora):
    answer = client_of(dora).get("/")

    assert answer.status_code == 403
    assert f'href="{link}"' in page_of(answer)


def test_another_address_is_told_whose_the_invitation_is(link, account, charlie_client):
    for answer in (charlie_client.get(link), charlie_client.post(link)):
        assert "This invitation is for somebody else" in page_of(answer)
        assert DORA in page_of(answer)
    assert Invitation.objects.get().accepted_at is None
    out = charlie_client.post("/sign-out/", {"next": link})
    assert out["Location"] == link


def test_an_invitation_is_accepted_once(link, dora):
    client = client_of(dora)
    client.post(link)

    answer = client.post(link)

    assert answer.status_code == 410
    assert "accepted already" in page_of(answer)
    assert Membership.objects.filter(user=dora).count() == 1


def test_an_old_invitation_says_so_and_can_be_sent_again(alice_client, account, now, dora):
    with time_machine.travel(now, tick=False) as clock:
        alice_client.force_login(User.objects.get(email="alice@example.com"))
        alice_client.post("/settings/people/", {"email": DORA, "role": VIEWER})
        link = link_in(latest(DORA), "/invitations/")
        resend = f"/settings/people/invitations/{Invitation.objects.get().pk}/resend/"
        # Two presses are one mail.
        assert "a moment ago" in said(alice_client, resend)
        assert len(mail.outbox) == 1

        clock.shift(timedelta(days=7))
        alice_client.force_login(User.objects.get(email="alice@example.com"))
        client = client_of(dora)
        assert "too old" in page_of(client.post(link))
        assert "expired" in page_of(alice_client.get("/settings/people/"))
        assert "on its way" in said(alice_client, resend)
        assert "Welcome" in said(client, link)


def test_who_presses_twice_is_made_once(invitation):
    """The second press came while the first one's password was hashed."""
    values = {"name": "Dora", "password": "a good long sentence", "now": timezone.now()}

    first, second = (accept_as_new(invitation=invitation, **values) for _ in range(2))

    assert first is not None
    assert second is None
    assert User.objects.filter(email=DORA).count() == 1


def test_a_withdrawn_invitation_opens_nothing(invitation, link, alice_client):
    path = f"/settings/people/invitations/{invitation.pk}/withdraw/"
    assert "its link is dead" in said(alice_client, path)

    answer = Client().get(link)

    assert answer.status_code == 410
    assert "was withdrawn" in page_of(answer)
    assert alice_client.post(path).status_code == 404
    # Another one may follow, with a link of its own.
    alice_client.post("/settings/people/", {"email": DORA, "role": VIEWER})
    assert link_in(latest(DORA), "/invitations/") != link


def test_a_second_invitation_is_the_first_with_the_new_role(link, alice_client):
    Invitation.objects.update(sent_at=None)
    alice_client.post("/settings/people/", {"email": DORA, "role": OWNER})

    assert Invitation.objects.get().role == OWNER
    assert link_in(latest(DORA), "/invitations/") == link


def test_a_guessed_link_opens_nothing(link):
    answer = Client().get(link[:-3] + "AA/")

    assert answer.status_code == 404
    assert "not complete" in page_of(answer)


def test_who_is_in_already_is_not_invited(alice_client, bob):
    page = said(alice_client, "/settings/people/", {"email": bob.email, "role": OWNER})

    assert "bob@example.com is in this account already." in page
    assert mail.outbox == []


def test_an_invitation_whose_mail_did_not_leave_waits(alice_client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    page = said(alice_client, "/settings/people/", {"email": DORA, "role": VIEWER})

    assert "did not take the mail" in page
    assert "the mail has not left" in page


def test_a_hundred_invitations_wait_at_most(alice_client, alice, account, now):
    Invitation.objects.bulk_create(
        Invitation(account=account, email=f"p{number}@example.com", expires_at=now)
        for number in range(100)
    )

    page = said(alice_client, "/settings/people/", {"email": DORA, "role": VIEWER})

    assert "Withdraw some of them first" in page
    assert mail.outbox == []


def test_roles_change_but_an_owner_stays(alice_client, alice, bob, account):
    mine, his = alice.memberships.get(), bob.memberships.get()

    for path in (f"/settings/people/{mine.pk}/role/", "/settings/people/leave/"):
        page = said(alice_client, path, {"role": VIEWER})
        assert "An account keeps an owner" in page
    assert "Bob is owner now" in said(
        alice_client, f"/settings/people/{his.pk}/role/", {"role": OWNER}
    )
    assert "Alice is viewer now" in said(
        alice_client, f"/settings/people/{mine.pk}/role/", {"role": VIEWER}
    )
    assert alice_client.post(f"/settings/people/{his.pk}/remove/").status_code == 403
    assert (role_of(alice, account), role_of(bob, account)) == (VIEWER, OWNER)


def test_a_switched_off_owner_does_not_count(alice_client, alice, bob):
    his = bob.memberships.get()
    his.role = OWNER
    his.save()
    User.objects.filter(pk=bob.pk).update(is_active=False)

    assert "An account keeps an owner" in said(alice_client, "/settings/people/leave/")


def test_who_is_removed_sees_nothing_from_the_next_click_on(alice_client, bob, account):
    client = client_of(bob)
    path = f"/settings/people/{bob.memberships.get().pk}/remove/"
    assert client.get("/").status_code == 200

    assert "Remove this person?" in page_of(alice_client.get(path))
    assert "Bob is no longer in Acme" in said(alice_client, path)

    assert client.get("/").status_code == 403
    assert acts() == ["people.removed"]


def test_one_leaves_by_oneself(bob, account):
    client = client_of(bob)

    assert "Leave this account?" in page_of(client.get("/settings/people/leave/"))
    client.post("/settings/people/leave/")

    assert role_of(bob, account) is None
    assert acts() == ["people.left"]


def test_a_person_works_in_several_accounts_and_returns_to_the_last(
    bob, account, other_account
):
    Membership.objects.create(account=other_account, user=bob, role=VIEWER)
    client = client_of(bob)
    page = page_of(client.get("/"))
    assert f'value="{account.pk}"' in page
    assert f'value="{other_account.pk}"' in page

    page = said(client, "/accounts/switch/", {"account": other_account.pk})
    assert "Strangers Ltd" in page
    assert client.get("/campaigns/new/").status_code == 403
    # Another browser, later: the last one again, and back.
    later = client_of(bob)
    assert "<span>Strangers Ltd</span>" in page_of(later.get("/"))
    said(later, "/accounts/switch/", {"account": account.pk})
    assert "<span>Acme</span>" in page_of(client_of(bob).get("/"))
    # The first browser stays where it is.
    assert "<span>Strangers Ltd</span>" in page_of(client.get("/"))


def test_a_form_opened_in_one_account_changes_nothing_in_another(
    alice, account, other_account
):
    """Two tabs: in the first the form, in the second the switch."""
    Membership.objects.create(account=other_account, user=alice, role=OWNER)
    client = client_of(alice)
    said(client, "/accounts/switch/", {"account": account.pk})
    form = {
        name: value
        for name, value in re.findall(
            r'<input type="hidden" name="(\w+)" value="([^"]*)"',
            page_of(client.get("/settings/people/")).split("</header>")[1],
        )
        if name != "csrfmiddlewaretoken"
    } | {"email": "dora@example.com", "role": "owner"}
    said(client, "/accounts/switch/", {"account": other_account.pk})

    refused = client.post("/settings/people/", form)

    assert refused.status_code == 409
    page = page_of(refused)
    assert "You opened it in Acme, and work in Strangers Ltd since" in page
    assert f'name="account" value="{account.pk}">Switch to Acme' in page
    assert not Invitation.objects.exists()
    said(client, "/accounts/switch/", {"account": account.pk})
    assert "on its way to dora@example.com" in said(client, "/settings/people/", form)
    assert Invitation.objects.get().account == account

    # Who is taken out of the account meanwhile is told so.
    alice.memberships.filter(account=account).delete()
    gone = page_of(client.post("/settings/people/", form))
    assert "no longer in the account where you opened it" in gone


def test_one_switches_into_ones_own_accounts_only(alice_client, charlie, other_account):
    for wrong in (str(other_account.pk), "", "x"):
        answer = alice_client.post("/accounts/switch/", {"account": wrong})
        assert answer.status_code == 404
    assert alice_client.get("/accounts/switch/").status_code == 405


def test_who_has_one_account_sees_no_switcher(alice_client):
    assert "/accounts/switch/" not in page_of(alice_client.get("/"))


def test_another_account_is_opened_where_sign_up_is(alice_client, alice, settings):
    assert "by invitation" in said(alice_client, "/accounts/new/", {"name": "Second"})
    assert alice.memberships.count() == 1

    settings.SIGN_UP_OPEN = True
    assert "This field is required." in said(alice_client, "/accounts/new/", {"name": " "})
    page = said(alice_client, "/accounts/new/", {"name": "Second"})

    assert "<span>Second</span>" in page
    assert role_of(alice, Account.objects.get(name="Second")) == OWNER


def test_ended_sessions_and_old_invitations_are_forgotten(alice_client, account, now):
    for days in (89, 91):
        Invitation.objects.create(
            account=account,
            email=f"d{days}@example.com",
            expires_at=timezone.now() - timedelta(days=days),
        )
    open_one = Session.objects.get()
    Session.objects.create(session_key="over", session_data="", expire_date=now)

    forget_old_doors()

    assert [each.email for each in Invitation.objects.all()] == ["d89@example.com"]
    assert Session.objects.get() == open_one
