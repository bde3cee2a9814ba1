select city, count(*) as late_count from {{ ref('late_parcels') }} group by city
