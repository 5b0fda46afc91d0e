"""A scanner opens every link of a hundred mails; it answers and unsubscribes for nobody.

tests/browser/test_scanner.py does the same with a whole browser.
"""

from __future__ import annotations

from tests.surveys import scanner


def test_every_link_of_a_hundred_mails_opened_records_nothing(
    campaign, now, smtp_sink, client, settings
):
    settings.SITE_URL = "http://testserver"
    opened = 0
    for mail in scanner.send(campaign, now, smtp_sink, number=100):
        for link in scanner.links(mail):
            assert client.head(link, follow=True).status_code == 200
            assert client.get(link, follow=True).status_code == 200
            opened += 1
    assert opened >= 100 * scanner.LINKS
    assert scanner.nothing_was_recorded()
