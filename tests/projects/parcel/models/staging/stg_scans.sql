{{ config(tags=['hourly', 'scans']) }}
select scan_id, parcel_id, scanned_at, place from {{ ref('scans') }}
