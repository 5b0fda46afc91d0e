"""English: a month by its whole name, and the day before it, as on every other page."""

DATE_FORMAT = "j F Y"
