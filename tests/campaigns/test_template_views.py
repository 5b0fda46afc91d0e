"""Writing the words of a mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.html import escape

from campaigns.models import Campaign, EmailTemplate
from campaigns.rendering import KNOWN
from campaigns.starters import starter
from contacts.models import Attribute, Contact
from promoter.accounts.models import Account, Membership

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

NEW = "/campaigns/templates/new/"


@pytest.fixture
def words(account) -> dict[str, str]:
    return starter(account) | {
        "name": "Welcome",
        "reply_to": "team@example.com",
        "reminder_subject": "Once more: {{ brand }}",
        "reminder_intro": "It takes a minute.",
    }


def address(template: EmailTemplate, act: str = "") -> str:
    return f"/campaigns/templates/{template.pk}/" + (f"{act}/" if act else "")


def test_a_template_is_written_and_listed(alice_client, words):
    response = alice_client.post(NEW, words)
    template = EmailTemplate.objects.get()
    assert response["Location"] == address(template)
    assert {name: getattr(template, name) for name in words} == words
    assert "Welcome" in alice_client.get("/campaigns/templates/").content.decode()


def test_the_prepared_words_may_go_out_as_they_are(alice_client):
    page = alice_client.get(NEW)
    prepared = page.context["form"].initial | {"name": "First"}
    assert alice_client.post(NEW, prepared).status_code == 302


def test_an_account_without_templates_is_told_what_to_do(alice_client):
    page = alice_client.get("/campaigns/templates/").content.decode()
    assert "No email templates yet" in page
    assert f'href="{NEW}"' in page


def test_a_change_is_saved_with_its_time(alice_client, template, words):
    EmailTemplate.objects.update(updated_at=template.updated_at - timedelta(days=3))
    assert alice_client.post(address(template), words).status_code == 302
    before = template.updated_at
    template.refresh_from_db()
    assert template.name == "Welcome"
    assert template.updated_at >= before


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("name", "", "Give the template a name."),
        ("name", "x" * 121, "at most 120 characters"),
        ("brand", " ", "Enter what the question asks about."),
        ("brand", "{{ brand }}", "No placeholder can stand here"),
        ("subject", "", "Enter a subject."),
        ("subject", "x" * 201, "at most 200 characters"),
        ("subject", "{{ contact.frist_name }}", "Did you mean contact.first_name?"),
        ("preheader", "{{ nonsense }}", "{{ nonsense }} is no placeholder."),
        ("from_name", "{{ user.password }}", "{{ user.password }} is no placeholder."),
        ("reply_to", "a@example.com, b@example.com", "Enter one address"),
        ("reply_to", "nobody", "Enter one address"),
        ("accent", "teal", "Enter a colour as #"),
        ("accent", "", "Enter a colour, for example"),
        ("promoter_thanks", "{{ nonsense }}", "{{ nonsense }} is no placeholder."),
        ("intro", "{{ contact.first_name|upper }}", "is no placeholder."),
        ("intro", "x" * 2001, "at most 2000 characters"),
        ("thank_you", "{{ }}", "is no placeholder."),
        ("intro", "a\0b", "Null characters"),
        ("reminder_subject", "{{ nonsense }}", "{{ nonsense }} is no placeholder."),
        ("reminder_intro", "{{ nonsense }}", "{{ nonsense }} is no placeholder."),
    ],
)
def test_mistakes_stand_at_their_field(alice_client, words, field, value, expected):
    response = alice_client.post(NEW, words | {field: value})
    assert response.status_code == 422
    found = response.context["form"].errors
    assert list(found) == [field]
    assert expected in found[field][0]
    page = response.content.decode()
    assert page.count(escape(found[field][0])) >= 2
    assert f'href="#id_{field}"' in page
    assert not EmailTemplate.objects.exists()


def test_an_unknown_placeholder_is_answered_with_the_known_ones(alice_client, words):
    response = alice_client.post(NEW, words | {"intro": "{{ a }} and {{ b }}"})
    found = response.context["form"].errors["intro"]
    assert len(found) == 2
    assert all(name in found[0] for name in [*KNOWN, "attribute.NAME"])


def test_an_attribute_that_nobody_has_needs_a_default(alice_client, account, words, now):
    Attribute.objects.create(account=account, name="plan", type="text", last_seen_at=now)
    wrong = alice_client.post(NEW, words | {"intro": "{{ attribute.plann }}"})
    (error,) = wrong.context["form"].errors["intro"]
    assert "No contact has an attribute called plann. Did you mean plan?" in error
    assert '{{ attribute.plann|default:"…" }}' in error
    near = alice_client.post(NEW, words | {"intro": "{{ atribute.plan }}"})
    assert "Did you mean attribute.plan?" in near.context["form"].errors["intro"][0]
    known = words | {"intro": "{{ attribute.plan }}"}
    assert alice_client.post(NEW, known).status_code == 302


@pytest.mark.parametrize(
    ("link", "field", "expected"),
    [
        (("", "https://g.page/x"), "passive_link_label", "Enter the words"),
        (("Go", ""), "passive_link_url", "Enter the address"),
        (("Go", "http://g.page/x"), "passive_link_url", "Enter a whole address"),
        (("Go", "https://evil.org/"), "passive_link_url", "evil.org are not allowed yet"),
        (
            ("Go", "https://g.page/?u={{ contact.email }}"),
            "passive_link_url",
            "An address takes no placeholders.",
        ),
        (("Go", "https://g.page/x"), None, ""),
    ],
)
def test_a_link_is_whole_and_leads_to_an_allowed_host(
    alice_client, account, words, link, field, expected
):
    Account.objects.update(link_hosts=["g.page"])
    label, url = link
    answer = alice_client.post(
        NEW, words | {"passive_link_label": label, "passive_link_url": url}
    )
    if field is None:
        assert answer.status_code == 302
    else:
        errors = answer.context["form"].errors
        assert list(errors) == [field]
        assert expected in errors[field][0]


def test_a_pale_colour_is_kept_and_its_owner_told(alice_client, words):
    page = alice_client.post(NEW, words | {"accent": "FFD400"}, follow=True)
    assert "#ffd400 is too pale to be read on white" in page.content.decode()
    assert EmailTemplate.objects.get().accent == "#ffd400"


def test_every_known_placeholder_and_any_attribute_is_taken(alice_client, words):
    text = "".join(f'{{{{ {name}|default:"x" }}}}' for name in [*KNOWN, "attribute.plan"])
    response = alice_client.post(NEW, words | {"intro": text})
    assert response.status_code == 302


def test_attributes_that_contacts_have_stand_beside_the_form(alice_client, account, now):
    Contact.objects.create(
        account=account,
        user_id="u",
        attributes={"plan": "pro", "a|b": 1, "": 2, "E-Mail": "a@b.example"},
    )
    Attribute.objects.create(account=account, name="cart", type="object", last_seen_at=now)
    listed = dict(alice_client.get(NEW).context["placeholders"])
    assert "attribute.plan" in listed
    for name in ("a|b", "E-Mail", "cart"):
        assert f"attribute.{name}" not in listed


def test_a_name_that_is_taken_is_refused(alice_client, template, words):
    response = alice_client.post(NEW, words | {"name": "default"})
    assert "There is a template called" in response.context["form"].errors["name"][0]
    assert (
        alice_client.post(address(template), words | {"name": "default"}).status_code == 302
    )


def test_a_copy_starts_with_the_same_words_and_is_only_made_by_saving(
    alice_client, template
):
    page = alice_client.get(f"{NEW}?from={template.pk}")
    initial = page.context["form"].initial
    assert initial["name"] == "Copy of Default"
    assert initial["intro"] == template.intro
    assert EmailTemplate.objects.count() == 1


@pytest.mark.parametrize("value", ["x", "-1", "9" * 30, "0", "²"])
def test_a_source_that_does_not_exist_is_ignored(alice_client, value):
    assert alice_client.get(f"{NEW}?from={value}&campaign={value}").status_code == 200


def test_what_was_written_for_a_campaign_is_chosen_in_its_setup(
    alice_client, account, words, template
):
    draft = Campaign.objects.create(account=account, name="A", setup_steps=["kind"])
    response = alice_client.post(f"{NEW}?campaign={draft.pk}", words)
    made = EmailTemplate.objects.latest("pk")
    step = f"/campaigns/{draft.pk}/setup/template/?email_template={made.pk}"
    assert response["Location"] == step
    assert alice_client.get(step).context["form"].chosen == made


def test_a_template_in_use_says_where_and_what_a_change_affects(
    alice_client, campaign, template
):
    page = alice_client.get(address(template)).content.decode()
    assert campaign.name in page
    assert "Mail that was sent stays as it is" in page


def test_an_unused_template_is_deleted_after_one_more_question(alice_client, template):
    assert (
        "can’t be undone" in alice_client.get(address(template, "delete")).content.decode()
    )
    assert EmailTemplate.objects.exists()
    alice_client.post(address(template, "delete"))
    assert not EmailTemplate.objects.exists()


def test_a_template_in_use_is_not_deleted(alice_client, campaign, template):
    page = alice_client.get(address(template, "delete")).content.decode()
    assert "is in use" in page
    page = alice_client.post(address(template, "delete"), follow=True).content.decode()
    assert "is used by a campaign, so it stays." in page
    assert EmailTemplate.objects.exists()


def test_a_viewer_reads_and_changes_nothing(client, bob, template, words):
    Membership.objects.filter(user=bob).update(role=Membership.Role.VIEWER)
    client.force_login(bob)
    assert "New template" not in client.get("/campaigns/templates/").content.decode()
    page = client.get(address(template)).content.decode().partition("<main")[2]
    assert "<button" not in page
    assert "disabled>" in page
    assert client.get(NEW).status_code == 403
    assert client.post(address(template), words).status_code == 403
    for act in ["delete", "test-mail"]:
        assert client.post(address(template, act)).status_code == 403


def test_a_stranger_finds_nothing(charlie_client, template, words):
    assert "Default" not in charlie_client.get("/campaigns/templates/").content.decode()
    for url in [address(template), address(template, "preview")]:
        assert charlie_client.get(url).status_code == 404
    for act in ["", "delete", "test-mail"]:
        assert charlie_client.post(address(template, act), words).status_code == 404
    page = charlie_client.get(f"{NEW}?from={template.pk}")
    assert page.context["form"].initial.get("name") is None


def test_the_list_costs_the_same_for_many(
    alice_client, account, django_assert_max_num_queries
):
    for number in range(20):
        EmailTemplate.objects.create(
            account=account, name=f"{number}", subject="s", brand="b"
        )
    with django_assert_max_num_queries(4):
        alice_client.get("/campaigns/templates/")
