{#
    Tables and marts on Spark. A table is created empty, with the columns that it is to have, and filled by `insert overwrite`:
    dbt's `create table as` writes the files before the table is in the catalog, and of a driver that is killed in between they
    stay, whereupon Spark refuses to create the table for good (LOCATION_ALREADY_EXISTS).
#}
{% materialization table, adapter="spark" %}
    {%- do refuse_wrapping_sums() -%}
    {%- set target = this.incorporate(type="table") -%}
    {%- set result = result_view() -%}
    {%- set columns = column_types(result) -%}
    {%- do refuse_other_columns(columns, "makes") -%}
    {%- set existing = adapter.get_relation(this.database, this.schema, this.identifier) -%}
    {%- if existing is not none and (not existing.is_table or column_types(existing) != columns) -%}
        {%- do adapter.drop_relation(existing) -%}
        {%- set existing = none -%}
    {%- endif -%}
    {%- if existing is none -%}
        {%- do run_query(empty_table(target, columns)) -%}
    {%- endif -%}
    {%- do run_main("insert overwrite table " ~ target ~ " " ~ kept_promises(result, columns)) -%}
    {%- do run_query("drop view " ~ result) -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}


{# A mart: its window is replaced. A stored one whose columns are others than its contract's is refused, since it holds all history. #}
{% materialization incremental, adapter="spark" %}
    {%- if config.get("incremental_strategy") != "replace_window" -%}
        {{ exceptions.raise_compiler_error("on Spark no incremental strategy but replace_window is known") }}
    {%- endif -%}
    {%- do refuse_wrapping_sums() -%}
    {%- set target = this.incorporate(type="table") -%}
    {%- set result = result_view() -%}
    {%- set columns = column_types(result) -%}
    {%- do refuse_other_columns(columns, "makes") -%}
    {%- set existing = adapter.get_relation(this.database, this.schema, this.identifier) -%}
    {%- if existing is not none and not existing.is_table -%}
        {%- do adapter.drop_relation(existing) -%}
        {%- set existing = none -%}
    {%- endif -%}
    {%- if existing is none -%}
        {%- do run_query(empty_table(target, columns, partitioned_by="as_of_date")) -%}
    {%- endif -%}
    {%- do add_columns_since(target) -%}
    {%- set stored = column_types(target) -%}
    {%- do refuse_other_columns(stored, "holds") -%}
    {%- do run_query(drop_window(target)) -%}
    {%- set arguments = {"target_relation": target, "temp_relation": result, "dest_columns": stored} -%}
    {%- do run_main(get_incremental_replace_window_sql(arguments)) -%}
    {%- do run_query("drop view " ~ result) -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}


{# A temporary view of a model's result; its name. #}
{% macro result_view() %}
    {%- set result = api.Relation.create(identifier=this.schema ~ "__" ~ this.identifier ~ "__result") -%}
    {%- do run_query("create or replace temporary view " ~ result ~ " as\n" ~ compiled_code) -%}
    {{ return(result) }}
{% endmacro %}


{# The types of a relation's columns, by name, in order; the column that it is partitioned by is the last. #}
{% macro column_types(relation) %}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do types.update({column.name: column.dtype}) -%}
    {%- endfor -%}
    {{ return(types) }}
{% endmacro %}


{# The statement that creates a table of these columns without rows. #}
{% macro empty_table(target, columns, partitioned_by=none) -%}
    create table {{ target }} (
        {%- for name, type in columns.items() %}
        `{{ name }}` {{ type }}{{ "," if not loop.last }}
        {%- endfor %}
    ) using parquet
    {%- if partitioned_by %} partitioned by ({{ partitioned_by }}){% endif %}
{%- endmacro %}


{#
    Add to a stored mart the columns that it lacks, and that a minor version of the contract added (`since`). Days that are
    not built again hold null there.
#}
{% macro add_columns_since(target) %}
    {%- set stored = column_types(target) -%}
    {%- set added = [] -%}
    {%- for column in model["columns"].values() if column["name"] not in stored -%}
        {%- if column.get("config", {}).get("meta", {}).get("since") -%}
            {%- do added.append("`" ~ column["name"] ~ "` " ~ column["data_type"]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if added -%}
        {%- do run_query("alter table " ~ target ~ " add columns (" ~ added | join(", ") ~ ")") -%}
    {%- endif -%}
{% endmacro %}


{#
    A query of a result's columns that fails at the first row with a null where the contract has none: Spark enforces no such
    constraint on Parquet tables.
#}
{% macro kept_promises(result, columns, hint="") -%}
    {%- set day = "cast(`as_of_date` as string)" if "as_of_date" in columns else "cast(null as string)" -%}
    select {{ hint }}
        {%- for name in columns %}
        {%- if is_promised(name) %}
        coalesce(`{{ name }}`, raise_error(concat('{{ null_message(name) }}', coalesce(concat(' on ', {{ day }}), '')))) as `{{ name }}`
        {%- else %}
        `{{ name }}`
        {%- endif %}
        {{- "," if not loop.last }}
        {%- endfor %}
    from {{ result }}
{%- endmacro %}


{# Whether the contract of the model says that a column is never null. #}
{% macro is_promised(name) %}
    {%- set declared = model["columns"].get(name, {}) if config.get("contract").enforced else {} -%}
    {{ return("not_null" in declared.get("constraints", []) | map(attribute="type") | list) }}
{% endmacro %}


{% macro null_message(name) -%}
    model {{ this.identifier }}: column {{ name }} is null, and its contract says that it never is,
{%- endmacro %}


{# Stop a model whose contract's columns or types are not these; `verb` says whose they are. #}
{% macro refuse_other_columns(columns, verb) %}
    {%- if not config.get("contract").enforced -%}
        {{ return("") }}
    {%- endif -%}
    {%- set declared = declared_types() -%}
    {%- for name, type in declared.items() if name not in columns -%}
        {{ exceptions.raise_compiler_error(
            "model " ~ this.identifier ~ " " ~ verb ~ " no column " ~ name ~ ", which its contract names"
        ) }}
    {%- endfor -%}
    {%- for name, type in declared.items() if columns[name] != type -%}
        {{ exceptions.raise_compiler_error(
            "model " ~ this.identifier ~ " " ~ verb ~ " column " ~ name ~ " as " ~ columns[name]
            ~ ", and its contract says " ~ type
        ) }}
    {%- endfor -%}
    {%- for name in columns if name not in declared -%}
        {{ exceptions.raise_compiler_error(
            "model " ~ this.identifier ~ " " ~ verb ~ " column " ~ name ~ ", which its contract does not name"
        ) }}
    {%- endfor -%}
{% endmacro %}


{# The types of the contract's columns by name, as the engine spells them. #}
{% macro declared_types() %}
    {%- set nulls = [] -%}
    {%- for column in model["columns"].values() -%}
        {%- do nulls.append("cast(null as " ~ column["data_type"] ~ ") as `" ~ column["name"] ~ "`") -%}
    {%- endfor -%}
    {%- set types = {} -%}
    {%- for row in run_query("describe query select " ~ nulls | join(", ")) -%}
        {%- do types.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {{ return(types) }}
{% endmacro %}


{#
    dbt-spark turns off ANSI arithmetic with each statement: sums beyond bigint wrap then, and what can't be cast becomes null.
    The pipeline turns it on (assets/dbt/ansi.py), also for `portfolio dbt`; nothing is built without it.
#}
{% macro refuse_wrapping_sums() %}
    {%- if run_query("set spark.sql.ansi.enabled").rows[0][1] | string | lower != "true" -%}
        {{ exceptions.raise_compiler_error("spark.sql.ansi.enabled is off, and sums would wrap: run dbt through `portfolio dbt`") }}
    {%- endif -%}
{% endmacro %}
