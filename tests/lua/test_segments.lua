-- Segments and traits: defining them, who is in them, queries, and who entered and left.
local runner = require "runner"
local kith = require "kith"
local test, equal, raises, fails, yes = runner.test, runner.equal, runner.raises, runner.fails, runner.yes

local function day(number)
    return kith.parse_time(string.format("2024-06-%02d", number))
end

-- Ann and Cid of York, Bob of Ayr; Ann buys on day 5, Bob on day 20.
local function town()
    local store = assert(kith.open(runner.path(), {create = true}))
    assert(store:write(function(txn)
        for number, who in ipairs {{"Ann", "York"}, {"Bob", "Ayr"}, {"Cid", "York"}} do
            assert(txn:put("crm", tostring(number - 1), {given_name = who[1], city = who[2]}, 0))
        end
        assert(txn:event("crm", "0", "order", day(5), {total = 12.5}))
        assert(txn:event("crm", "1", "order", day(20), {total = 30}))
    end))
    return store
end

-- The same, with two segments and two traits.
local function known()
    local store = town()
    assert(store:write(function(txn)
        equal(txn:put_segment("local", "city = 'York'", day(1)), "added")
        equal(txn:put_segment("recent", "did(order LAST 10d)", day(1)), "added")
        equal(txn:put_trait("orders", "count(order)", day(1)), "added")
        equal(txn:put_trait("spent", "sum(order.total)", day(1)), "added")
    end))
    return store
end

