{#
    The lengths of windows, in days, as expectations/windows.py declares them and gives the reasons: a test compares
    the two. Nothing else in the project spells them out.
#}

{# The days, the as-of date included, whose usage makes a licence a used one. #}
{% macro used_window_days() %}
    {{ return(7) }}
{% endmacro %}


{# The days, the as-of date included, of the longer window: `used_licenses_90d`. #}
{% macro long_used_window_days() %}
    {{ return(90) }}
{% endmacro %}


{# The days between the two as-of dates that a weekly change compares. #}
{% macro weekly_change_days() %}
    {{ return(7) }}
{% endmacro %}


{# The days back to the day after that one. #}
{% macro day_after_change_days() %}
    {{ return(6) }}
{% endmacro %}


{# The days over which a position's growth is looked at. #}
{% macro growth_days() %}
    {{ return(28) }}
{% endmacro %}


{# The days that the risk of an overage is told ahead. #}
{% macro forecast_days() %}
    {{ return(90) }}
{% endmacro %}


{# The days back to what is compared with to see what was retained. #}
{% macro retention_days() %}
    {{ return(365) }}
{% endmacro %}


{# The days within which a decision is due that is on a list before its subscription ends soon. #}
{% macro decision_days() %}
    {{ return(90) }}
{% endmacro %}


{# Every number of days before an as-of date whose positions count for it, itself included. #}
{% macro days_looked_at() %}
    {% set ahead, growth = forecast_days(), growth_days() %}
    {{ return([
        0, day_after_change_days(), weekly_change_days(), growth, ahead, ahead + growth, 2 * ahead, 2 * ahead + growth,
        retention_days(),
    ]) }}
{% endmacro %}
