"""What a link in a mail opens, with nothing but its token.

Each address answers with and without the last slash itself: mail programs and people cut
links, and a redirect would turn a POST into a GET.
"""

from __future__ import annotations

from django.urls import path, re_path

from surveys.views.digest_off import digest_off
from surveys.views.mail_events import mail_events
from surveys.views.public import survey_page, survey_thanks, survey_trap
from surveys.views.public_answer import answer_delete, answer_file, answer_page
from surveys.views.public_look import colours
from surveys.views.public_unsubscribe import unsubscribe_page

urlpatterns = [
    path("s/<str:token>/", survey_page, name="survey"),
    path("s/<str:token>", survey_page),
    path("s/<str:token>/about/", survey_trap, name="survey-trap"),
    path("s/<str:token>/thanks/", survey_thanks, name="survey-thanks"),
    path("s/<str:token>/answer/", answer_page, name="survey-answer"),
    path("s/<str:token>/answer/file/", answer_file, name="survey-answer-file"),
    path("s/<str:token>/answer/delete/", answer_delete, name="survey-answer-delete"),
    re_path(
        r"^s/colours/(?P<edition>[0-9]{1,3})/(?P<accent>[0-9a-f]{6})\.css$",
        colours,
        name="survey-colours",
    ),
    path("u/mails/<str:way>/<str:token>/", digest_off, name="digest-off"),
    path("u/mails/<str:way>/<str:token>", digest_off),
    path("u/<str:token>/", unsubscribe_page, name="unsubscribe"),
    path("u/<str:token>", unsubscribe_page),
    path("mail/events/<str:provider>/", mail_events, name="mail-events"),
    path("mail/events/<str:provider>", mail_events),
]
