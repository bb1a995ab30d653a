"""Texts for people: cut, and said once where many say the same."""

from expectations.wording import MOST_ALIKE, alike, kind_of, one_line, said_once, shortened


def test_a_long_text_is_cut_and_shows_it():
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "ab…"
    assert len(shortened("x" * 58_924)) == 400


def test_a_message_becomes_one_line():
    assert one_line(" a\n\tmessage  of\r\ntwo lines ") == "a message of two lines"
    assert one_line(ValueError("a\nb")) == "a b"
    assert one_line(None) == one_line("") == ""


def test_texts_of_one_kind_differ_in_figures_dates_and_names_of_files():
    assert kind_of("export_2026-03-01.csv: lacks customer_id") == kind_of("export_2026-03-02.csv: lacks customer_id")
    assert kind_of("7 of 40 rows (17.5 %) break it: bad_type 7") == kind_of("12 of 9 rows (3.1 %) break it: bad_type 1")
    assert kind_of("7 of 40 rows: bad_type 7") != kind_of("7 of 40 rows: unknown_status 7")
    assert kind_of("a.csv: is empty") != kind_of("b.csv: is empty")


def test_few_are_said_one_by_one_and_many_once():
    few = [f"day {number} is bad" for number in range(MOST_ALIKE)]
    assert said_once(few) == few
    many = [*few, "another thing", "day 99 is bad"]
    assert said_once(many) == ["day 0 is bad (and 10 alike)", "another thing"]
    assert alike(["a", "b"]) == [["a"], ["b"]]
