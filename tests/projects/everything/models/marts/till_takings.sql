select * from {{ ref('item_totals') }}
