"""The forecasts that were made on D-90, held against D.

D-90's own cohort stood on D-180: two fast growers, over their limit on D-90, and six that did not grow and were not.
Base rate 0.25; a fast grower's probability is (2 + 10 x 0.25) / (2 + 10) = 0.375, one without growth has
(0 + 2.5) / (6 + 10) = 0.15625, others 2.5 / 10 = 0.25.
"""

from .book import Book, case

SKILL = "forecast_skill"
NO_SCORE = {"brier_score": None, "reference_brier_score": None, "skill": None}


def known_on_d_90(book: Book) -> None:
    for number in range(2):
        book.stands(f"known fast {number}", on=[208], assigned=40)
        book.stands(f"known fast {number}", on=[180], assigned=50)
        book.stands(f"known fast {number}", on=[90], assigned=101)
    for number in range(6):
        book.stands(f"known {number}", on=[208, 180, 90])


def held_against_d(book: Book, *, fast: int, fast_exceeded: int, slow: int) -> None:
    """Fast growers on D-90, some of them over their limit now, and others that neither grew nor are over it."""
    for number in range(fast):
        book.stands(f"fast {number}", on=[118], assigned=40)
        book.stands(f"fast {number}", on=[90], assigned=50)
        book.stands(f"fast {number}", assigned=101 if number < fast_exceeded else 50)
    for number in range(slow):
        book.stands(f"slow {number}", on=[118, 90, 0])


@case
def five_exceeded(book: Book) -> None:
    known_on_d_90(book)
    held_against_d(book, fast=5, fast_exceeded=5, slow=5)
    # (5 x 0.625^2 + 5 x 0.15625^2) / 10 = (1.953125 + 0.1220703125) / 10; (5 x 0.75^2 + 5 x 0.25^2) / 10 = 0.3125
    # 1 - 0.20751953125 / 0.3125 = 1 - 0.6640625
    scores = {"brier_score": 0.20751953125, "reference_brier_score": 0.3125, "skill": 0.3359375}
    book.expects(SKILL, {"positions": 10, "exceeded": 5, **scores})


@case
def four_exceeded_are_too_few(book: Book) -> None:
    known_on_d_90(book)
    held_against_d(book, fast=5, fast_exceeded=4, slow=5)
    # (4 x 0.625^2 + 0.375^2 + 5 x 0.15625^2) / 10 = (1.5625 + 0.140625 + 0.1220703125) / 10
    # (4 x 0.75^2 + 6 x 0.25^2) / 10 = (2.25 + 0.375) / 10
    scores = {"brier_score": 0.18251953125, "reference_brier_score": 0.2625, "skill": None}
    book.expects(SKILL, {"positions": 10, "exceeded": 4, **scores})


@case
def a_state_that_was_not_known(book: Book) -> None:
    known_on_d_90(book)
    for number in range(5):
        book.stands(f"new {number}", on=[90], assigned=95)
        book.stands(f"new {number}", assigned=101)
    # 0.25 for each, as the base rate says: 0.75^2 = 0.5625, and no skill
    book.expects(
        SKILL, {"positions": 5, "exceeded": 5, "brier_score": 0.5625, "reference_brier_score": 0.5625, "skill": 0.0}
    )


@case
def the_base_rate_was_right(book: Book) -> None:
    book.stands("known", on=[180])
    book.stands("known", on=[90], assigned=101)
    for number in range(5):
        book.stands(f"new {number}", on=[90])
        book.stands(f"new {number}", assigned=101)
    # base rate 1, and all five exceeded: both scores 0, and nothing to divide by. The forecast is (1 + 10) / 11 = 1.
    book.expects(
        SKILL, {"positions": 5, "exceeded": 5, "brier_score": 0.0, "reference_brier_score": 0.0, "skill": None}
    )


@case
def no_forecast_was_made(book: Book) -> None:
    book.stands("known then, gone on D-90", on=[208, 180])
    held_against_d(book, fast=5, fast_exceeded=5, slow=5)
    book.expects(SKILL, {"positions": 0, "exceeded": 0, **NO_SCORE})


@case
def nobody_is_left_to_hold_a_forecast_against(book: Book) -> None:
    known_on_d_90(book)
    book.stands("another", assigned=101)
    book.expects(SKILL, {"positions": 0, "exceeded": 0, **NO_SCORE})


@case
def unseen_180_days_ago(book: Book) -> None:
    known_on_d_90(book)
    held_against_d(book, fast=5, fast_exceeded=5, slow=5)
    book.delivers_nothing(180)
    book.expects(SKILL, {"positions": 0, "exceeded": 0, **NO_SCORE})
