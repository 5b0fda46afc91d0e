"""Who the invented people are and what they say, in per cent."""

from __future__ import annotations

PLANS = {"free": 45, "starter": 30, "pro": 18, "enterprise": 7}
COUNTRIES = {"US": 30, "DE": 18, "GB": 12, "FR": 9, "JP": 7, "BR": 6, "NL": 5}
COUNTRIES |= {"ES": 4, "PL": 3, "SE": 3, "TR": 2, "FI": 1}
SEATS = (1, 2, 3, 5, 10, 20, 50)
TRIALS = 20
# Promoters, passives, detractors of each plan.
BANDS_OF = {
    "free": (40, 30, 30),
    "starter": (46, 30, 24),
    "pro": (55, 28, 17),
    "enterprise": (50, 25, 25),
}
SCORES = ((9, 10, 10), (7, 8, 8), (0, 1, 2, 3, 3, 4, 5, 5, 6, 6, 6))
COMMENTED = 30
COMMENTS = (
    (
        "Great support, quick answers",
        "Easy to set up and the reports are clear",
        "Schneller Support, klare Berichte",
        "Delivery was fast",
    ),
    (
        "Good, but the price went up",
        "The app is slow on my phone",
        "Reports are fine, setup was hard",
    ),
    (
        "Support took three days to answer",
        "Too expensive for what it does",
        "The app crashes on my phone",
        "Delivery was late again",
    ),
)
