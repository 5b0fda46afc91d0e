"""Links on thank-you pages lead only where an owner has said."""

from __future__ import annotations

import pytest

from promoter.accounts.links import BadHost, is_allowed, read_host
from promoter.accounts.models import AuditEvent

pytestmark = pytest.mark.django_db
PAGE = "/settings/links/"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("WWW.Example.com", "www.example.com"),
        ("https://g.page/r/abc/review", "g.page"),
        ("*.example.com", "example.com"),
        ("example.com:8443", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_host_is_read_as_people_paste_it(text, host):
    assert read_host(text) == host


@pytest.mark.parametrize("text", ["com", "10.0.0.1", "a b.com", "[::1", "-.io"])
def test_what_names_no_host_is_refused(text):
    with pytest.raises(BadHost):
        read_host(text)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://example.com/review?a=1", True),
        ("https://shop.example.com:8443/", True),
        ("https://EXAMPLE.com./", True),
        ("http://example.com/", False),
        ("https://example.com.evil.org/", False),
        ("https://badexample.com/", False),
        ("https://example.com@evil.org/", False),
        ("https://evil.org\\@example.com/", False),
        ("https://evil.org#.example.com/", False),
        ("https://evil.org/?example.com", False),
        ("//example.com/", False),
        ("javascript:alert(1)//example.com", False),
        ("https://example.com:x/", False),
        ("", False),
    ],
)
def test_only_an_https_address_of_a_named_host_is_allowed(url, allowed):
    assert is_allowed(url, hosts=["example.com"]) is allowed


def test_an_owner_names_hosts_and_a_mistake_is_explained(alice_client, account):
    answer = alice_client.post(PAGE, {"link_hosts": "https://G.page/r/x\nexample.com\n"})
    assert answer.status_code == 302
    account.refresh_from_db()
    assert account.link_hosts == ["g.page", "example.com"]
    assert AuditEvent.objects.get().action == "settings.changed"
    assert "g.page\nexample.com" in alice_client.get(PAGE).content.decode()

    answer = alice_client.post(PAGE, {"link_hosts": "exa mple"})
    assert answer.status_code == 422
    assert "is no host. Write it as www.example.com." in answer.content.decode()


def test_who_is_no_owner_may_not(client, bob, account):
    client.force_login(bob)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"link_hosts": "evil.org"}).status_code == 403
    account.refresh_from_db()
    assert account.link_hosts == []
