{#
    Incremental strategy `replace_window`: the requested window of a mart becomes exactly the model's result.
    delete+insert by found keys would leave the rows of a day whose result became empty; here an empty result, or
    a blocked day, leaves the day empty. Both statements run in the transaction that dbt opened for the model.
#}
{% macro get_incremental_replace_window_sql(arg_dict) -%}
    {{ return(adapter.dispatch("get_incremental_replace_window_sql")(arg_dict)) }}
{%- endmacro %}

{% macro default__get_incremental_replace_window_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ in_window("as_of_date") }};

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }}
    order by as_of_date
{%- endmacro %}


{#
    Spark has no transactions: the days are dropped by a statement of their own before (`drop_window`), for those that become
    empty. The insert overwrites, too (spark.sql.sources.partitionOverwriteMode=dynamic): of a driver that was killed between
    deleting or writing files and telling the catalog, files are left where the day's partition will be.
    A day's rows go to one file, or to several of a good size.
#}
{% macro spark__get_incremental_replace_window_sql(arg_dict) -%}
    insert overwrite table {{ arg_dict["target_relation"] }} partition (as_of_date)
    {{ kept_promises(arg_dict["dest_columns"], hint="/*+ rebalance(as_of_date) */") }}
{%- endmacro %}


{# The statement that drops each day of the window from a table that is partitioned by as_of_date. #}
{% macro drop_window(target) -%}
    alter table {{ target }} drop if exists
    {%- for day in days_in_window() %}
    partition (as_of_date = date '{{ day }}'){{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}
