{{ config(severity='error', error_if='>100', warn_if='>0', tags=['weekly']) }}
select 1 as never where false
