-- Expressions: text and JSON are read, checked and written in one form; what is wrong is said with its place.
local runner = require "runner"
local kith = require "kith"
local test, equal, raises, fails, yes = runner.test, runner.equal, runner.raises, runner.fails, runner.yes

local vip = "sum(order.total LAST 365d) >= 10000 OR tag('vip')"
local twin = '{"or":[{">=":[{"sum":{"event":"order","property":"total","last":"365d"}},10000]},{"tag":["vip"]}]}'

local function shop()
    local store = assert(kith.open(runner.path(), {create = true}))
    assert(store:write(function(txn)
        assert(txn:put("crm", "1", {given_name = "Ann", city = "Leeds"}, "2024-01-15"))
        assert(txn:event("crm", "1", "order", "2024-03-03T10:00:00Z", {total = 19.5}))
    end))
    return store
end

test("an expression is written in one form", function()
    local e = assert(kith.expression('sum(order.total last 365d)>=10000 or TAG("vip")'))
    equal(e:text(), vip)
    equal(tostring(e), vip)
    equal(e:gives(), "condition")
    equal(e:text(40), "sum(order.total LAST 365d) >= 10000\nOR tag('vip')")
    equal(e:text(0), vip)
    equal(getmetatable(e), "kith.expression")
end)

test("only conditions, unless a value is fine", function()
    local message, _ = fails("KITH_INVALID", kith.expression("count(order)"))
    yes(message:find("expected a condition, found a number"))
    equal(assert(kith.expression("count(order)", {value = true})):gives(), "number")
    equal(assert(kith.expression("lower(city)", {value = true})):gives(), "text")
end)

test("the JSON twin comes back", function()
    local e = assert(kith.expression(vip))
    equal(e:json(), twin)
    equal(e:json(false), twin)
    yes(e:json(true):find('\n  "or": [\n', 1, true))
    equal((e:json(true):gsub("%s+", "")), (twin:gsub("%s+", "")))
    equal(assert(kith.expression(e:json(true), {json = true})):text(), vip)
end)

test("expressions are equal by their text", function()
    local a, b = assert(kith.expression("city = 'Leeds'")), assert(kith.expression('city="Leeds"'))
    yes(a == b)
    yes(a ~= assert(kith.expression("city = 'York'")))
    yes(a ~= "city = 'Leeds'" and a ~= nil)
    local store = shop()
    yes(a ~= store)
    store:close()
end)

test("names are looked up in a store or a transaction", function()
    local store = shop()
    local text = "count(order) > 1 AND city = 'Leeds'"
    equal(assert(kith.expression(text, {store = store})):text(), text)
    local _, message, code, position = kith.expression("city = 'Leeds' AND did(ordr)", {store = store})
    equal(code, "KITH_INVALID")
    yes(message:find("no event 'ordr'; did you mean 'order'?", 1, true), message)
    equal(position, 23)
    fails("KITH_INVALID", kith.expression("nobody > 3", {store = store}))
    equal(assert(kith.expression("nobody > 3", {store = store, any_name = true})):text(), "nobody > 3")
    equal(assert(kith.expression("nobody > 3")):text(), "nobody > 3")
    assert(store:write(function(txn)
        fails("KITH_INVALID", kith.expression("did(visit)", {store = txn}))
        assert(txn:event("crm", "1", "visit", "2024-05-01"))
        equal(assert(kith.expression("did(visit)", {store = txn})):text(), "did(visit)")
        fails("KITH_INVALID", kith.expression("did(visit)", {store = store})) -- it isn't committed
    end))
    store:close()
end)

test("what is wrong is said with its place", function()
    for _, case in ipairs({
        {"city == 'York'", 5, "write = instead of =="},
        {"city = ‘York’", 7, "write ' instead of this quote"},
        {"城市 = )", 9, "expected a value or a condition"},
        {"", 0, "found the end"},
        {"city = 'a\0b'", 9, "NUL"},
        {"city = '\255'", 8, "no valid UTF-8"},
    }) do
        local got, message, code, position = kith.expression(case[1])
        equal(got, nil)
        equal(code, "KITH_INVALID")
        equal(position, case[2])
        yes(message:find(case[3], 1, true), message)
    end
    local _, message, code, position = kith.expression('{"nand": [true, true]}', {json = true})
    equal(code, "KITH_INVALID")
    yes(message:find("/nand: no operator", 1, true), message)
    equal(position, nil)
    fails("KITH_LIMIT", kith.expression(("("):rep(100) .. "a" .. (")"):rep(100)))
end)

test("wrong use raises", function()
    raises("string expected", kith.expression)
    raises("string expected", kith.expression, 3)
    raises("unknown option 'txn'", kith.expression, "a", {txn = 3})
    raises("option 'json': boolean expected", kith.expression, "a", {json = 1})
    raises("option 'store': kith.store or kith.txn expected, got number", kith.expression, "a", {store = 3})
    raises("option 'store': kith.store or kith.txn expected, got userdata", kith.expression, "a",
           {store = assert(kith.expression("a"))})
    local e = assert(kith.expression("a"))
    raises("whole number", e.text, e, -1)
    raises("boolean expected", e.json, e, 1)
    raises("kith.expression expected", e.text, "a")
    raises("kith.expression expected", e.gives)
end)

test("an expression outlives its store", function()
    local store = shop()
    local txn = assert(store:begin())
    local e = assert(kith.expression("count(order) > 1", {store = txn}))
    txn:abort()
    raises("the transaction has ended", kith.expression, "a", {store = txn})
    store:close()
    raises("the store is closed", kith.expression, "a", {store = store})
    store, txn = nil, nil
    collectgarbage()
    equal(e:text(), "count(order) > 1")
end)

runner.finish()
