select {{ function('doubled') }}(total) as twice from {{ ref('item_totals') }}
