"""What is wrong with a plan is named: all of it, where it stands, and what to write instead."""

import pickle
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.plan.cells import Formula
from planner.plan.parse import ROW, parse_tables
from planner.plan.schema import Column
from planner.plan.tables import TABLES
from tests.plan.conftest import SMALL, edit


def test_small_plan_is_valid(read):
    reading = read()
    assert reading.faults == ()
    plan = reading.plan
    assert plan.settings.periods == 4
    assert plan.tables["demand"]["volume"].sum() == 4600 + 2000 + 40
    assert plan.table("workloads")["kind"].tolist() == ["inference", "training"]
    assert str(plan.tables["demand"]["period"].dtype) == "Int64"


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("demand", ",volume", ",volumes", "demand:1:volumes: found the column 'volumes'; allowed are"),
        ("demand", ",volume", ",volumes", "did you mean volume?"),
        ("demand", ",volume", ",volumes", "demand:1:volume: the column is missing; it must hold a number 0 or more"),
        ("demand", "paris,1,1000", "parsi,1,1000", "demand:2:location: found 'parsi'; allowed is a value of the column"),
        ("demand", "paris,1,1000", "parsi,1,1000", "did you mean paris?"),
        ("demand", "paris,1,1000", "paris,1,-1", "demand:2:volume: found -1; allowed is a number 0 or more"),
        ("demand", "paris,1,1000", "paris,1.5,1000", "demand:2:period: found 1.5; allowed is a whole number 1 or more"),
        ("demand", "paris,1,1000", "paris,5,1000", "demand:2:period: found 5; allowed is 1 to 4"),
        ("demand", "paris,1,1000", "paris,2,1000", "stands already in row 2; it must stand once"),
        ("demand", "paris,1,1000", "paris,1,", "demand:2:volume: the cell is blank; it must hold a number"),
        ("workloads", "80,,,0,0.7", "none,,,0,0.7", "leave the cell blank where there is no value"),
        ("workloads", ",0.7", ",70", "allowed is a number above 0 and 1 or less (a fraction: 70 % is 0.7)"),
        ("workloads", ",0.7", ",0", "workloads:2:max_utilization: found 0; allowed is a number above 0"),
        ("offers", "own-room,owned", "own-room,ownd", "offers:5:pricing: found 'ownd'; allowed is one of on_demand,"),
        ("offers", "own-room,owned", "own-room,ownd", "did you mean owned?"),
        ("offers", "owned,h100x8", "owned,", "offers:5:hardware: the cell is blank; owned needs a hardware"),
        ("offers", "api,,chat", "api,,", "offers:7:workload: the cell is blank; api needs a workload"),
        ("settings", "months_per_period,3", "months_per_period,4", "settings:5:value: months_per_period: found 4; "),
        ("settings", "start,2027-01", "start,2027-13", "start: found '2027-13'; allowed is a month as YYYY-MM"),
        ("settings", "start,2027-01", "start,0001-01", "a month as YYYY-MM from 1900-01"),
        ("settings", "periods,4", "period,4", "settings:4:key: found 'period'; allowed is one of"),
        ("settings", "periods,4", "periods,4.5", "periods: found 4.5; allowed is a whole number"),
        ("settings", "name,Small", "currency,Euro", "found 'Euro'; allowed is an ISO 4217 code such as USD"),
        ("slices", "0.75", "0.7", "slices::share_of_hours: the shares sum to 0.95; they must sum to 1"),
        ("load_shapes", "chat,,base,0.6", "chat,,base,0.7", "for chat share of hours x multiplier sums to 1.075"),
        ("load_shapes", "tokyo,base,0.8", "tokyo,base,0.9", "for chat at tokyo share of hours x multiplier sums to"),
        ("load_shapes", "chat,,peak,2.2\n", "", "(1 where there is no row); it must sum to 1"),
        ("assets", "old,own", "old,od", "found 'od', which is on_demand; allowed is an offer that is committed, leased"),
        ("assets", "2025-01", "2025-1", "assets:2:in_service: found '2025-1'; allowed is a month as YYYY-MM"),
        ("assets", "2025-01", "Jan-25", "found 'Jan-25'; allowed is a month as YYYY-MM"),
        ("policies", "0.6", "60", "policies:2:limit: found 60; allowed is 0 to 1, a share of the total"),
        ("policies", "AWS\n", "AWS;Azur\n", "policies:2:provider: found 'Azur'; allowed is values of the column provider"),
        ("sites", "AWS", "A;WS", "sites:2:provider: found 'A;WS'; it must not hold ';'"),
        ("locations", "paris,Paris", "pa;ris,Paris", "an identifier must not hold ';'"),
        ("throughput", "tune,h100x8,8\n", "", "demand:10:workload: no offer can run tune: it has no throughput row"),
        ("throughput", "tune,h100x8", "tune,l4", ""),
    ],
)  # fmt: skip
def test_fault_is_named(texts, table, old, new, said):
    found = texts(**{table: edit(table, old, new)})
    assert any(said in text for text in found) if said else not found, found


