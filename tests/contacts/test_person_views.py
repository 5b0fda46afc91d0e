"""One contact by hand: added, edited, no longer mailed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.attributes import set_attributes
from contacts.models import Attribute, Contact, Suppression
from promoter.accounts.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(account) -> Contact:
    contact = Contact(
        account=account,
        user_id="u1",
        first_name="Ann",
        attributes={"plan": "pro", "seats": 5, "tags": ["a"]},
    )
    contact.set_email("ann@example.com")
    contact.save()
    return contact


def edit(client, contact: Contact, **changed: str):
    """Post the page's form as a browser does, with some fields typed over."""
    path = reverse("contact-edit", args=[contact.pk])
    answer = client.post(path, fields_of(client, path) | changed)
    contact.refresh_from_db()
    return answer


def fields_of(client, path: str) -> dict[str, str]:
    """What the page would post if nothing was typed."""
    page = client.get(path).context
    forms = [page["form"], page["attributes"].management_form, *page["attributes"]]
    fields: dict[str, str] = {}
    for form in forms:
        for field in form:
            value = field.value()
            fields[field.html_name] = "" if value is None else str(value)
            if field.field.show_hidden_initial:
                fields[field.html_initial_name] = fields[field.html_name]
    return fields


class TestEditing:
    def test_the_page_carries_the_hidden_first_values(self, alice_client, ann):
        """Without them every field would count as changed."""
        page = alice_client.get(reverse("contact-edit", args=[ann.pk])).content.decode()
        for name in ("initial-email", "initial-first_name", "initial-attribute-0-value"):
            assert f'name="{name}"' in page

    def test_columns_and_attributes(self, alice_client, ann):
        edit(
            alice_client,
            ann,
            email="Ann@Example.org",
            last_name="Lee",
            **{"attribute-0-value": "free", "attribute-3-name": "city"},
            **{"attribute-3-value": "Ulm"},
        )
        assert (ann.email, ann.name) == ("Ann@example.org", "Ann Lee")
        assert ann.attributes == {"plan": "free", "seats": 5, "tags": ["a"], "city": "Ulm"}
        assert Attribute.objects.filter(account=ann.account, name="city").exists()

    def test_kinds_are_kept(self, alice_client, ann):
        edit(
            alice_client,
            ann,
            **{"attribute-1-value": "6", "attribute-2-value": '["a", "b"]'},
        )
        assert ann.attributes == {"plan": "pro", "seats": 6, "tags": ["a", "b"]}

    @pytest.mark.parametrize("text", ["many", "NaN", "1e999", "[" * 3000])
    def test_what_is_no_value_of_the_kind_is_text(self, alice_client, ann, text):
        edit(alice_client, ann, **{"attribute-1-value": text})
        assert ann.attributes["seats"] == text

    def test_what_no_database_takes_is_replaced(self, alice_client, ann):
        edit(alice_client, ann, **{"attribute-1-value": r'"a\u0000\ud800"'})
        assert ann.attributes["seats"] == "a\ufffd\ufffd"

    def test_an_emptied_attribute_is_gone_and_an_older_event_does_not_bring_it_back(
        self, alice_client, ann
    ):
        edit(alice_client, ann, **{"attribute-0-value": ""})
        assert "plan" not in ann.attributes
        set_attributes(ann, {"plan": "old"}, at=timezone.now() - timedelta(days=1))
        assert "plan" not in ann.attributes

    def test_what_segment_wrote_meanwhile_stays(self, alice_client, ann):
        path = reverse("contact-edit", args=[ann.pk])
        fields = fields_of(alice_client, path)
        Contact.objects.update(last_name="Lee", attributes={"plan": "team", "seats": 9})

        alice_client.post(path, fields | {"first_name": "Anna"})

        ann.refresh_from_db()
        assert ann.name == "Anna Lee"
        assert ann.attributes == {"plan": "team", "seats": 9}

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"email": "ann"}, "This is not one email address."),
            ({"first_name": "x" * 121}, "at most 120 characters"),
            ({"attribute-3-value": "Ulm"}, "Give the attribute a name."),
            (
                {"attribute-3-name": "plan", "attribute-3-value": "x"},
                "Two rows are called “plan”.",
            ),
        ],
    )
    def test_mistakes_are_said_and_nothing_is_saved(
        self, alice_client, ann, changed, sentence
    ):
        assert sentence in edit(alice_client, ann, **changed).content.decode()
        assert ann.attributes["plan"] == "pro"
        assert ann.email == "ann@example.com"


class TestOtherActs:
    def test_adding_somebody(self, alice_client, account):
        alice_client.post(reverse("contact-add"), {"email": "zoe@example.com"})
        assert Contact.objects.get(account=account).email == "zoe@example.com"

    def test_nobody_is_added_twice(self, alice_client, ann):
        answer = alice_client.post(reverse("contact-add"), {"email": "ANN@example.com"})
        assert "already" in answer.content.decode()
        assert Contact.objects.count() == 1

    def test_no_longer_mailed_and_mailed_again(self, alice_client, ann):
        page = reverse("contact", args=[ann.pk])
        alice_client.post(reverse("contact-stop", args=[ann.pk]))
        row = Suppression.objects.get()
        assert (row.reason, row.detail) == ("manual", "By alice@example.com")
        assert "Mail again" in alice_client.get(page).content.decode()

        answer = alice_client.post(
            reverse("contact-suppression-lift", args=[row.pk]), {"next": page}
        )
        assert answer["Location"] == page
        assert not Suppression.objects.exists()

    def test_an_editor_does_all_but_erase_and_a_viewer_only_looks(
        self, alice, alice_client, ann
    ):
        page = reverse("contact", args=[ann.pk])
        Membership.objects.filter(user=alice).update(role="editor")
        seen = alice_client.get(page).content.decode()
        assert "Stop mailing" in seen
        assert "Erase" not in seen

        Membership.objects.filter(user=alice).update(role="viewer")
        seen = alice_client.get(page).content.decode()
        assert "Stop mailing" not in seen
        assert "Download their data" in seen
        for name in ("contact-edit", "contact-stop", "contact-erase"):
            path = reverse(name, args=[ann.pk])
            assert alice_client.post(path).status_code == 403
        assert alice_client.get(reverse("contact-add")).status_code == 403
