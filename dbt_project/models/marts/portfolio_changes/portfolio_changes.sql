{% set changes = {
    "added": ["old_customer_id is null", "null", "new_total_licenses", "new_total_licenses"],
    "removed": ["new_customer_id is null", "old_total_licenses", "null", "-old_total_licenses"],
    "end_moved": [
        "old_customer_id is not null and new_customer_id is not null"
        ~ " and (old_end_date <> new_end_date or (old_end_date is null) <> (new_end_date is null))",
        "old_end_date", "new_end_date", "0",
    ],
    "auto_renew_on": ["new_auto_renew and not old_auto_renew", "null", "null", "0"],
    "auto_renew_off": ["old_auto_renew and not new_auto_renew", "null", "null", "0"],
    "converted": ["old_is_trial and not new_is_trial", "null", "null", "0"],
    "suspended": ["old_status = 'active' and new_status = 'suspended'", "null", "null", "0"],
    "resumed": ["old_status = 'suspended' and new_status = 'active'", "null", "null", "0"],
    "licenses_up": [
        "new_total_licenses > old_total_licenses",
        "old_total_licenses", "new_total_licenses", "new_total_licenses - old_total_licenses",
    ],
    "licenses_down": [
        "new_total_licenses < old_total_licenses",
        "old_total_licenses", "new_total_licenses", "new_total_licenses - old_total_licenses",
    ],
    "over_limit_entered": [
        "new_assigned_licenses > new_total_licenses and old_assigned_licenses <= old_total_licenses",
        "old_assigned_licenses", "new_assigned_licenses", "0",
    ],
    "over_limit_left": [
        "new_assigned_licenses <= new_total_licenses and old_assigned_licenses > old_total_licenses",
        "old_assigned_licenses", "new_assigned_licenses", "0",
    ],
    "expiring_entered": ["new_is_expiring and not old_is_expiring", "null", "new_end_date", "0"],
    "renewing_entered": ["new_is_renewing and not old_is_renewing", "null", "new_end_date", "0"],
} -%}
with changes as (
    select
        *,
        coalesce(new_customer_id, old_customer_id) as customer_id,
        coalesce(new_customer_name, old_customer_name) as customer_name,
        coalesce(new_is_trial, old_is_trial) as is_trial
    from {{ ref("int_position_changes") }}
),

accounts as (
    select * from {{ ref("int_customer_accounts") }}
),

-- Of a position that is missing on one of the days, no comparison holds.
told as (
    {% for change, (condition, old_value, new_value, license_change) in changes.items() -%}
    select
        *,
        '{{ change }}' as change,  -- noqa: RF04
        cast({{ old_value }} as {{ dbt.type_string() }}) as old_value,
        cast({{ new_value }} as {{ dbt.type_string() }}) as new_value,
        cast({{ license_change }} as bigint) as license_change
    from changes
    where {{ condition }}
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
)

select
    told.as_of_date,
    told.partner_id,
    told.product,
    told.subscription_id,
    told.change,
    told.customer_id,
    told.customer_name,
    {{ subscription_label("told") }} as subscription_label,
    accounts.owner,
    told.old_value,
    told.new_value,
    told.license_change
from told
left join accounts
    on
        told.as_of_date = accounts.as_of_date
        and told.partner_id = accounts.partner_id
        and told.customer_id = accounts.customer_id
