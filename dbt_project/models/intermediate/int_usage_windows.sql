with dashboard_usage as (
    select
        activity_date,
        partner_id,
        subscription_id,
        product,
        user_id
    from {{ ref("stg_license_usage") }}
    where {{ is_dashboard_product("product") }}
),

windows as (
    {{ usage_windows("dashboard_usage", ref("int_as_of_dates")) }}
)

select
    as_of_date,
    partner_id,
    subscription_id,
    product,
    used_licenses,
    used_licenses_90d
from windows
