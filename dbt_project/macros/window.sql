{# Whether a date column lies in the requested window, as SQL. #}
{% macro in_window(column) -%}
    {{ column }} between {{ window_start() }} and {{ window_end() }}
{%- endmacro %}


{# The first requested as-of date, or a day before it, as a SQL date. #}
{% macro window_start(days_before=0) -%}
    {{ date_literal(setting("PORTFOLIO_WINDOW_START"), -days_before) }}
{%- endmacro %}


{# The last requested as-of date as a SQL date. #}
{% macro window_end() -%}
    {{ date_literal(setting("PORTFOLIO_WINDOW_END")) }}
{%- endmacro %}


{# The requested as-of dates, in order. #}
{% macro days_in_window() %}
    {% if not execute %}
        {{ return([]) }}
    {% endif %}
    {% set first = modules.datetime.date.fromisoformat(setting("PORTFOLIO_WINDOW_START")) %}
    {% set last = modules.datetime.date.fromisoformat(setting("PORTFOLIO_WINDOW_END")) %}
    {% set days = [] %}
    {% for number in range((last - first).days + 1) %}
        {% do days.append(first + modules.datetime.timedelta(days=number)) %}
    {% endfor %}
    {{ return(days) }}
{% endmacro %}


{# The as-of dates that int_as_of_dates holds at the most, in order: the requested ones, and those that their weekly changes compare with. #}
{% macro as_of_days_in_window() %}
    {% set days = [] %}
    {% for day in days_in_window() %}
        {% do days.extend([day - modules.datetime.timedelta(days=weekly_change_days()), day]) %}
    {% endfor %}
    {{ return(days | unique | sort | list) }}
{% endmacro %}


{# Whether a date column holds a day that a refused partition blocks, as SQL. #}
{% macro is_blocked(column) -%}
    {{ is_listed(column, "PORTFOLIO_BLOCKED_DAYS") }}
{%- endmacro %}


{#
    Whether a date column holds a day so many days before an as-of date that can't be looked at, as SQL. Of the as-of date
    itself and of the weekly change's day, refused usage hides all; of the others, refused snapshots alone.
#}
{% macro is_hidden(column, days_before) -%}
    {%- set hinges = days_before in [0, weekly_change_days()] -%}
    {{ is_listed(column, "PORTFOLIO_BLOCKED_DAYS" if hinges else "PORTFOLIO_UNSEEN_DAYS") }}
{%- endmacro %}


{# Whether a date column holds a day of a setting that lists some, as SQL. #}
{% macro is_listed(column, name) -%}
    {%- set literals = [] -%}
    {%- for day in setting_list(name, may_be_empty=true) -%}
        {%- do literals.append(date_literal(day)) -%}
    {%- endfor -%}
    {%- if literals -%}
        {{ column }} in ({{ literals | join(", ") }})
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}