local function numbers(iter, state)
    local list = {}
    for row in iter, state do
        list[#list + 1] = row.number
    end
    return list
end

local function values(iter, state)
    local list = {}
    for row in iter, state do
        list[#list + 1] = row.values
    end
    return list
end

local function collect()
    collectgarbage()
    collectgarbage()
end

-- ---- definitions ----

test("definitions have versions", function()
    local store = town()
    assert(store:write(function(txn)
        equal(txn:put_segment("york", "city='York'", day(1), {note = "they live there"}), "added")
        equal(txn:put_segment("york", "city = 'York'", day(2), {note = "they live there"}), "unchanged")
        equal(txn:put_segment("york", "city IN ('York', 'Ayr')", day(3)), "updated")
        equal(txn:put_trait("orders", "count(order)", day(1)), "added")
        local york = assert(txn:segment("york"))
        equal(york, {kind = "segment", name = "york", version = 2, removed = false, gives = "condition", at = day(3),
                     expression = "city IN ('York', 'Ayr')"})
        equal(txn:segments(), {york})
        equal(txn:segment("york", 1).note, "they live there")
        equal(txn:traits(), {assert(txn:trait("orders"))})
        equal(txn:trait("orders").gives, "number")
        yes(fails("KITH_NOT_FOUND", txn:segment("yorc")):find("did you mean 'york'"))
        fails("KITH_NOT_FOUND", txn:segment("york", 3))
        fails("KITH_NOT_FOUND", txn:segment("york", 2 ^ 40))
        equal(txn:remove_trait("orders", day(4)), true)
        equal(txn:remove_segment("york", day(4)), true)
        fails("KITH_NOT_FOUND", txn:remove_segment("york", day(4)))
        equal(txn:segment("york", 3).removed, true)
        equal(txn:segments(), {})
    end))
    store:close()
end)

test("definitions as expressions and as twins", function()
    local store = town()
    assert(store:write(function(txn)
        equal(txn:put_segment("a", assert(kith.expression("city='York'")), 0), "added")
        equal(txn:put_segment("a", '{"=": [{"attribute": "city"}, "York"]}', 0, {json = true}), "unchanged")
        yes(fails("KITH_INVALID", txn:put_segment("b", assert(kith.expression("did(visit)")), 0)):find("visit"))
        equal(txn:put_segment("b", "did(visit)", 0, {any_name = true}), "added")
        local any = assert(kith.expression("did(call)", {store = store, any_name = true}))
        equal(txn:put_segment("c", any, 0), "added")
    end))
    store:close()
end)

test("what is refused leaves no trace", function()
    local store = town()
    assert(store:write(function(txn)
        assert(txn:put_segment("a", "city = 'York'", 0))
        assert(txn:put_segment("b", "segment('a')", 0))
        yes(fails("KITH_INVALID", txn:put_segment("a", "segment('b')", 0)):find("asks for itself"))
        yes(fails("KITH_INVALID", txn:put_segment("c", "count(order)", 0)):find("expected a condition"))
        yes(fails("KITH_INVALID", txn:remove_segment("a", 1)):find("segment 'b' asks for it"))
        local _, _, _, position = txn:put_segment("c", "city = ", 0)
        equal(position, 7)
        equal(txn:segment("a").expression, "city = 'York'")
        raises("string expected", txn.put_segment, txn, "c", 7, 0)
        raises("time expected", txn.put_segment, txn, "c", "true")
        raises("unknown option 'notes'", txn.put_segment, txn, "c", "true", 0, {notes = ""})
        equal(#txn:segments(), 2)
    end))
    assert(store:read(function(txn)
        fails("KITH_READ_ONLY", txn:put_segment("c", "true", 0))
        fails("KITH_READ_ONLY", txn:remove_trait("t", 0))
        fails("KITH_READ_ONLY", txn:trim_transitions(1))
    end))
    store:close()
end)

-- ---- what profiles show ----

test("profiles show segments and traits", function()
    local store = known()
    for step = 1, 2 do
        assert(store:read(function(txn)
            local ann = assert(txn:profile_of("crm", "0", day(6)))
            equal(ann:to_table().computed, step == 1)
            equal(ann:segments(), {"local", "recent"})
            equal(ann:in_segment("recent"), true)
            equal(ann:traits(), {orders = 1, spent = 12.5})
            equal(ann:trait("spent"), 12.5)
            fails("KITH_NOT_FOUND", ann:trait("none"))
            yes(fails("KITH_NOT_FOUND", ann:in_segment("none")):find("no segment 'none'"))
            local bob = assert(txn:profile_of("crm", "1", day(6)))
            equal(bob:in_segment("recent"), false)
            equal(bob:to_table().segments, {})
            equal(bob:to_table().traits, {orders = 0, spent = 0})
        end))
        assert(store:settle(day(6)))
    end
    store:close()
end)

test("expressions are evaluated at any time", function()
    local store = known()
    assert(store:read(function(txn)
        local ann = assert(txn:profile_of("crm", "0", day(1)))
        equal(ann:evaluate("did(order LAST 10d)", day(6)), {value = true, truth = true, next_change_at = day(15)})
        equal(ann:evaluate("orders * 2", day(6)), {value = 2, truth = true})
        equal(ann:evaluate("last(order.at)", day(6)).value, day(5))
        equal(ann:evaluate("last(order.at)", day(1)), {truth = false, next_change_at = day(5)})
        for _, expression in ipairs {assert(kith.expression("segment('local')")),
                                     assert(kith.expression("segment('local')", {store = store})),
                                     assert(kith.expression("did(visit) OR city = 'York'", {any_name = true}))} do
            equal(assert(ann:evaluate(expression, "2024-06-06")).truth, true)
        end
        local _, message, code, position = ann:evaluate("did(ordr)", day(6))
        equal({code, position}, {"KITH_INVALID", 4})
        yes(message:find("did you mean 'order'"))
        fails("KITH_INVALID", ann:evaluate(assert(kith.expression("did(ordr)")), day(6)))
        raises("string or a kith.expression expected, got number", ann.evaluate, ann, 3, day(6))
        raises("time expected", ann.evaluate, ann, "true")
    end))
    store:close()
end)

test("an expression of another store means what its names mean here", function()
    local store, other = known(), assert(kith.open(runner.path(), {create = true}))
    assert(other:write(function(txn)
        assert(txn:put("crm", "9", {shoe_size = 43, city = "York"}, 0))
    end))
    local expression = assert(kith.expression("shoe_size = 43", {store = other}))
    assert(store:read(function(txn)
        yes(fails("KITH_INVALID", txn:count(expression, day(1))):find("shoe_size"))
    end))
    assert(other:read(function(txn)
        equal(txn:count(assert(kith.expression("city = 'York'", {store = store})), day(1)), 1)
    end))
    store:close()
    other:close()
end)

test("an expression says what it mentions", function()
    local expression = assert(kith.expression("city = 'York' AND did(order) AND tag('vip') AND city != 'Ayr'"))
    local mentions = expression:mentions()
    table.sort(mentions, function(a, b)
        return a.name < b.name
    end)
    equal(mentions, {{kind = "attribute", name = "city"}, {kind = "event", name = "order"},
                     {kind = "tag", name = "vip"}})
    equal(assert(kith.expression("true")):mentions(), {})
end)

-- ---- queries ----

test("who is meant", function()
    local store = known()
    for _ = 1, 2 do
        assert(store:read(function(txn)
            equal(numbers(txn:query {where = "segment('local')", now = day(6)}), {0, 2})
            equal(numbers(txn:query {where = "segment('recent')", now = "2024-06-25"}), {1})
            equal(numbers(txn:query {where = assert(kith.expression("orders = 0")), now = day(6)}), {1, 2})
            equal(numbers(txn:query {now = day(6), limit = 2}), {0, 1})
            equal(txn:count("segment('local')", day(6)), 2)
            equal(txn:count(assert(kith.expression("orders = 0")), day(6)), 2)
            equal(txn:count(nil, day(6)), 3)
            local both = txn:count("segment('local') AND orders = 0", day(6))
            equal(assert(txn:overlap({"segment('local')", "orders = 0"}, day(6))), {{2, both}, {both, 2}})
            fails("KITH_INVALID", txn:overlap({}, day(6)))
            fails("KITH_INVALID", txn:overlap({"TRUE", "orders"}, day(6)))
            local iter, state = txn:query {where = "city = 'Ayr'", now = day(6)}
            equal(iter(state), {id = txn:profile_id("crm", "1"), number = 1, values = {}})
        end))
        assert(store:settle(day(6)))
    end
    store:close()
end)

test("what is asked about each", function()
    local store = known()
    assert(store:read(function(txn)
        local columns = {"given_name", "last(order.at)", assert(kith.expression("spent", {value = true}))}
        equal(values(txn:query {columns = columns, now = day(6)}),
              {{"Ann", day(5), 12.5}, {"Bob", kith.null, 0}, {"Cid", kith.null, 0}})
        columns = {name = "given_name", last = "last(order.at)"}
        local iter, state = txn:query {where = "given_name < 'C'", columns = columns, now = day(6)}
        columns = nil
        collect()
        equal(values(iter, state), {{name = "Ann", last = day(5)}, {name = "Bob"}})
        equal(values(txn:query {columns = {}, now = day(6), limit = 1}), {{}})
    end))
    store:close()
end)

test("queries that are refused", function()
    local store = known()
    local txn = assert(store:begin())
    yes(fails("KITH_INVALID", txn:query {where = "city", now = 0}):find("expected a condition"))
    local value = assert(kith.expression("city", {value = true}))
    yes(fails("KITH_INVALID", txn:query {where = value, now = 0}):find("expected a condition"))
    local _, message, code, position = txn:query {columns = {"city", "lower(citty)"}, now = 0}
    equal({code, position}, {"KITH_INVALID", 6})
    yes(message:find("did you mean 'city'"))
    fails("KITH_INVALID", txn:count("city", 0))
    for pattern, options in pairs {
        ["'now': time expected"] = {}, ["unknown option 'when'"] = {when = 0},
        ["a table of expressions expected"] = {columns = "city", now = 0},
        ["either names or a list"] = {columns = {"city", city = "city"}, now = 0},
        ["a list without holes"] = {columns = {[3] = "city"}, now = 0},
        ["kith.expression expected, got boolean"] = {columns = {true}, now = 0},
        ["kith.expression expected, got table"] = {where = {}, now = 0},
        ["option 'limit' is out of range"] = {now = 0, limit = -1},
    } do
        raises(pattern, txn.query, txn, options)
    end
    raises("table expected", txn.query, txn)
    raises("got boolean", txn.count, txn, true, 0)
    raises("time expected", txn.count, txn, "true")
    local many = {}
    for i = 1, 257 do
        many[i] = "city"
    end
    raises("at most 256 columns", txn.query, txn, {columns = many, now = 0})
    many[257] = nil
    equal(#values(txn:query {columns = many, now = 0})[1], 256)
    txn:abort()
    store:close()
end)

test("a query ends with its transaction", function()
    local store = known()
    assert(store:write(function(txn)
        local iter, state = txn:query {now = day(6)}
        yes(iter(state))
        assert(txn:put("crm", "3", {city = "York"}, 0))
        raises("iterator is gone", iter, state)
        iter, state = txn:query {now = day(6)}
        equal(#numbers(iter, state), 4)
        equal(iter(state), nil)
        iter, state = txn:transitions()
        assert(txn:settle(day(6)))
        raises("iterator is gone", iter, state)
    end))
    local txn = assert(store:begin())
    local iter, state = txn:query {columns = {"city"}, now = day(6)}
    yes(iter(state))
    txn:reset()
    raises("iterator is gone", iter, state)
    assert(txn:renew())
    raises("iterator is gone", iter, state)
    iter, state = txn:query {now = day(6)}
    txn:abort()
    raises("iterator is gone", iter, state)
    raises("has ended", txn.query, txn, {now = 0})
    raises("has ended", txn.count, txn, nil, 0)
    raises("has ended", txn.segments, txn)
    raises("has ended", txn.transitions, txn)
    store:close()
end)

-- ---- transitions ----

test("who entered and left is told", function()
    local store = known()
    assert(store:settle(day(6)))
    assert(store:settle(day(25)))
    assert(store:write(function(txn)
        local told = {}
        for t in txn:transitions() do
            told[t.sequence] = string.format("%d%s%s %s", t.number, t.entered and "+" or "-", t.segment, t.cause)
        end
        equal(told, {"0+local fact", "0+recent fact", "2+local fact", "0-recent time", "1+recent time"})
        local iter, state = txn:transitions(3, 1)
        equal(iter(state), {sequence = 4, id = txn:profile_id("crm", "0"), number = 0, segment = "recent",
                            entered = false, cause = "time", at = day(15)})
        equal(iter(state), nil)
        equal(txn:trim_transitions(4), 4)
        iter, state = txn:transitions()
        equal(iter(state).sequence, 5)
        raises("whole number", txn.transitions, txn, -1)
        raises("number expected", txn.trim_transitions, txn)
    end))
    store:close()
end)

test("as of a past time", function()
    local store = known()
    assert(store:write(function(txn)
        assert(txn:put_segment("vip", "tag('vip')", day(1)))
        assert(txn:tag({"crm", "0"}, "vip", day(5)))
        assert(txn:untag({"crm", "0"}, "vip", day(9)))
    end))
    assert(store:settle(day(25)))
    assert(store:read(function(txn)
        for _, name in ipairs {"recent", "vip"} do
            for at, was in pairs {[4] = false, [5] = true, [16] = false} do
                equal(txn:count("segment('" .. name .. "')", day(at)), was and 1 or 0)
                equal(assert(txn:profile_of("crm", "0", day(at))):in_segment(name), was)
                equal(assert(txn:profile_of("crm", "0", day(25))):explain_segment(name, day(at)).truth, was)
            end
        end
    end))
    store:close()
end)

-- ---- history ----

test("the size of a segment over time", function()
    local store = known()
    assert(store:read(function(txn)
        equal(txn:segment_history("recent"), {forgotten = false, members = 0, dirty = 3, periods = {}})
    end))
    assert(store:settle(day(6)))
    assert(store:settle(day(25)))
    assert(store:read(function(txn)
        local history = assert(txn:segment_history("recent"))
        equal(history.begins, day(6))
        equal(history.settled, day(25))
        equal(history.members, 1)
        equal(#history.periods, 20)
        equal(history.periods[10], {date = "2024-06-15", from = day(15), to = day(16), entered = 0, left = 1,
                                    redefined = 0, merged = 0, members = 0})
        local some = assert(txn:segment_history("recent", {by = "week", from = day(14), to = "2024-06-18"}))
        equal(#some.periods, 2)
        equal(some.periods[1].date, "2024-06-10")
        equal(some.periods[2].members, 1)
        yes(fails("KITH_NOT_FOUND", txn:segment_history("recnt")):find("did you mean 'recent'"))
        raises("day, week or month", txn.segment_history, txn, "recent", {by = "year"})
        raises("unknown option", txn.segment_history, txn, "recent", {since = 1})
    end))
    store:close()
end)

test("when a customer was in a segment", function()
    local store = known()
    assert(store:settle(day(6)))
    assert(store:settle(day(25)))
    assert(store:read(function(txn)
        local ann = assert(txn:profile_of("crm", "0", day(25)))
        local lives = {segment = "local", id = ann:id(), entered = day(6), entered_by = "fact"}
        equal(ann:stays("local"), {lives})
        equal(ann:stays(), {{segment = "recent", id = ann:id(), entered = day(6), entered_by = "fact", left = day(15),
                             left_by = "time"}, lives})
        yes(fails("KITH_NOT_FOUND", ann:stays("none")):find("no segment 'none'"))
    end))
    store:close()
end)

-- ---- why ----

test("why a condition holds", function()
    local store = known()
    assert(store:read(function(txn)
        local ann = assert(txn:profile_of("crm", "0", day(6)))
        equal(ann:explain("count(order LAST 30d) >= 3 AND segment('local')", day(6)), {
            text = "count(order LAST 30d) >= 3 AND segment('local')", truth = false, values = {}, joins = "and",
            parts = {
                {text = "count(order LAST 30d) >= 3", truth = false, distance = "1 of 3", parts = {},
                 values = {{text = "count(order LAST 30d)", value = "1"}}},
                {text = "segment('local')", truth = true, values = {}, joins = "segment", parts = {
                    {text = "city = 'York'", truth = true, values = {{text = "city", value = "York"}}, parts = {}}}}}})
        local recent = assert(ann:explain_segment("recent", day(6)))
        equal(recent.truth, true)
        equal(recent.next_change_at, day(15))
        equal(ann:explain(assert(kith.expression("birth_date IS NULL", {any_name = true})), day(6)).truth, true)
        equal(ann:explain_segment("recent", day(1)).truth, false)
        yes(fails("KITH_INVALID", ann:explain("count(order)", day(6))):find("condition"))
        local _, _, _, position = ann:explain("nam = 1", day(6))
        equal(position, 0)
        fails("KITH_NOT_FOUND", ann:explain_segment("none", day(6)))
    end))
    store:close()
end)

-- ---- memory ----

test("an iterator keeps its transaction and its expressions", function()
    local iter, state
    do
        local txn = assert(known():begin())
        iter, state = txn:query {where = assert(kith.expression("city = 'York'")), now = day(6),
                                 columns = {city = assert(kith.expression("city", {value = true}))}}
    end
    collect()
    equal(values(iter, state), {{city = "York"}, {city = "York"}})
    iter, state = nil, nil
    collect()
end)

test("settle tells how far it is, and is stopped by false", function()
    local store = known()
    local told
    assert(store:settle(day(7), 0, {progress = function(progress) told = progress.phase end}))
    equal(told, "settle")
    assert(store:write(function(txn)
        assert(txn:put("crm", "new", {city = "York"}, day(6)))
    end))
    fails("KITH_INTERRUPTED", store:settle(day(7), 0, {progress = function() return false end}))
    raises("enough", store.settle, store, day(7), 0, {progress = function() error("enough") end})
    assert(store:settle(day(7)))
    store:close()
end)

test("everything is dropped at once, in any order", function()
    for _ = 1, 30 do
        local txn = assert(known():begin())
        local kept = {txn, {txn:query {columns = {"city"}, now = day(6)}}, {txn:query {now = day(6)}},
                      {txn:transitions()}, assert(txn:profile_of("crm", "0", day(6)))}
        kept[2][1](kept[2][2])
        pcall(txn.query, txn, {columns = {"city", 3}, now = 0})
        pcall(txn.count, txn, 3, 0)
        kept, txn = nil, nil
        collectgarbage("step")
    end
    collect()
end)

test("an eager collector changes nothing", function()
    collectgarbage("setpause", 1)
    collectgarbage("setstepmul", 10000)
    local store = known()
    local txn = assert(store:begin())
    for _ = 1, 50 do
        equal(values(txn:query {where = assert(kith.expression("city = 'York'")), now = day(6),
                                columns = {a = "city", b = "given_name", c = "last(order.at)"}}),
              {{a = "York", b = "Ann", c = day(5)}, {a = "York", b = "Cid"}})
        local ann = assert(txn:profile_of("crm", "0", day(6)))
        equal(ann:evaluate("lower(city)", day(6)).value, "york")
        equal({ann:segments(), ann:traits()}, {{"local", "recent"}, {orders = 1, spent = 12.5}})
        equal(#txn:segments(), 2)
    end
    collectgarbage("setpause", 200)
    collectgarbage("setstepmul", 200)
    txn:abort()
    store:close()
end)

runner.finish()
