"""A scanner opens every link of its mails; it answers and unsubscribes for nobody.

tests/browser/test_scanner.py does the same with a hundred mails and a whole browser.
"""

from __future__ import annotations

import pytest

from tests.surveys import scanner


@pytest.mark.either_database
def test_every_link_of_every_mail_opened_records_nothing(
    campaign, now, smtp_sink, client, settings
):
    settings.SITE_URL = "http://testserver"
    opened = 0
    for mail in scanner.send(campaign, now, smtp_sink, number=12):
        for link in scanner.links(mail):
            assert client.head(link, follow=True).status_code == 200
            assert client.get(link, follow=True).status_code == 200
            opened += 1
    assert opened >= 12 * scanner.LINKS
    assert scanner.nothing_was_recorded()
