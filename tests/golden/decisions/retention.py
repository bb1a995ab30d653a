"""What is left of the customers and licences of a year ago; 2023-03-01 is 365 days before 2024-02-29."""

from .book import Book, case

RETENTION = "retention"
NONE = {"base_customers": 0, "retained_customers": 0, "base_licenses": 0, "kept_licenses": 0, "licenses_now": 0}
RATIOS = ("customer_retention", "gross_license_retention", "net_license_retention")
CALLING = {"product": "calling", **NONE, **dict.fromkeys(RATIOS)}


@case
def a_year_of_customers(book: Book) -> None:
    for customer, then, now in (("grown", 100, 130), ("shrunk", 50, 20), ("left", 40, None), ("empty", 10, 0)):
        book.stands(f"{customer} s", customer=customer, on=[365], total=then)
        if now is not None:
            book.stands(f"{customer} t", customer=customer, total=now)
    book.stands("new", customer="new", total=70)
    book.stands("had none", customer="had none", on=[365], total=0)
    book.stands("had none", customer="had none", total=5)
    # base 100 + 50 + 40 + 10; kept 100 + 20; now 130 + 20; ratios 2 / 4, 120 / 200, 150 / 200
    counts = {"base_customers": 4, "retained_customers": 2, "base_licenses": 200, "kept_licenses": 120}
    ratios = {"customer_retention": 0.5, "gross_license_retention": 0.6, "net_license_retention": 0.75}
    book.expects(RETENTION, {**counts, "licenses_now": 150, **ratios}, CALLING)


@case
def trials_stand_apart(book: Book) -> None:
    book.stands("trial then", customer="c", on=[365], trial=True, total=10)
    book.stands("trial then", customer="c", total=10)
    book.stands("sold", customer="d", on=[365], total=10)
    book.stands("trial now", customer="d", trial=True, total=30)
    # only d had licences, and has none but a trial's
    counts = {"base_customers": 1, "retained_customers": 0, "base_licenses": 10, "kept_licenses": 0, "licenses_now": 0}
    book.expects(RETENTION, {**counts, **dict.fromkeys(RATIOS, 0.0)}, CALLING)


@case
def products_stand_apart_and_subscriptions_do_not(book: Book) -> None:
    book.stands("one", on=[365], total=10)
    book.stands("two", on=[365, 0], total=15)
    book.stands("three", total=20, product="calling")
    # meetings 10 + 15, then 15; calling had none
    counts = {"base_customers": 1, "retained_customers": 1, "base_licenses": 25, "kept_licenses": 15}
    ratios = {"customer_retention": 1.0, "gross_license_retention": 0.6, "net_license_retention": 0.6}
    book.expects(RETENTION, {**counts, "licenses_now": 15, **ratios}, CALLING)


@case
def a_year_ago_there_was_no_customer(book: Book) -> None:
    book.stands()
    book.expects(RETENTION, {**NONE, **dict.fromkeys(RATIOS)}, CALLING)


@case
def unseen_a_year_ago(book: Book) -> None:
    book.stands()
    book.delivers_nothing(365)
    unknown = dict.fromkeys((*NONE, *RATIOS))
    book.expects(RETENTION, unknown, {"product": "calling", **unknown})
