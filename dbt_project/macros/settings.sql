{#
    A setting of the run, as text. There is no default: a run that lacks one stops and says so.
    While dbt parses the answer is empty, because an environment variable read then
    makes dbt parse the model again whenever its value changes (every day, for the window).
#}
{% macro setting(name, may_be_empty=false) %}
    {% if not execute %}
        {{ return("") }}
    {% endif %}
    {% set value = env_var(name, "__unset__") | trim %}
    {% if value == "__unset__" or (value == "" and not may_be_empty) %}
        {{ exceptions.raise_compiler_error(name ~ " is not set: run dbt through `portfolio dbt`") }}
    {% endif %}
    {{ return(value) }}
{% endmacro %}


{# The parts of a setting that is a comma separated list; none when it is empty. #}
{% macro setting_list(name, may_be_empty=false) %}
    {% set parts = [] %}
    {% for part in setting(name, may_be_empty).split(",") if part | trim %}
        {% do parts.append(part | trim) %}
    {% endfor %}
    {{ return(parts) }}
{% endmacro %}
