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
