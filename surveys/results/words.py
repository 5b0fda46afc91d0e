"""What people write about: the words that most of the latest comments have.

One comment counts a word once, so that one angry person is one. No stemming, no model:
it works alike in every language, and everybody can check it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from promoter.lib.letters import small
from surveys.nps import Counts
from surveys.results.stop_words import STOP_WORDS
from surveys.selections import Selection
from surveys.windows import Window

MOST_COMMENTS = 2_000
"""The latest of a window that words are counted in: bounds the page's time."""
MOST_WORDS = 15
# What one comment alone says is no topic.
LEAST_COMMENTS = 2
LEAST_LETTERS = 3

# Letters of any script, with what joins two parts of one word.
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
# Chinese and Japanese leave no space between words: two letters stand for one.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, and how those scored whose comment has it."""

    text: str
    counts: Counts

    @property
    def n(self) -> int:
        return self.counts.n


@dataclass(frozen=True, slots=True)
class TopWords:
    """The words in most comments first, and how many comments were read.

    `is_part`: there are more comments than were read.
    """

    words: list[Word]
    comments: int
    is_part: bool


def top_words(selection: Selection, window: Window) -> TopWords:
    """Of the latest comments of the window. 1 query."""
    rows = (
        selection.responses([window], as_of=window.end)
        .exclude(comment="")
        .order_by("-responded_at", "-pk")
        .values_list("comment", "score")[: MOST_COMMENTS + 1]
    )
    comments = list(rows)
    read = comments[:MOST_COMMENTS]
    return TopWords(count_words(read), len(read), is_part=len(comments) > MOST_COMMENTS)


def count_words(comments: Iterable[tuple[str, int]]) -> list[Word]:
    """From (comment, score): most comments first, then by the alphabet."""
    scores: defaultdict[str, list[int]] = defaultdict(list)
    for comment, score in comments:
        for word in set(words_of(comment)):
            scores[word].append(score)
    common = [(word, of) for word, of in scores.items() if len(of) >= LEAST_COMMENTS]
    common.sort(key=lambda pair: (-len(pair[1]), pair[0]))
    return [Word(word, Counts.of_scores(of)) for word, of in common[:MOST_WORDS]]


def words_of(comment: str) -> Iterator[str]:
    """The comment's words in small letters, without those that every text has."""
    for match in _WORD.finditer(small(comment).replace("’", "'")):
        word = match[0]
        if _UNSPACED.search(word):
            yield from _pairs(word)
        elif len(word) >= LEAST_LETTERS and word not in STOP_WORDS:
            yield word


def _pairs(text: str) -> Iterator[str]:
    for run in _UNSPACED.findall(text):
        for place in range(len(run) - 1):
            pair = run[place : place + 2]
            if pair not in STOP_WORDS:
                yield pair
