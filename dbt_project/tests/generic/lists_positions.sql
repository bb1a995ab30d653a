{#
    Rows of a section's table that are not the positions which meet its condition, and such positions that it lacks:
    both, when a figure differs. `columns` are compared; `renamed` maps the table's names to those of license_positions.
    A table that is not `complete` lists some of them: what it lacks is not looked for. Only its rows `among` are looked at.
#}
{% test lists_positions(model, condition, columns, renamed={}, complete=true, among="true") %}
{%- set keys = ["as_of_date", "partner_id", "product", "subscription_id"] -%}
{%- set listed = keys + columns + renamed.keys() | list -%}
{%- set expected = keys + columns + renamed.values() | list -%}
with section as (
    select
        {{ listed | join(",\n        ") }}
    from {{ model }}
    where {{ among }}
),

positions as (
    select
        {{ expected | join(",\n        ") }}
    from {{ ref("license_positions") }}
    where ({{ condition }}) and {{ in_window("as_of_date") }}
),

superfluous as (
    select * from section
    {{ dbt.except() }}
    select * from positions
),

missing as (
    select * from positions
    {{ dbt.except() }}
    select * from section
)

select
    'not a position of the section' as difference,
    superfluous.*
from superfluous
{% if complete %}
union all

select
    'not in the section' as difference,
    missing.*
from missing
{% endif %}
{% endtest %}
