"""What to do about the portfolio: the decision marts, a row at a time, from the landing rows alone.

`Decimal` for money and shares, `int` for licences: both exact, so that only what a mart states in doubles is one.
"""
