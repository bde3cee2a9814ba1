select * from {{ ref('refunds') }} where refund <= 0
