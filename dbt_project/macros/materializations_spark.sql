{#
    Tables and marts on Spark. A table is created empty, with the columns that it is to have, and filled by `insert overwrite`:
    dbt's `create table as` writes the files before the table is in the catalog, and of a driver that is killed in between they
    stay, whereupon Spark refuses to create the table for good (LOCATION_ALREADY_EXISTS).
#}
{% materialization table, adapter="spark" %}
    {%- do refuse_wrapping_sums() -%}
    {%- set target = this.incorporate(type="table") -%}
    {%- set declared, columns = declared_types(), result_types() -%}
    {%- do refuse_other_columns(declared, columns, "makes") -%}
    {%- set existing = adapter.get_relation(this.database, this.schema, this.identifier) -%}
    {%- if existing is not none and (not existing.is_table or column_types(existing) != columns) -%}
        {%- do adapter.drop_relation(existing) -%}
        {%- set existing = none -%}
    {%- endif -%}
    {%- if existing is none -%}
        {%- do run_only(empty_table(target, columns)) -%}
    {%- endif -%}
    {%- do run_main("insert overwrite table " ~ target ~ " " ~ kept_promises(columns)) -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}


{# A mart: its window is replaced. A stored one whose columns are others than its contract's is refused, since it holds all history. #}
{% materialization incremental, adapter="spark" %}
    {%- if config.get("incremental_strategy") != "replace_window" -%}
        {{ exceptions.raise_compiler_error("on Spark no incremental strategy but replace_window is known") }}
    {%- endif -%}
    {%- do refuse_wrapping_sums() -%}
    {%- set target = this.incorporate(type="table") -%}
    {%- set declared, columns = declared_types(), result_types() -%}
    {%- do refuse_other_columns(declared, columns, "makes") -%}
    {%- set existing = adapter.get_relation(this.database, this.schema, this.identifier) -%}
    {%- if existing is not none and not existing.is_table -%}
        {%- do adapter.drop_relation(existing) -%}
        {%- set existing = none -%}
    {%- endif -%}
    {%- if existing is none -%}
        {%- do run_only(empty_table(target, columns, partitioned_by="as_of_date")) -%}
    {%- endif -%}
    {%- set stored = with_columns_since(target, column_types(target)) -%}
    {%- do refuse_other_columns(declared, stored, "holds") -%}
    {%- if existing is not none -%}
        {%- do run_only(drop_window(target)) -%}
    {%- endif -%}
    {%- do run_main(get_incremental_replace_window_sql({"target_relation": target, "dest_columns": stored})) -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}


{# Run a statement without asking for its columns and rows, which by Connect are two calls more. #}
{% macro run_only(sql) %}
    {%- do adapter.execute(sql, auto_begin=false, fetch=false) -%}
{% endmacro %}


{# The types of the columns of a model's result, by name, in order. #}
{% macro result_types() %}
    {{ return(described("describe query " ~ compiled_code)) }}
{% endmacro %}


{# The types that a statement describes, by name. #}
{% macro described(statement) %}
    {%- set types = {} -%}
    {%- for row in run_query(statement) -%}
        {%- do types.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {{ return(types) }}
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
    The types of a stored mart's columns, to which those are added that it lacks, and that a minor version of the contract
    added (`since`). Days that are not built again hold null there.
#}
{% macro with_columns_since(target, stored) %}
    {%- set added = [] -%}
    {%- for column in model["columns"].values() if column["name"] not in stored -%}
        {%- if column.get("config", {}).get("meta", {}).get("since") -%}
            {%- do added.append("`" ~ column["name"] ~ "` " ~ column["data_type"]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not added -%}
        {{ return(stored) }}
    {%- endif -%}
    {%- do run_only("alter table " ~ target ~ " add columns (" ~ added | join(", ") ~ ")") -%}
    {{ return(column_types(target)) }}
{% endmacro %}


{#
    A query of a model's result that fails at the first row with a null where the contract has none: Spark enforces no such
    constraint on Parquet tables.
#}
{% macro kept_promises(columns, hint="") -%}
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
    from (
        {{ compiled_code }}
    ) as result
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
{% macro refuse_other_columns(declared, columns, verb) %}
    {%- if not config.get("contract").enforced -%}
        {{ return("") }}
    {%- endif -%}
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


{# The types of the contract's columns by name, as the engine spells them; nothing where there is no contract. #}
{% macro declared_types() %}
    {%- if not config.get("contract").enforced -%}
        {{ return({}) }}
    {%- endif -%}
    {%- set nulls = [] -%}
    {%- for column in model["columns"].values() -%}
        {%- do nulls.append("cast(null as " ~ column["data_type"] ~ ") as `" ~ column["name"] ~ "`") -%}
    {%- endfor -%}
    {{ return(described("describe query select " ~ nulls | join(", "))) }}
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
