{# Keys of a mart in the window that another table lacks, and the other way round. #}
{% test has_the_keys_of(model, to, columns) %}
{# `except` leaves each key once. #}
with keys as (
    select
        {{ columns | join(",\n        ") }}
    from {{ model }}
),

expected as (
    select
        {{ columns | join(",\n        ") }}
    from {{ to }}
    where {{ in_window("as_of_date") }}
),

superfluous as (
    select * from keys
    {{ dbt.except() }}
    select * from expected
),

missing as (
    select * from expected
    {{ dbt.except() }}
    select * from keys
)

select
    'superfluous' as difference,
    superfluous.*
from superfluous

union all

select
    'missing' as difference,
    missing.*
from missing
{% endtest %}
