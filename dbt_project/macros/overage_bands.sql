{# How much room there is, by the share of the purchased licences that is assigned: of a position with a total above 0, within its limit. #}
{% macro headroom_band(assigned, total) -%}
    case
        {%- for percent, band in [(95, "95-100 %"), (90, "90-95 %"), (80, "80-90 %")] %}
        when {{ wide(assigned) }} * 100 >= {{ wide(total) }} * {{ percent }} then '{{ band }}'
        {%- endfor %}
        else 'under 80 %'
    end
{%- endmacro %}


{# How fast that share grew since another day; `before` is null where there was no position then. #}
{% macro growth_band(assigned, before, total) -%}
    case
        when {{ before }} is null then 'new'
        when {{ assigned }} <= {{ before }} then 'none'
        when ({{ wide(assigned) }} - {{ before }}) * 100 <= {{ wide(total) }} * 5 then 'slow'
        else 'fast'
    end
{%- endmacro %}


{#
    The share of similar positions that exceeded their limit, drawn towards that of all by the weight of ten positions: a
    share of few says little. A double; null where there are none at all.
#}
{% macro probability_over_limit(similar_exceeded, similar_positions, cohort_exceeded, cohort_positions) -%}
    ({{ similar_exceeded }} + 10 * {{ ratio(cohort_exceeded, cohort_positions) }}) / nullif({{ similar_positions }} + 10, 0)
{%- endmacro %}
