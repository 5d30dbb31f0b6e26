-- The module's own functions: versions, times, dates.
local runner = require "runner"
local kith = require "kith"
local test, equal, raises, fails = runner.test, runner.equal, runner.raises, runner.fails

test("the version has three numbers", function()
    runner.yes(kith.version:find("^%d+%.%d+%.%d+$"))
end)

test("null is the null pointer that other modules use", function()
    equal(type(kith.null), "userdata")
    runner.yes(tostring(kith.null):find("userdata"))
end)

test("times are read and written", function()
    equal(kith.parse_time("1970-01-01T00:00:01Z"), 1000000)
    equal(kith.parse_time("2024-02-29"), 1709164800000000)
    equal(kith.parse_time("1709164800"), 1709164800000000)
    equal(kith.format_time(1709164800000000), "2024-02-29T00:00:00Z")
    equal(kith.format_time("2024-02-29 12:30"), "2024-02-29T12:30:00Z")
    equal(kith.format_time(kith.parse_time("2024-02-29T23:59:59.123456Z")),
          "2024-02-29T23:59:59.123456Z")
end)

test("microseconds stay exact", function()
    local time = kith.parse_time("2099-12-31T23:59:59.999999Z")
    equal(time, 4102444799999999)
    equal(kith.format_time(time), "2099-12-31T23:59:59.999999Z")
    equal(kith.format_time(time + 0.0), "2099-12-31T23:59:59.999999Z")
end)

test("a fraction of a microsecond is dropped", function()
    equal(kith.format_time(1.75), "1970-01-01T00:00:00.000001Z")
    equal(kith.format_time(-0.5), "1969-12-31T23:59:59.999999Z")
end)

test("what is no time is told", function()
    fails("KITH_INVALID", kith.parse_time("next Tuesday"))
    fails("KITH_INVALID", kith.parse_time(""))
    fails("KITH_INVALID", kith.parse_time("2024-02-30"))
    raises("time expected", kith.format_time)
    raises("time expected", kith.format_time, {})
    raises("is no time", kith.format_time, "soon")
    raises("no time in microseconds", kith.format_time, 0 / 0)
    raises("no time in microseconds", kith.format_time, 1e300)
    raises("no time in microseconds", kith.format_time, -math.huge)
end)

test("dates are text", function()
    equal(kith.parse_date("29 Feb 2024"), "2024-02-29")
    equal(kith.parse_date("2024年2月29日"), "2024-02-29")
    fails("KITH_INVALID", kith.parse_date("30 Feb 2024"))
    raises("string expected", kith.parse_date, 20240229)
end)

test("a second require gives the same module", function()
    runner.yes(require "kith" == kith)
end)

test("classes are closed to tampering", function()
    local store = assert(kith.open(runner.path(), {create = true}))
    equal(getmetatable(store), "kith.store")
    equal(store.__gc, nil)
    raises(".", setmetatable, store, {})
    equal(tostring(store), "kith.store (open)")
    store:close()
    equal(tostring(store), "kith.store (closed)")
end)

test("the annotations name what there is, and nothing else", function()
    local described = {kith = {}, store = {}, txn = {}, profile = {}, expression = {}, baskets = {}, similar = {}}
    local tests = arg[0]:match("^(.*)[/\\]") or "."
    local file = assert(io.open(tests .. "/../../bindings/lua/kith.d.lua"))
    for line in file:lines() do
        local class, name = line:match("^function (%w+)[.:]([%w_]+)%(")
        if class then
            described[class][name] = "function"
        end
    end
    file:close()
    local store = assert(kith.open(runner.path(), {create = true}))
    local txn = assert(store:begin(true))
    assert(txn:put("crm", "1", {email = "a@x.example"}, 0))
    local objects = {store = store, txn = txn, profile = assert(txn:profile_of("crm", "1", 0)),
                     expression = assert(kith.expression("true"))}
    assert(txn:event("crm", "1", "order", 0, {sku = "mug"}))
    objects.baskets = assert(txn:baskets {now = 0})
    objects.similar = assert(objects.baskets:similar())
    local found = {kith = {}, store = {}, txn = {}, profile = {}, expression = {}, baskets = {}, similar = {}}
    for class, object in pairs(objects) do
        for name, method in pairs(debug.getmetatable(object).__index) do
            found[class][name] = type(method)
        end
    end
    for name, value in pairs(kith) do
        if type(value) == "function" then
            found.kith[name] = "function"
        end
    end
    for class, names in pairs(described) do
        equal(found[class], names)
    end
    txn:abort()
    store:close()
end)

runner.finish()