NO_NUMBERS = [
    ('"1,000.5"', "thousands separators; write 1000.5;"),
    ('"1,000"', "with a comma; write 1000 or 1.000;"),
    ('1 000', "thousands separators; write 1000;"),
    ('"1.000.000,5"', "thousands separators; write 1000000.5;"),
    ('"0,25"', "a decimal comma; write 0.25;"),
    ('20%', "a percent sign; write a fraction, 0.2;"),
    ('$1000', "a currency sign; write 1000;"),
    ('1000 EUR', "a currency sign; write 1000;"),
    ('1000 kW', "with a unit; write 1000;"),
    ('=2*500', "found the formula '=2*500' where a number belongs"),
    ('2027-01-31', "found '2027-01-31', which looks like a date"),
    ('NaN', "found 'NaN'; allowed is a number"),
    ('inf', "found 'inf'; allowed is a number"),
    ('1e999', "found '1e999'; allowed is a number"),
    ('1_000', "found '1_000'; allowed is a number"),
    ('TRUE', "found 'TRUE'; allowed is a number"),
]  # fmt: skip


def test_what_is_no_number_is_told_how_to_write_it(texts):
    rows = [f"chat,paris,{i},{cell}\n" for i, (cell, _) in enumerate(NO_NUMBERS, start=1)]
    found = texts(
        demand="workload,location,period,volume\n" + "".join(rows),
        settings=edit("settings", "periods,4", "periods,60"),
    )
    assert len(found) == len(NO_NUMBERS)
    for row, (text, (_, said)) in enumerate(zip(found, NO_NUMBERS, strict=True), start=2):
        assert text.startswith(f"demand:{row}:volume: found ")
        assert said in text


def test_all_faults_are_named_at_once(texts):
    found = texts(
        locations=edit("locations", "tokyo,Tokyo,JP", "tokyo,Tokyo,"),
        workloads=edit("workloads", ",1\n", ",2\n"),
        demand=edit("demand", "chat,tokyo,3,500", 'chat,tokyo,x,"5,00"'),
        offers=edit("offers", "spot,paris-cloud,spot", "od,paris-cluod,spot"),
    )
    assert [text.split(": ")[0] for text in found] == [
        "locations:3:zone",
        "workloads:3:max_utilization",
        "demand:8:period",
        "demand:8:volume",
        "offers:3:offer",
        "offers:3:site",
    ]


def test_rows_are_those_of_the_file(texts):
    text = "workload,location,period,volume\n\n,,,\nchat,paris,1,x\n  , ,,\nchat,paris,2,y\n"
    assert [t.split(": ")[0] for t in texts(demand=text)] == ["demand:4:volume", "demand:6:volume"]


@pytest.mark.parametrize("table", [name for name, t in TABLES.items() if t.required])
def test_missing_tables(texts, table):
    header = SMALL[table].splitlines()[0] + "\n"
    for text in (None, header):
        found = texts(**{table: text})
        assert f"{table}::: the table is missing or has no rows; a plan needs at least one" in found


def test_faults_do_not_cascade(texts):
    """What follows from a fault that is named is not named again."""
    assert len(texts(locations=b"location,zone\nparis\xe9,EU\n")) == 1
    assert len(texts(locations="place,zone\nparis,EU\ntokyo,JP\n")) == 2  # unknown column, missing column
    assert len(texts(slices=edit("slices", "0.75", "x"))) == 1
    assert len(texts(settings=edit("settings", "periods,4", "periods,none"))) == 1
    assert len(texts(offers=edit("offers", "owned,h100x8", "owned,h100;8"))) == 1
    assert len(texts(locations=edit("locations", "tokyo,Tokyo,JP", "tokyo,Tokyo, Kanto,JP"))) == 1


