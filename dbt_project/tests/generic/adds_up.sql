{#
    Rows of a mart whose figures differ from the rows of the table that they sum up. `columns` maps each column of the
    mart to an aggregate over the table's rows; a row of the mart without any there has to hold 0. `keys` maps a column of
    `by` to what it is of the table's rows, where that is not the column itself.
#}
{% test adds_up(model, to, columns, by=["as_of_date", "partner_id", "product"], keys={}) %}
with actual as (
    select * from {{ model }}
),

expected as (
    select
        {% for key in by -%}
        {{ keys.get(key, key) }} as {{ key }},
        {% endfor %}
        {%- for column, aggregate in columns.items() -%}
        {{ aggregate }} as {{ column }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ to }}
    where {{ in_window("as_of_date") }}
    group by
        {%- for key in by %}
        {{ keys.get(key, key) }}{{ "," if not loop.last }}
        {%- endfor %}
)

select
    {%- for key in by %}
    coalesce(actual.{{ key }}, expected.{{ key }}) as {{ key }},
    {%- endfor %}
    {%- for column in columns %}
    actual.{{ column }},
    coalesce(expected.{{ column }}, 0) as expected_{{ column }}{{ "," if not loop.last }}
    {%- endfor %}
from actual
full outer join expected
    on
        {% for key in by -%}
        {{ "and " if not loop.first }}actual.{{ key }} = expected.{{ key }}
        {% endfor %}
where
    {% for column in columns -%}
    {#- What a bigint can't hold is null in a mart. #}
    {{ "or " if not loop.first }}coalesce(
        actual.{{ column }} <> coalesce(expected.{{ column }}, 0),
        coalesce(expected.{{ column }}, 0) between -9223372036854775807 and 9223372036854775807
    )
    {% endfor %}
{% endtest %}
