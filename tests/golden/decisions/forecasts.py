"""How a position stands, and how often those that stood so 90 days ago are over their limit now."""

from .book import Book, case

RISK = "overage_risk"
NOBODY = {"similar_positions": 0, "similar_exceeded": 0, "cohort_positions": 0, "cohort_exceeded": 0}


@case
def headroom_bands(book: Book) -> None:
    bands = {
        "0/100": "under 80 %",
        "79/100": "under 80 %",
        "80/100": "80-90 %",
        "89/100": "80-90 %",
        "90/100": "90-95 %",
        "94/100": "90-95 %",
        "95/100": "95-100 %",
        "100/100": "95-100 %",
        "799/1000": "under 80 %",
        "899/1000": "80-90 %",
        "949/1000": "90-95 %",
        "950/1000": "95-100 %",
        "19/20": "95-100 %",
        "1/1": "95-100 %",
    }
    rows = []
    for share, band in bands.items():
        assigned, total = map(int, share.split("/"))
        book.stands(share, total=total, assigned=assigned)
        row = {"headroom_licenses": total - assigned, "headroom_band": band, "growth_band": "new", **NOBODY}
        rows.append({"subscription_id": share, "assigned_28d_ago": None, "probability_over_limit_90d": None, **row})
    book.stands("over", total=100, assigned=101)
    book.stands("empty", total=0, assigned=0)
    book.expects(RISK, *rows)


@case
def growth_bands(book: Book) -> None:
    # by how much in 28 days, of the total: 0, -1, 5/100, 6/100, 1/20 = 0.05, 1/19 > 0.05
    grown = {
        "same": (50, 50, 100, "none"),
        "less": (51, 50, 100, "none"),
        "five": (50, 55, 100, "slow"),
        "six": (50, 56, 100, "fast"),
        "one of 20": (9, 10, 20, "slow"),
        "one of 19": (8, 9, 19, "fast"),
    }
    rows = []
    for subscription, (then, now, total, band) in grown.items():
        # the total of then counts for nothing
        book.stands(subscription, on=[28], total=1, assigned=then)
        book.stands(subscription, total=total, assigned=now)
        rows.append({"subscription_id": subscription, "assigned_28d_ago": then, "growth_band": band})
    book.stands("other product", on=[28], product="calling", assigned=50)
    book.stands("other product")
    rows.append({"subscription_id": "other product", "assigned_28d_ago": None, "growth_band": "new"})
    book.expects(RISK, *rows)


@case
def unseen_28_days_ago(book: Book) -> None:
    book.stands(on=[28, 0])
    book.delivers_nothing(28)
    book.expects(RISK, {"assigned_28d_ago": None, "growth_band": "new"})


@case
def a_cohort_of_four(book: Book) -> None:
    book.stands("exceeded", on=[118, 90])
    book.stands("exceeded", assigned=120)
    book.stands("same", on=[118, 90, 28, 0])
    book.stands("same", on=[118, 90], product="calling", total=1000, assigned=799)
    book.stands("same", product="calling", total=10, assigned=11)
    book.stands("tight", on=[90, 28, 0], assigned=97)
    book.stands("was over", on=[90], assigned=101)
    book.stands("was over", assigned=50)
    book.stands("was empty", on=[90], total=0, assigned=0)
    book.stands("was empty", on=[0])
    book.stands("gone", on=[118, 90])
    cohort = {"cohort_positions": 4, "cohort_exceeded": 2}
    # Cohort: exceeded, same, same of calling (all "under 80 %", "none") and tight; two of them are over now: 0.5.
    # same: (2 + 10 x 0.5) / (3 + 10) = 7/13; the others have none alike: (0 + 5) / 10
    like_three = {"similar_positions": 3, "similar_exceeded": 2, "probability_over_limit_90d": 7 / 13}
    like_none = {"similar_positions": 0, "similar_exceeded": 0, "probability_over_limit_90d": 0.5}
    book.expects(
        RISK,
        {"subscription_id": "same", "headroom_band": "under 80 %", "growth_band": "none", **like_three, **cohort},
        {"subscription_id": "tight", "headroom_band": "95-100 %", "growth_band": "none", **like_none, **cohort},
        {"subscription_id": "was over", "growth_band": "new", **like_none, **cohort},
        {"subscription_id": "was empty", "growth_band": "new", **like_none, **cohort},
    )


@case
def unseen_118_days_ago(book: Book) -> None:
    book.stands("new then", on=[118, 90, 0])
    book.stands("new now")
    book.delivers_nothing(118)
    # "new then" counts as new on D-90, as on D, where it was not seen on D-28 either; 0 of 1: (0 + 0) / 11
    one = {"similar_positions": 1, "cohort_positions": 1, "probability_over_limit_90d": 0.0}
    book.expects(RISK, {"subscription_id": "new then", **one}, {"subscription_id": "new now", **one})


@case
def unseen_90_days_ago(book: Book) -> None:
    book.stands(on=[90, 0])
    book.delivers_nothing(90)
    book.expects(RISK, {**NOBODY, "probability_over_limit_90d": None})


@case
def near_the_ends_of_64_bits(book: Book) -> None:
    total = 9 * 10**18
    # 95 % of 9 x 10^18 is 8.55 x 10^18, which times 100 needs more than 64 bits
    book.stands("below", total=total, assigned=8_549_999_999_999_999_999, on=[0])
    book.stands("at", product="calling", total=total, assigned=8_550_000_000_000_000_000, on=[0])
    # 4.5 x 10^17 of 9 x 10^18 are 5 %
    book.stands("below", total=total, assigned=8_099_999_999_999_999_999, on=[28])
    book.stands("at", product="calling", total=total, assigned=8_099_999_999_999_999_999, on=[28])
    book.expects(
        RISK,
        {"subscription_id": "below", "headroom_band": "90-95 %", "growth_band": "slow"},
        {"subscription_id": "at", "product": "calling", "headroom_band": "95-100 %", "growth_band": "fast"},
    )
