"""A logo is uploaded, shown, replaced, and nothing hostile comes with it."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from campaigns.logo_reading import MAX_BYTES, MOST_STORED, UnusableLogo, read_logo
from campaigns.models import EmailTemplate, Logo
from campaigns.starters import starter
from promoter.accounts.models import Account
from surveys.models import SurveyEmail
from surveys.sending.composing import compose
from tests.campaigns.pictures import noise, picture
from tests.harness.disk import full_disk
from tests.surveys.asked import ask, kate

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
NEW = "/campaigns/templates/new/"


@pytest.fixture
def upload(alice_client, account):
    """Saves a new template with that file, or what else is given."""

    def _upload(content: bytes | None, name: str = "Welcome", **more: object):
        form = starter(account) | {"name": name} | more
        if content is not None:
            form["logo_file"] = SimpleUploadedFile("logo.png", content)
        return alice_client.post(NEW, form)

    return _upload


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "WEBP"])
def test_an_image_is_drawn_anew_small_and_served_for_ever(upload, client, format_, account):
    assert upload(picture(format_)).status_code == 302
    logo = EmailTemplate.objects.get().logo
    assert (logo.width, logo.height) == (240, 80)
    answer = client.get(logo.path)
    assert answer["Content-Type"] == logo.content_type
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies
    with Image.open(BytesIO(answer.content)) as image:
        assert image.size == (480, 160)
        assert image.format == ("JPEG" if format_ == "JPEG" else "PNG")
    assert client.get(f"/logos/{'0' * 64}.png").status_code == 404


def test_a_full_disk_is_said_at_the_logo(upload):
    with full_disk():
        answer = upload(bytes(3_000_000))
    assert answer.status_code == 422
    assert "perhaps the server’s disk is full" in answer.content.decode()


def test_only_pixels_survive(account):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    data = picture(pnginfo=notes, exif=exif) + b"<?php system('id'); ?>"

    content = read_logo(data, account=account).content
    assert b"script" not in content
    assert b"php" not in content
    assert b"taken" not in content


@pytest.mark.parametrize("size", [(1200, 400), (480, 160), (3000, 90)])
def test_whatever_is_drawn_on_it_it_stays_light(account, size):
    logo = read_logo(noise(size), account=account)
    assert len(logo.content) <= MOST_STORED
    assert logo.width <= 240
    assert logo.height <= 80


def bomb() -> bytes:
    """A PNG of 3,600 million pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data)


def huge() -> bytes:
    """Of honest pixels, a bit each: it is drawn whenever the suite is collected."""
    out = BytesIO()
    Image.new("1", (5000, 4000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "An SVG may hold"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "An SVG may hold"),
        (b"%PDF-1.7", "This is no PNG"),
        (b"BM" + bytes(200), "This is no PNG"),
        (picture()[:200], "This is no PNG"),
        (bomb(), "more than 16 million pixels"),
        (huge(), "more than 16 million pixels"),
        (bytes(MAX_BYTES + 1), "larger than 2 MB"),
    ],
    ids=["svg", "xml", "pdf", "bmp", "cut", "bomb", "huge", "heavy"],
)
def test_what_is_no_logo_is_refused_with_a_sentence(upload, account, content, expected):
    with pytest.raises(UnusableLogo):
        read_logo(content, account=account)
    answer = upload(content)
    assert answer.status_code == 422
    assert expected in answer.context["form"].errors["logo_file"][0]
    assert not Logo.objects.exists()


@pytest.mark.parametrize(
    ("colour", "plate"),
    [("#111111", "light"), ("#ffffff", "dark"), ("#3b82f6", "none")],
)
def test_a_transparent_logo_has_a_plate_where_it_could_not_be_seen(account, colour, plate):
    assert read_logo(picture(colour=colour), account=account).plate == plate
    assert read_logo(picture("JPEG", colour=colour), account=account).plate == "none"


def test_mail_and_pages_show_it_under_the_brands_name(
    upload, account, campaign, now, client, settings
):
    upload(picture())
    logo = Logo.objects.get()
    EmailTemplate.objects.filter(name="Default").update(logo=logo, brand="A&B")
    survey = ask(kate(account), campaign, now)

    email = SurveyEmail.objects.get(survey=survey.pk)
    html = compose(email, now=now).alternatives[0].content
    assert f'src="{settings.SITE_URL}{logo.path}"' in html
    assert 'alt="A&amp;B"' in html
    assert 'width="240"' in html
    with time_machine.travel(now, tick=False):
        page = client.get(f"/s/{survey.token}/").content.decode()
    assert f'src="{logo.path}" width="240" height="80" alt="A&amp;B"' in page


def test_the_page_stays_under_30_kb_with_colour_and_the_heaviest_logo(
    upload, account, campaign, now, client
):
    upload(noise((1200, 400)))
    logo = Logo.objects.get()
    EmailTemplate.objects.filter(name="Default").update(logo=logo, accent="#7c3aed")
    survey = ask(kate(account), campaign, now)
    with time_machine.travel(now, tick=False):
        page = client.get(f"/s/{survey.token}/").content
    style = Path(finders.find("survey.css")).read_bytes()
    colours = client.get("/s/colours/1/7c3aed.css").content
    assert b"/s/colours/1/7c3aed.css" in page
    sizes = [len(part) for part in (page, style, colours, logo.content)]
    assert sum(sizes) < 30_000, sizes


def test_a_preview_shows_it_before_it_is_saved_and_writes_nothing(alice_client, account):
    path = "/campaigns/templates/preview/"
    for shown in ("", "survey", "promoter"):
        file = SimpleUploadedFile("logo.png", picture())
        form = starter(account) | {"name": "x", "logo_file": file, "mail": shown}
        answer = alice_client.post(path, form)
        assert 'src="data:image/png;base64,' in answer.content.decode()
        assert "img-src data:" in answer["Content-Security-Policy"]
    assert not Logo.objects.exists()


def test_it_is_kept_replaced_and_taken_away(alice_client, upload, account):
    upload(picture())
    template = EmailTemplate.objects.get()
    first = template.logo
    path = f"/campaigns/templates/{template.pk}/"
    form = starter(account) | {"name": "Welcome", "logo": first.pk}

    alice_client.post(path, form)
    template.refresh_from_db()
    assert template.logo == first
    file = SimpleUploadedFile("l.gif", picture("GIF", colour="#aa0000"))
    alice_client.post(path, form | {"logo_file": file})
    template.refresh_from_db()
    assert template.logo not in (None, first)
    alice_client.post(path, form | {"logo_remove": "on"})
    template.refresh_from_db()
    assert template.logo is None
    # Mail that was sent shows the old one.
    assert Logo.objects.count() == 2
    assert upload(picture(), name="Once more").status_code == 302
    assert Logo.objects.count() == 2


def test_a_strangers_logo_is_not_taken(charlie_client, upload, other_account):
    upload(picture())
    form = starter(other_account) | {"name": "Mine", "logo": Logo.objects.get().pk}
    answer = charlie_client.post(NEW, form)
    assert answer.status_code == 422
    preview = charlie_client.post("/campaigns/templates/preview/", form)
    assert "data:image" not in preview.content.decode()


def test_it_goes_with_its_account(upload, account, client):
    upload(picture())
    logo = Logo.objects.get()
    Account.objects.filter(pk=account.pk).delete()
    assert client.get(logo.path).status_code == 404
