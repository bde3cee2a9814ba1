select * from {{ ref('no_such_model_but_disabled') }}
