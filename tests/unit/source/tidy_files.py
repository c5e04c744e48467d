"""A small invented tidy file of explore education statistics, and its metadata file. No place in it is real."""

from __future__ import annotations

from published_files import text

TIDY = (
    "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,"
    "new_la_code,la_name,school_urn,school_laestab,school_name,phase,characteristic_group,characteristic,"
    "enrolments,absence_rate"
)
ROWS = (
    "202223,Academic year,National,E92000001,England,,,,,,,,,Total,Total,Total,7000000,7.4",
    "202324,Academic year,National,E92000001,England,,,,,,,,,Total,Total,Total,7100000,7.1",
    "202324,Academic year,Regional,E92000001,England,E12000099,Nowhere East,,,,,,,Total,Total,Total,90000,6.9",
    "202324,Academic year,Local authority,E92000001,England,E12000099,Nowhere East,999,E08000999,Nowhere,,,,Total,"
    "Total,Total,5000,64.099999999999994",
    "202324,Academic year,Local authority,E92000001,England,E12000099,Nowhere East,999,E08000999,Nowhere,,,,Special,"
    "Sex,Girls,c,c",
    "202324,Academic year,School,E92000001,England,E12000099,Nowhere East,999,E08000999,Nowhere,990001,9992000,"
    "Ysgol Llŷn,Total,Total,Total,low,z",
    "202324,Autumn term,National,E92000001,England,,,,,,,,,Total,Total,Total,7000000,x",
)
META = "col_name,col_type,label,indicator_grouping,indicator_unit,indicator_dp,filter_hint,filter_grouping_column"
META_ROWS = (
    "phase,Filter,School phase,,,,,",
    "characteristic,Filter,Characteristic,,,,Pick one,characteristic_group",
    "enrolments,Indicator,Number of enrolments,,,0,,",
    "absence_rate,Indicator,Absence rate,Rates,%,1,,",
)
TIDY_FILE = text(TIDY, ROWS)
META_FILE = text(META, META_ROWS)
