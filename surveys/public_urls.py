"""What a link in a mail opens, with nothing but its token.

Each address answers with and without the last slash itself: mail programs and people cut
links, and a redirect would turn a POST into a GET.
"""

from __future__ import annotations

from django.urls import path

from surveys.views.mail_events import mail_events
from surveys.views.public import survey_page, survey_thanks, survey_trap
from surveys.views.public_unsubscribe import unsubscribe_page

urlpatterns = [
    path("mail/events/<str:provider>/", mail_events, name="mail-events"),
    path("mail/events/<str:provider>", mail_events),
    path("s/<str:token>/", survey_page, name="survey"),
    path("s/<str:token>", survey_page),
    path("s/<str:token>/about/", survey_trap, name="survey-trap"),
    path("s/<str:token>/thanks/", survey_thanks, name="survey-thanks"),
    path("u/<str:token>/", unsubscribe_page, name="unsubscribe"),
    path("u/<str:token>", unsubscribe_page),
]