def test_who_can_run_is_said(texts):
    only_spot = edit("offers", "od,paris-cloud,on_demand", "od,paris-cloud,spot")
    only_spot = only_spot.replace("committed", "spot").replace("owned", "spot")
    no_share = edit("workloads", "SOC2,0.5", "SOC2,0")
    found = texts(offers=only_spot, workloads=no_share, assets=None, policies=None)
    assert found == [
        "demand:10:workload: no offer can run tune: only spot offers have hardware for it, and its "
        "interruptible_share is 0; add one, or an unserved_penalty_per_unit"
    ]


def test_unserved_penalty_makes_it_a_notice(read):
    workloads = "workload,unit,unserved_penalty_per_unit\nchat,M tokens,\ntune,GPU hours,100\n"
    reading = read(throughput=edit("throughput", "tune,h100x8,8\n", ""), workloads=workloads, load_shapes=None)
    assert reading.faults == ()
    assert any("no offer can run tune" in n.message for n in reading.notices)


def test_slices_and_shapes_without_a_table(texts):
    shape = "workload,location,slice,multiplier\nchat,,all,{}\n"
    assert texts(slices=None, load_shapes=shape.format(1)) == []
    assert "sums to 3" in texts(slices=None, load_shapes=shape.format(3))[0]


def test_cells_of_a_workbook_or_an_editor():
    """Cells that are no text: numbers, dates, booleans, formulas."""
    month = pd.Timestamp("2026-05-01")
    raw = {name: pd.read_csv(pd.io.common.StringIO(text), dtype=object) for name, text in SMALL.items()}
    raw["settings"]["value"] = ["Small", pd.Timestamp("2027-01-01"), 4, 3.0]
    raw["assets"] = raw["assets"].assign(in_service=month, devices=2, note=pd.Timestamp("2026-05-07"))
    raw["slices"]["share_of_hours"] = [0.25, 0.75]
    reading = parse_tables(raw)
    assert reading.faults == ()
    assert reading.plan.tables["assets"]["in_service"][0] == "2026-05"
    assert reading.plan.tables["assets"]["note"][0] == "2026-05-07"
    assert reading.plan.settings.start == "2027-01"
    for cell, said in (
        (True, "found TRUE where a number belongs"),
        (month, "found the date or time 2026-05-01 00:00:00 where a number belongs"),
        (Formula("=A1"), "found the formula '=A1' where a number belongs"),
        (float("inf"), "found 'inf'"),
        (10**400, "too large"),
    ):
        raw["assets"]["devices"] = pd.Series([cell], dtype=object)
        assert [f.text for f in parse_tables(raw).faults if said in f.text and f.column == "devices"], said


def test_settings_have_one_spelling(read):
    a = read(settings="key,value\nperiods,4\ndiscount_rate,0.10\nstart,2027-01\n").plan
    b = read(settings="key,value\nperiods,4.0\ndiscount_rate,1e-1\nstart,2027-01\ntax_rate,\n").plan
    assert a == b
    assert a.content_hash == b.content_hash


