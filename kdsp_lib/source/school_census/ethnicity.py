"""Ethnic background: the extended codes that authorities may use, rolled up to the main codes of national figures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kdsp_lib.source.contract import ETHNICITIES

_EXTENDED: Mapping[str, str] = MappingProxyType(
    {
        "WBRI": "WENG WSCO WWEL WCOR WOWB",
        "WROM": "WROG WROR WROO",
        "WOTH": "WALB WBOS WCRO WGRE WGRK WGRC WITA WKOS WPOR WSER WTUR WTUK WTUC WEUR WEEU WWEU WOTW",
        "MWAS": "MWAP MWAI MWAO",
        "MOTH": "MAOE MABL MACH MBOE MBCH MCOE MWOE MWCH MOTM",
        "APKN": "AMPK AKPA AOPK",
        "AOTH": "AAFR AKAO ANEP ASNL ASLT ASRO AOTA",
        "BAFR": "BANN BCON BGHA BNGN BSLN BSOM BSUD BAOF",
        "BOTH": "BEUR BNAM BOTB",
        "CHNE": "CHKC CMAL CSNG CTWN COCH",
        "OOTH": "OAFG OARA OEGY OFIL OIRN OIRQ OJPN OKOR OKRD OLAM OLEB OLIB OMAL OMRC OPOL OTHA OVIE OYEM OOEG",
    }
)
MAIN_CODE: Mapping[str, str] = MappingProxyType(
    {code: code for code in ETHNICITIES} | {code: main for main, codes in _EXTENDED.items() for code in codes.split()}
)
"""Every code with its main code. One that is not here is a fault: never another group's."""
