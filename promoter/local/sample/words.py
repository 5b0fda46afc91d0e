"""Who the invented people of the sample account are, and what they say."""

from __future__ import annotations

from surveys.nps import Band

FIRST = (
    *("Amara", "Anders", "Beatriz", "Bjarne", "Carla", "Chloé", "Dafydd", "Daniela"),
    *("Elif", "Emil", "Fatima", "Finn", "Gina", "Greta", "Hana", "Henrik", "Imani"),
    *("Ines", "Jonas", "Julia", "Kaito", "Katja", "Lars", "Leila", "Mara", "Mateus"),
    *("Nadia", "Nils", "Olga", "Oscar", "Paula", "Pavel", "Rahul", "Rosa", "Sofia"),
    *("Stefan", "Tamsin", "Theo", "Ute", "Yara"),
)
LAST = (
    *("Abeni", "Almeida", "Bauer", "Berg", "Castro", "Chandra", "Clarke", "Dubois"),
    *("Eriksen", "Falk", "Fischer", "Fontaine", "Garcia", "Green", "Haddad", "Hughes"),
    *("Ito", "Jansen", "Keller", "Koch", "Kowalska", "Lambert", "Lindqvist", "Marsh"),
    *("Meyer", "Moreau", "Novak", "Okafor", "Olsen", "Patel", "Pereira", "Quinn"),
    *("Richter", "Rossi", "Sato", "Schmidt", "Silva", "Tanaka", "Vogel", "Walsh"),
)
COMPANIES = (
    *("Alder & Sons", "Bluebird Travel", "Brightwell", "Cobalt Works", "Copper Kettle"),
    *("Dune Studio", "Elm Street Books", "Fernhill", "Foxglove", "Granite Group"),
    *("Harbour Lane", "Heron Labs", "Ironbridge", "Juniper Foods", "Kestrel"),
    *("Lantern", "Larkspur", "Marlow Press", "Mill Pond", "Northbank", "Oakfield"),
    *("Old Mill Bakery", "Orchard", "Pebble", "Quarry Hill", "Rivermead", "Rowan"),
    *("Saffron House", "Seagrass", "Silver Birch", "Stonecrop", "Tallow Works"),
    *("Thistle", "Tidewater", "Umber", "Vineyard Row", "Westfold", "Willow Bank"),
    *("Yarrow", "Zephyr Cycles"),
)
# Of the companies; and in per cent.
PLANS = {"free": 14, "team": 15, "business": 11}
COUNTRIES = {"DE": 34, "GB": 22, "US": 20, "FR": 14, "NL": 10}
SEATS = {"free": (1, 2, 3), "team": (5, 8, 12, 20), "business": (25, 40, 80, 150)}
# Promoters and detractors in a hundred answers of each plan, today.
LOVE = {"free": (38, 30), "team": (62, 12), "business": (74, 6)}
# How many more detractors, and fewer promoters, before the app was made faster.
BEFORE = 19
SCORES = {
    Band.PROMOTER: (9, 9, 10, 10, 10),
    Band.PASSIVE: (7, 8, 8),
    Band.DETRACTOR: (1, 2, 3, 4, 5, 5, 6, 6, 6),
}

