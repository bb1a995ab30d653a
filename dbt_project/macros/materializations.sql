{#
    Views, tables and marts in DuckDB, in as few statements as they take. dbt's own build beside what is there, rename twice
    and drop, and call some sixty macros, each with a copy of all that a model can name: half of what a model of little
    data cost. No model has hooks, grants, indexes or comments in the warehouse, which these leave out.
#}
{% materialization view, adapter="duckdb" %}
    {%- set target = this.incorporate(type="view") -%}
    {%- do make_way_for(target) -%}
    {%- do run_main("create or replace view " ~ target ~ " as (\n" ~ compiled_code ~ "\n)") -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}


{% materialization table, adapter="duckdb" %}
    {%- if config.get("contract").enforced -%}
        {{ return(dbt.materialization_table_duckdb()) }}
    {%- endif -%}
    {%- set target = this.incorporate(type="table") -%}
    {%- do make_way_for(target) -%}
    {%- do run_main("create or replace table " ~ target ~ " as (\n" ~ compiled_code ~ "\n)") -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}


{#
    A mart that is there already, and whose rows, columns and contract agree on names and types: its window is
    replaced. dbt's own makes the table, and says what does not agree.
#}
{% materialization incremental, adapter="duckdb" %}
    {%- set target = this.incorporate(type="table") -%}
    {%- set existing = adapter.get_relation(this.database, this.schema, this.identifier) -%}
    {%- set replaces = config.get("incremental_strategy") == "replace_window" and config.get("contract").enforced -%}
    {%- if not replaces or existing is none or not existing.is_table or not is_incremental() -%}
        {{ return(dbt.materialization_incremental_duckdb()) }}
    {%- endif -%}
    {%- set result = this.identifier ~ "__result" -%}
    {%- set columns = model["columns"].values() | list -%}
    {%- set sql = result_and_differences(result, target, columns) -%}
    {%- if adapter.execute(sql, auto_begin=false, fetch=true)[1].rows | length -%}
        {%- do add_new_columns(target, columns) -%}
        {%- if adapter.execute(sql, auto_begin=false, fetch=true)[1].rows | length -%}
            {{ return(dbt.materialization_incremental_duckdb()) }}
        {%- endif -%}
    {%- endif -%}
    {%- set arguments = {"target_relation": target, "temp_relation": result, "dest_columns": columns} -%}
    {%- do run_main(get_incremental_replace_window_sql(arguments), auto_begin=true) -%}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}


{#
    Add to a mart the columns that it lacks, and that a minor version of the contract added (`since`). Days that are not
    built again hold null there. dbt's own way is to fail; a column that was there before is lost, and then it does.
#}
{% macro add_new_columns(target, columns) -%}
    {%- set stored = adapter.get_columns_in_relation(target) | map(attribute="name") | list -%}
    {%- for column in columns if column["name"] not in stored and column["config"]["meta"].get("since") -%}
        {%- set sql = "alter table " ~ target ~ ' add column "' ~ column["name"] ~ '" ' ~ column["data_type"] -%}
        {%- do adapter.execute(sql, auto_begin=false, fetch=false) -%}
    {%- endfor -%}
{%- endmacro %}


{# A temporary view of a model's result, and a column of which result, table and contract do not all say the same. #}
{% macro result_and_differences(result, target, columns) -%}
    create or replace temporary view {{ result }} as (
        {{ compiled_code }}
    );
    with declared as (
        select column_name, column_type
        from (describe select
            {%- for column in columns %}
            cast(null as {{ column["data_type"] }}) as "{{ column["name"] }}"{{ "," if not loop.last }}
            {%- endfor %}
        )
    ),

    made as (
        select column_name, column_type
        from (describe {{ result }})
    ),

    stored as (
        select column_name, column_type
        from (describe {{ target }})
    )

    (select * from declared except select * from made)
    union all
    (select * from made except select * from declared)
    union all
    (select * from declared except select * from stored)
    union all
    (select * from stored except select * from declared)
    limit 1
{%- endmacro %}


{# Drop what has the name of a view that is to be a table, or the other way round. #}
{% macro make_way_for(target) -%}
    {%- set existing = adapter.get_relation(target.database, target.schema, target.identifier) -%}
    {%- if existing is not none and existing.type != target.type -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
{%- endmacro %}


{# Run what dbt calls a model's main statement: it is written to the build's folder, and dbt asks how it ended. #}
{% macro run_main(sql, auto_begin=false) -%}
    {%- do write(sql) -%}
    {%- set response, rows = adapter.execute(sql, auto_begin=auto_begin, fetch=false) -%}
    {%- do store_result("main", response=response, agate_table=rows) -%}
{%- endmacro %}
