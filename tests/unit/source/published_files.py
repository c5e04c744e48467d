"""Small invented files in the layouts of the published ones. No school in them is real."""

from __future__ import annotations

from collections.abc import Sequence

CENSUS = (
    "URN,LA,Estab,SCHOOLTYPE,NOR,NORG,NORB,PNORG,PNORB,TSENELSE,PSENELSE,TSENELK,PSENELK,NUMEAL,NUMENGFL,NUMUNCFL,"
    "PNUMEAL,PNUMENGFL,PNUMUNCFL,NUMFSM,NUMFSMEVER,NORFSMEVER,PNUMFSMEVER"
)
PRIMARY = (
    "990001,999,2001,State-funded primary,200,98,102,49.0%,51.0%,4,2.0%,30,15.0%,20,179,1,10.0%,89.5%,0.5%,"
    "70,72,180,40.0%"
)
INDEPENDENT = "990002,999,6001,Independent school,40,20,20,50.0%,50.0%,0,0.0%,3,7.5%" + ",NA" * 10
NATION = (
    "NAT,,PRI,State-funded primary,4600000,2300000,2300000,50.0%,50.0%"
    + ",1,0.0%,1,0.0%,1,1,1,0.0%,0.0%,0.0%,1,1,1,0.0%"
)
ABSENCE = "LA,ESTAB,URN,PERCTOT,PPERSABS10"
ABSENCE_ROWS = ("999,2001,990001,5.2,9.8", "999,4001,990003,9,27.5%", "NAT,PRI,,5.9,16.2")
KS4 = (
    "RECTYPE,LEA,ESTAB,URN,SCHNAME,ICLOSE,NFTYPE,TPUP,ATT8SCR,P8PUP,P8MEA,PTL2BASICS_94,PTL2BASICS_95,EBACCAPS,"
    "PTEBACC_E_PTQ_EE,PTEBACC_94,PTEBACC_95"
)
KS4_ROWS = (
    "1,999,4001,990003,Invented High School,0,AC,150,41.5,148,-0.25,50.0%,30.0%,3.41,20.0%,10.0%,6.0%",
    "2,999,7001,990004,Invented Special School,0,CYS,4,SUPP,SUPP,SUPP,SUPP,SUPP,SUPP,SUPP,SUPP,SUPP",
    "2,999,7002,990005,Second Special School,0,CYS,9,NE,NE,NE,NE,NE,NE,NE,NE,NE",
    "1,999,4002,990006,Another High School,0,AC,100,0,40,LOWCOV,0.0%,0.0%,0,0.0%,0.0%,0.0%",
    "1,999,6001,990007,Invented Hall,0,IND,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA",
    "4,999,,,,,,254,40.1,188,-0.3,50.0%,30.0%,3.4,20.0%,10.0%,6.0%",
    "5,,,,,,,600000,44.5,,,59.5%,39.8%,3.86,36.5%,22.8%,15.7%",
)
LINKS = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate"
LINK_ROWS = (
    "990013,990003,Invented High School,Successor,31-12-2021",
    "990003,990013,Invented Comprehensive,Predecessor,31/12/2021",
    "990001,990021,Split Primary,Successor - Split School,",
    "990001,990022,Expanded Primary,Expansion,",
)

REGISTER = (
    "URN,LA (code),LA (name),EstablishmentNumber,EstablishmentName,TypeOfEstablishment (name),"
    "EstablishmentTypeGroup (name),EstablishmentStatus (name),PhaseOfEducation (name),OpenDate,CloseDate,"
    "StatutoryLowAge,StatutoryHighAge,Gender (name),SchoolCapacity,NumberOfPupils,Trusts (code),Trusts (name),Postcode,"
    "AdministrativeWard (name),UKPRN"
)
SCHOOL = (
    "990001,999,Nowhere,2000,Ysgol Llŷn,Community school,Local authority maintained schools,Open,Primary,01-09-1990,,"
    "4,11,Mixed,210,200,,,ZZ1 1ZZ,A ward,"
)


def text(header: str, rows: Sequence[str]) -> str:
    """A file of these lines, ended as Windows ends them."""
    return "".join(f"{line}\r\n" for line in (header, *rows))


FILES = {
    "performance-tables-census": text(CENSUS, (PRIMARY, INDEPENDENT, NATION)),
    "performance-tables-absence": text(ABSENCE, ABSENCE_ROWS),
    "performance-tables-ks4": text(KS4, KS4_ROWS),
    "gias-links": text(LINKS, LINK_ROWS),
}
YEARS = {
    "performance-tables-census": "2022/23",
    "performance-tables-absence": "2022/23",
    "performance-tables-ks4": "2018/19",
    "gias-links": None,
}
