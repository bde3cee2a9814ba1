select * from {{ ref('goods') }} where {{ is_dear('price') }}
