"""A province of eight units with two forms, small enough to be worked out on paper."""

import json
import pathlib
import sqlite3

UNITS = """code,parent,level,name,parent_level,class,eval_group_hint
410000000000,,province,甲省,,admin,
410100000000,410000000000,city,乙市,province,admin,
410101000000,410100000000,county,丙县,city,admin,
410102000000,410100000000,county,丁县,city,admin,
410101001000,410101000000,township,子街道,county,street,
410102100000,410102000000,township,丑镇,county,town,
410101001001,410101001000,village,一社区,township,neighbourhood,
410101001002,410101001000,village,二社区,township,neighbourhood,
410102100201,410102100000,village,三村,township,village_committee,
410102100498,410102100000,village,虚拟村,township,virtual,
419000000000,410000000000,city,省直辖,province,pseudo,
419001000000,419000000000,county,戊市,city,direct,prefecture
"""
CHANGES = """code,parent,level,name,parent_level,class,eval_group_hint,valid_from,valid_to,successors,begins,carries,note
410101000000,410100000000,county,丙县,city,admin,,,2023-02-15,410102000000,,,merged
"""
FORMS = """code,zh,en,version,number,issuer,approval,valid_from,valid_to,accept,silent
SA,救助,Assistance,1,1,甲省,1,2015-01-01,,automatic,quasi
RV,审批,Reviewed,1,2,甲省,2,2015-01-01,,review,
"""
HEAD = ("code,core,line,zh,sql_zh,en,measure,decimals,scale,kind,rollup,frequency,entry_level,"
        "numerator,denominator,national_code,note\n")
SA = HEAD + """SA01,1,1,人数,人数,persons,人,0,0,stock,sum,M,village,,,,
SA02,1,2,新增,新增,admitted,人,0,0,flow_period,sum,M,village,,,,
SA03,1,3,累计支出,累计支出,paid,万元,1,4,flow_ytd,sum,M,township,,,,
SA04,1,4,标准,标准,standard,元,0,2,standard,wmean(SA01),M,county,,,,
SA05,1,5,人均,人均,per head,元,1,6,ratio,ratio_of_sums,M,derived,inc(SA03)*10000,months(SA01),,
SA06,0,6,占比,占比,share,%,2,2,ratio,ratio_of_sums,M,derived,SA02,SA01,,
SA07,1,7,任务,任务,target,人,0,0,target,sum,Y,county,,,,
SA08,0,8,完成率,完成率,completion,%,2,2,ratio,ratio_of_sums,M,derived,SA02,SA07,,
"""
RV = HEAD + "RV01,1,1,数,数,count,个,0,0,stock,sum,Q,county,,,,\n"
CHECKS = """check_id,kind,scope,forms,severity,expression,missing,levels
R1,formula,intra_form,SA,hard,SA02 <= 1000000 + SA01,skip,all
R2,formula,intra_form,SA,verify,(SA01 = 777777) = (SA02 = 777777),skip,village
R3,formula,inter_period,SA,hard,SA01 < prev(SA01),skip,all
R4,formula,intra_form,SA,hard,SA04 BETWEEN 1 AND 100000,skip,county
R5,rule,submission,any,hard,never(),,all
"""
DEADLINES = """frequency,level,days,time,shift,form
M,village,3,23:59:59,next,
M,township,5,12:00:00,none,
Q,county,5,23:59:59,next,
Q,county,8,12:00:00,none,RV
Y,county,25,23:59:59,next,
"""
HOLIDAYS = """day,kind,zh,en,source
2023-01-24,off,春节,Spring Festival,notice
2023-01-25,off,春节,Spring Festival,notice
2023-01-26,off,春节,Spring Festival,notice
2023-01-27,off,春节,Spring Festival,notice
2023-01-28,work,春节调休上班,make-up day of Spring Festival,notice
2023-04-05,off,清明节,Qingming,notice
"""


def definitions_folder(root, changes=False):
    """Writes the definitions and returns their folder."""
    root = pathlib.Path(root) / "definitions"
    for name, text in (("units/list.csv", UNITS), ("forms/forms.csv", FORMS), ("forms/sa.csv", SA),
                       ("forms/rv.csv", RV), ("checks/checks.csv", CHECKS),
                       ("calendar/deadlines.csv", DEADLINES),
                       ("calendar/holidays.csv", HOLIDAYS)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    if changes:
        (root / "units" / "changes.csv").write_text(CHANGES, encoding="utf-8")
    return root


def sent(unit, period, cells, revision=1, at="2023-02-02T09:00:00+08:00", form="SA", **more):
    """The bytes of a return."""
    body = {"wire": 1, "id": f"{unit}-{period}-{revision}", "unit": str(unit), "form": form,
            "period": period, "revision": revision, "submitted_at": at,
            "signers": {"filler": "甲", "reviewer": "乙", "head": "丙"},
            "cells": cells, "source": "typed"}
    if revision > 1:
        body["reason"] = "更正"
    return json.dumps(body | more, ensure_ascii=False).encode("utf-8")


def journal_file(path, entries):
    """Writes an embedded journal; entries are bytes of returns, or (kind, bytes)."""
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE entry (partition INTEGER, position INTEGER, at INTEGER, unit TEXT, "
                 "kind TEXT, wire TEXT, bytes BLOB, PRIMARY KEY (partition, position))")
    for position, entry in enumerate(entries):
        kind, data = entry if isinstance(entry, tuple) else ("return", entry)
        base.execute("INSERT INTO entry VALUES (0, ?, 0, '', ?, '1', ?)", (position, kind, data))
    base.commit()
    base.close()


JANUARY = [
    sent(410101001001, "2023-01", {"SA01": "3", "SA02": "1"}),
    sent(410101001002, "2023-01", {"SA01": "4", "SA02": "０"}),
    sent(410102100201, "2023-01", {"SA01": "5", "SA02": "2"}),
    sent(410101001000, "2023-01", {"SA03": "0.1234"}),
    sent(410102100000, "2023-01", {"SA03": "0.2", "SA01": "1"}),
    sent(410101000000, "2023-01", {"SA04": "600"}),
    sent(410102000000, "2023-01", {"SA04": "500.01"}),
]
TARGETS = [
    sent(410101000000, "2023", {"SA07": "20"}, at="2022-12-20T09:00:00+08:00"),
    sent(410102000000, "2023", {"SA07": "10"}, at="2023-03-01T09:00:00+08:00"),
]
