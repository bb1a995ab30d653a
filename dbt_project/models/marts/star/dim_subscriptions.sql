select
    as_of_date,
    partner_id,
    {{ star_key("subscription_id") }} as subscription_key,
    subscription_id,
    {{ star_key("customer_id") }} as customer_key,
    customer_id,
    {{ subscription_label() }} as subscription_label,
    is_trial,
    status,
    start_date,
    end_date,
    auto_renew
from {{ ref("int_subscriptions_in_scope") }}
where is_requested
