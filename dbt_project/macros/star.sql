{#
    The key of a customer or subscription for tools that join on one column: `partner|id`, the same forever. A `|` in the
    partner's id is written %7C and a `%` there %25, so that no two pairs share a key.
#}
{% macro star_key(id, partner_id="partner_id") -%}
    replace(replace({{ partner_id }}, '%', '%25'), '|', '%7C') || '|' || {{ id }}
{%- endmacro %}


{# What a dashboard shows for a subscription. #}
{% macro subscription_label(relation="") -%}
    {%- set of = relation ~ "." if relation else "" -%}
    case when {{ of }}is_trial then 'Enterprise Trial' else {{ of }}subscription_id end
{%- endmacro %}