def test_twenty_thousand_demand_rows_take_well_under_a_second():
    n = 20_000
    rng = np.random.default_rng(1)
    demand = pd.DataFrame(
        {
            "workload": np.repeat([f"w{i}" for i in range(20)], n // 20),
            "location": np.tile(np.repeat([f"l{i}" for i in range(25)], n // 500), 20),
            "period": np.tile(np.arange(1, n // 500 + 1), 500).astype(str),
            "volume": rng.random(n).astype(str),
        }
    )
    raw = {
        "settings": pd.DataFrame({"key": ["periods"], "value": ["40"]}),
        "locations": pd.DataFrame({"location": [f"l{i}" for i in range(25)], "zone": "EU"}),
        "workloads": pd.DataFrame({"workload": [f"w{i}" for i in range(20)], "unit": "u"}),
        "hardware": pd.DataFrame({"hardware": ["h"]}),
        "throughput": pd.DataFrame({"workload": [f"w{i}" for i in range(20)], "hardware": "h", "units_per_hour": "1"}),
        "sites": pd.DataFrame({"site": ["s"], "zone": "EU", "kind": "cloud"}),
        "offers": pd.DataFrame({"offer": ["o"], "site": "s", "pricing": "on_demand", "hardware": "h"}),
        "network": pd.DataFrame({"site": "s", "location": [f"l{i}" for i in range(25)], "latency_ms": "1"}),
        "demand": demand,
    }
    began = time.process_time()
    good = parse_tables(raw)
    assert time.process_time() - began < 1.0
    assert good.plan is not None
    began = time.process_time()
    bad = parse_tables(
        {**raw, "demand": pd.concat([demand.assign(volume="1,5", location=demand["location"] + "x")] * 2)}
    )
    assert time.process_time() - began < 10.0
    assert len(bad.faults) == 5 * n  # two bad cells in every row, and each row twice


CELLS = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.sampled_from(["chat", "paris", "1", "0.5", "2027-01", "owned", "EU;JP", "=1", "'", "1,0", "9" * 400, "\ud800"]),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.just(pd.NA),
    st.just(pd.NaT),
    st.just(Formula("=A1")),
)


@st.composite
def garbage(draw):
    raw = {}
    for name in draw(st.lists(st.sampled_from([*TABLES, "plan", ""]), max_size=6, unique=True)):
        known = [*TABLES[name].names, "note", "x"] if name in TABLES else ["x"]
        columns = draw(st.lists(st.one_of(st.sampled_from(known), st.text(max_size=3)), max_size=8))
        rows = draw(st.lists(st.lists(CELLS, min_size=len(columns), max_size=len(columns)), max_size=4))
        raw[name] = pd.DataFrame(rows, columns=pd.Index(columns, dtype=object), dtype=object)
        if draw(st.booleans()):
            raw[name].index = pd.Index(range(5, 5 + len(rows)), name=ROW)
    return raw


def test_what_is_written_into_a_filled_table_stays_there(read) -> None:
    """Tables are filled once; each who asks has his own."""
    plan = read().plan
    assert plan is not None
    mine, before = plan.table("offers"), plan.table("offers")
    mine.loc[:, "overhead_share"] = 0.5
    mine["more"] = 1.0
    assert plan.table("offers").equals(before)
    assert "_filled" not in pickle.loads(pickle.dumps(plan)).__dict__


@given(garbage())
@settings(max_examples=40)
def test_garbage_never_raises(raw):
    reading = parse_tables(raw)
    assert (reading.plan is None) == bool(reading.faults)
    assert all("\n" not in f.text for f in reading.faults)


@given(st.sampled_from(sorted(SMALL)), st.data())
@settings(max_examples=40)
def test_one_odd_cell_never_raises(table, data):
    """A valid plan with one cell replaced is read or refused at that table, never a traceback."""
    raw = {name: pd.read_csv(pd.io.common.StringIO(text), dtype=object) for name, text in SMALL.items()}
    frame = raw[table].astype(object)
    i = data.draw(st.integers(0, len(frame) - 1))
    column = data.draw(st.sampled_from(list(frame.columns)))
    cells = [data.draw(CELLS) if k == i else cell for k, cell in enumerate(frame[column])]
    frame[column] = pd.Series(cells, dtype=object)
    raw[table] = frame
    reading = parse_tables(raw)
    assert (reading.plan is None) == bool(reading.faults)
    if reading.plan is not None:
        assert reading.plan.settings.month_of_period()


def test_every_declared_bound_is_checked():
    """For every numeric column a value past each bound is a fault, and one at an inclusive bound is none."""
    from planner.plan.cells import number_values

    def wrong(column: Column, value: float) -> bool:
        return bool(number_values(column, pd.Series([value], dtype=object))[1])

    for table in TABLES.values():
        for column in table.columns:
            if column.low is not None:
                assert wrong(column, column.low - 1), column.name
                assert not wrong(column, column.low), column.name
            if column.above is not None:
                assert wrong(column, column.above), column.name
            if column.high is not None:
                assert wrong(column, column.high + 1), column.name
                assert not wrong(column, column.high), column.name
