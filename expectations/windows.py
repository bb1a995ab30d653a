"""The lengths of the windows that figures are counted over, in days: each is declared here once.

Look-backs are derived from them. The dbt project names the same lengths in dbt_project/macros/windows.sql; a test
compares the two, and another finds a length that is spelled out anywhere else.
"""

USED_WINDOW_DAYS = 7
"""A licence is used when its holder was active within a week, the day itself included: weekends don't count as none."""
LONG_USED_WINDOW_DAYS = 90
"""The vendor's dashboard says unused of a licence without activity in 90 days; `used_licenses_90d`, and whose usage
stands behind a subscription."""
WEEKLY_CHANGE_DAYS = 7
"""Days between the two as-of dates that a weekly change compares: the same day of the week."""