# Theme -> what promoters, passives and detractors say of it, and how often they do.
THEMES = {
    "support": {
        Band.PROMOTER: (
            "Your support answered within ten minutes and knew what to do.",
            "Robin walked me through the import on the phone. Brilliant.",
            "Whenever I write to you, a real person answers the same day.",
            "Support fixed a mistake that was really mine, without a word of blame.",
            "The friendliest support of all the tools we use.",
            "I asked on a Sunday and had an answer before lunch.",
            "Lena’s answer was so good that I sent it to my whole team.",
            "You listen. The wish I wrote to you in spring is in the app now.",
            "When our import failed, somebody called me. Who does that?",
            "Patient, quick and never a ready-made answer.",
        ),
        Band.PASSIVE: (
            "Support is friendly, but I had to explain the same thing twice.",
            "Good answers, though they come only in the morning.",
            "The help pages are fine; a phone number would be better.",
        ),
        Band.DETRACTOR: (
            "I waited four days for an answer, and then it did not help.",
            "Support sent me a link to a page that I had read already.",
            "Nobody answered my second question at all.",
            "I was passed on three times before somebody understood the problem.",
            "Your chat says “we are online” and nobody is.",
        ),
    },
    "price": {
        Band.PROMOTER: (
            "Worth every cent for a team of our size.",
            "Half the price of what we had before, and we miss nothing.",
            "The yearly plan pays for itself by the second month.",
        ),
        Band.PASSIVE: (
            "Good, but guests should not cost as much as members.",
            "The step from free to Team is steep for three people.",
            "I like it. The price went up twice in a year, though.",
            "Fair for what it does; cheaper by the year would be nice.",
            "Good value for the office, dear for our volunteers.",
            "Happy with it, unhappy about paying for people on leave.",
        ),
        Band.DETRACTOR: (
            "Too expensive for a handful of boards.",
            "The price went up and nothing got better.",
            "We pay for ten seats and use four. Let us buy single ones.",
            "The free plan became useless with the limit of two boards.",
            "The invoice was wrong for the second time.",
            "No discount for non-profits, so we are looking around.",
            "We were moved to a dearer plan without being asked.",
            "For this price I expect the calendar to be included.",
            "My boss asked what we pay this for, and I had no answer.",
            "Paying more every year for the same five boards.",
        ),
    },
    "speed": {
        Band.PROMOTER: (
            "So fast now. Boards open before I have put my coffee down.",
            "Since the last update everything is instant.",
            "It never gets in the way, even with hundreds of cards.",
            "Search finds what I mean while I am still typing.",
            "A year ago I would have said 6. Now it flies.",
            "Our biggest board opens in a blink.",
            "Quick, calm, no fuss.",
        ),
        Band.PASSIVE: (
            "Fine most of the time, slow on Monday mornings.",
            "Much faster than in spring, but large boards still take a moment.",
            "Loading the calendar takes longer than it should.",
            "Quick enough. The search could be quicker.",
        ),
        Band.DETRACTOR: (
            "Every click takes three seconds. I keep a list on paper again.",
            "Large boards freeze my browser.",
            "It was down twice this month, both times before a deadline.",
            "Saving is slow, and once it lost what I had written.",
            "Too slow with more than fifty cards.",
            "I press a button twice because nothing happens, and get two cards.",
            "In the afternoon it crawls.",
        ),
    },
    "mobile app": {
        Band.PROMOTER: (
            "I plan the whole week on my phone in the train.",
            "The app works without a network. That is rare.",
            "Notifications are just right: few, and the ones that matter.",
            "Ticking off tasks on site with one thumb: perfect.",
        ),
        Band.PASSIVE: (
            "On the desktop a 10, on the phone a 5.",
            "The app is good, but I can’t attach photos from it.",
            "I wish the phone showed the calendar as the browser does.",
            "Please let me move cards on the phone without opening them.",
            "Great in the browser. On my phone the text is too small.",
            "The app is fine since I switched off half of the notifications.",
            "Offline works, but it takes a while to catch up.",
        ),
        Band.DETRACTOR: (
            "The app signs me out every other day.",
            "It crashes whenever I open a photo on my phone.",
            "Half of what I need is missing on the phone.",
            "On Android the keyboard covers the field I am typing in.",
            "Notifications come hours late.",
            "Without a network the app shows an empty page.",
        ),
    },
    "reports": {
        Band.PROMOTER: (
            "The weekly report saves me an hour every Friday.",
            "My boss finally reads what I send, because your charts are clear.",
            "Exporting to a spreadsheet just works.",
            "I see at a glance who has too much on their plate.",
            "The Monday overview has replaced a meeting.",
            "Clear charts that our customers understand too.",
            "Reports by customer are exactly what I was looking for.",
        ),
        Band.PASSIVE: (
            "Reports are nice; I would like to choose the columns.",
            "The charts are clear, the PDF of them is not.",
            "Good overview. It should compare two months.",
            "Useful, but I still finish it by hand in a spreadsheet.",
            "I would like to send the report to people without a seat.",
        ),
        Band.DETRACTOR: (
            "The figures in the report differ from those on the board.",
            "The export lost all our dates.",
            "I can’t filter a report by customer, which is all I need.",
        ),
    },
    "setup": {
        Band.PROMOTER: (
            "We were up and running in an afternoon.",
            "The import took over everything, even the comments.",
            "My colleagues understood it without a training.",
            "Setting up the first board was almost fun.",
            "The templates fitted us from the first day.",
            "From sign-up to the first finished project in a week.",
        ),
        Band.PASSIVE: (
            "Easy once it stands. The first day was confusing.",
            "The import worked, except for attachments.",
            "A few more templates to begin with would help.",
        ),
        Band.DETRACTOR: (
            "The set-up took us two weeks and a consultant.",
            "The import put everybody’s tasks on my name.",
            "Too many settings, and no word on which matter.",
        ),
    },
}
# Of a hundred who write.
TALK_OF = {
    Band.PROMOTER: {
        **{"support": 34, "speed": 22, "reports": 17},
        **{"setup": 14, "mobile app": 9, "price": 4},
    },
    Band.PASSIVE: {
        **{"mobile app": 28, "price": 24, "reports": 18},
        **{"speed": 14, "setup": 10, "support": 6},
    },
    Band.DETRACTOR: {
        **{"price": 34, "speed": 24, "mobile app": 18},
        **{"support": 12, "setup": 7, "reports": 5},
    },
}
WRITE = {Band.PROMOTER: 42, Band.PASSIVE: 46, Band.DETRACTOR: 66}
"""In a hundred, how many say why."""

NOTES = {
    "support": "The mail had gone to the old queue. Moved, and I have written to them.",
    "price": "Told sales. The new single seats come next month; I will write then.",
    "speed": "Same board as last week. The developers are on it.",
    "mobile app": "I could repeat it on my own phone. Reported.",
    "reports": "It is the time zone: their account is set to another one than their team.",
    "setup": "Offered an hour on the phone on Thursday.",
}
REPLIES = {
    "support": "I am sorry that you had to wait. Your mail lay in the wrong place, and "
    "that is mended now. Here is my own number for the next time.",
    "price": "Thank you for being frank. From next month on you can buy single seats, "
    "and I have noted your account for the lower price.",
    "speed": "Thank you. We found what made your board slow; since yesterday it should "
    "open at once. Does it for you?",
    "mobile app": "Thank you for telling us. The new version of the app mends this; it is "
    "in the store since today.",
    "reports": "You are right, the figures came from two time zones. It is mended, and "
    "last month’s report is on its way to you.",
    "setup": "I am sorry that it was such a hard start. May I show you the rest on the "
    "phone? Any time this week is fine.",
}
CANNED = {
    "Thank you": "Thank you for your kind words. I have passed them on to the whole team.",
    "Looking into it": "Thank you for telling us. We are looking into it, and I write "
    "again as soon as I know more.",
}
