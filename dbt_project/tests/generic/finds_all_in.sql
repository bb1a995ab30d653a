{# Keys of a mart, by the names that they have in another table, which that table lacks: rows that a join would lose. #}
{% test finds_all_in(model, to, columns) %}
with keys as (
    select distinct
        {%- for column, other in columns.items() %}
        {{ column }} as {{ other }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ model }}
)

select keys.*
from keys
left join {{ to }} as found
    on
        {%- for other in columns.values() %}
        {{ "and " if not loop.first }}keys.{{ other }} = found.{{ other }}
        {%- endfor %}
        {%- if "as_of_date" in columns.values() %}
        and {{ in_window("found.as_of_date") }}
        {%- endif %}
where found.{{ columns.values() | first }} is null
{% endtest %}
