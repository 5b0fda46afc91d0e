"""The demo account."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth import authenticate

from campaigns.models import Campaign
from promoter.accounts.models import Account, ApiKey, User
from promoter.local.files import Demo, read_demo, write_demo
from promoter.local.seeding import seed_demo


def test_the_demo_is_complete(db, now):
    demo = seed_demo(demo=Demo(), now=now)

    key = ApiKey.objects.matching(demo.segment_key)
    assert key is not None and key.account.name == "Demo Shop"
    assert key.account.postal_address
    user = authenticate(username=demo.email, password=demo.password)
    assert user is not None and user.is_staff and user.is_superuser
    assert user.memberships.get().role == "owner"
    campaign = Campaign.objects.get(account=key.account)
    assert (campaign.status, campaign.event_name) == ("ready", "Order Completed")
    assert (campaign.delivery_delay, campaign.throttle) == (0, None)
    assert campaign.contact_list.name == "Segment List"


def test_a_second_start_changes_nothing(db, now):
    first = seed_demo(demo=Demo(), now=now)
    account = Account.objects.get()
    account.name = "Mine now"
    account.save()
    Campaign.objects.get().delete()

    assert seed_demo(demo=first, now=now) == first

    assert Account.objects.get().name == "Mine now"
    assert not Campaign.objects.exists()
    assert ApiKey.objects.count() == 1


def test_a_revoked_key_is_replaced(db, now):
    first = seed_demo(demo=Demo(), now=now)
    ApiKey.objects.get().revoke(now=now)

    second = seed_demo(demo=first, now=now)

    assert second.segment_key != first.segment_key
    assert ApiKey.objects.matching(second.segment_key) is not None


def test_a_password_that_was_changed_stays_and_is_not_told(db, now):
    first = seed_demo(demo=Demo(), now=now)
    user = User.objects.get()
    user.set_password("a secret of my own")
    user.save()

    for _ in range(2):
        first = seed_demo(demo=first, now=now)

    assert first.password == "(the password you chose)"
    assert authenticate(username=first.email, password="a secret of my own")


def test_lost_credentials_are_made_anew(db, now):
    seed_demo(demo=Demo(), now=now)

    demo = seed_demo(demo=Demo(), now=now)

    assert authenticate(username=demo.email, password=demo.password)
    assert ApiKey.objects.matching(demo.segment_key)
    assert Account.objects.count() == 1


def test_a_lost_database_keeps_the_password(db, now):
    before = replace(Demo(), password="kept", password_hash="of another database")

    demo = seed_demo(demo=before, now=now)

    assert demo.password == "kept"
    assert authenticate(username=demo.email, password="kept")


def test_credentials_are_kept_for_their_owner_alone(tmp_path):
    demo = replace(Demo(), segment_key="seg_x")

    write_demo(tmp_path, demo)

    assert read_demo(tmp_path) == demo
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600
    (tmp_path / "demo.json").write_text("{")
    assert read_demo(tmp_path).segment_key == ""
