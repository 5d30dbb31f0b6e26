-- Records, events and decisions: what goes in comes out.
local runner = require "runner"
local kith = require "kith"
local test, equal, raises, fails = runner.test, runner.equal, runner.raises, runner.fails

local day = 86400000000
local now = kith.parse_time("2024-06-01")

-- Runs fn in a write transaction of a new store; what it wrote is dropped.
local function with_txn(fn)
    local store = assert(kith.open(runner.path(), {create = true}))
    local ok, problem = pcall(store.write, store, function(txn)
        fn(txn, store)
        txn:abort()
    end)
    store:close()
    if not ok then
        error(problem, 0)
    end
end

test("put says what it did", function()
    with_txn(function(txn)
        equal(txn:put("crm", "1", {given_name = "Ann"}, now), "added")
        equal(txn:put("crm", "1", {given_name = "Ann"}, now), "unchanged")
        equal(txn:put("crm", "1", {given_name = "Anna"}, now + 1), "updated")
        equal(txn:put("crm", "1", {given_name = "Old"}, now - day), "ignored")
        equal(txn:record("crm", "1").attributes.given_name, "Anna")
    end)
end)

test("a record comes back as it was put", function()
    with_txn(function(txn)
        assert(txn:put("crm", "1042", {given_name = "Ann", email = {"a@x.example", "b@x.example"},
                                       birth_date = "1990-02-03", note = "likes tea"}, now))
        local record = assert(txn:record("crm", "1042"))
        equal(record.source, "crm")
        equal(record.key, "1042")
        equal(record.at, now)
        equal(record.first_seen, now)
        runner.yes(record.id:find("^%x+$") and #record.id == 32)
        equal(record.attributes.given_name, "Ann")
        equal(record.attributes.birth_date, "1990-02-03")
        equal(record.attributes.note, "likes tea")
        table.sort(record.attributes.email)
        equal(record.attributes.email, {"a@x.example", "b@x.example"})
        equal(txn:record(record.number), txn:record("crm", "1042"))
    end)
end)

test("each value says its time and whether it links", function()
    with_txn(function(txn)
        assert(txn:put("crm", "1", {given_name = "Ann", email = "nonsense", phone = "+442079460958"}, now))
        local status = {}
        for _, value in ipairs(txn:record("crm", "1").values) do
            status[value.attribute] = value.status
            equal(value.at, now)
        end
        equal(status, {given_name = "plain", email = "invalid", phone = "live"})
    end)
end)

test("patch changes some, add keeps what is there", function()
    with_txn(function(txn)
        assert(txn:put("crm", "1", {given_name = "Ann", city = "York", email = "a@x.example"}, now))
        equal(txn:patch("crm", "1", {city = "Leeds", given_name = kith.null}, now + 1), "updated")
        equal(txn:add("crm", "1", {email = "b@x.example"}, now + 2), "updated")
        local attributes = txn:record("crm", "1").attributes
        equal(attributes.city, "Leeds")
        equal(attributes.given_name, nil)
        table.sort(attributes.email)
        equal(attributes.email, {"a@x.example", "b@x.example"})
        equal(txn:patch("crm", "2", {city = "Hull"}, now), "added")
        equal(txn:add("crm", "3", {city = "Hull"}, now), "added")
    end)
end)

test("values of every type go through an event", function()
    with_txn(function(txn)
        local properties = {
            yes = true, no = false, whole = 12, negative = -3, real = 0.25, text = "tea", empty = "",
            list = {1, 2, 3}, nested = {{"a"}, {b = {c = "d"}}}, map = {k = "v", n = {x = 1}},
        }
        equal(txn:event("shop", "1", "order", now, properties, "m1"), "added")
        local step, state = assert(txn:events("shop", "1"))
        local event = step(state)
        equal(event.time, now)
        equal(event.type, "order")
        equal(event.message_id, "m1")
        equal(event.properties, properties)
        equal(step(state), nil)
    end)
end)

test("null stands in lists and maps", function()
    with_txn(function(txn)
        assert(txn:event("shop", "1", "order", now, {list = {1, kith.null, 3}, map = {a = kith.null}}))
        for event in txn:events("shop", "1") do
            equal(event.properties.list[2], kith.null)
            equal(event.properties.map.a, kith.null)
        end
    end)
end)

test("whole numbers are integers", function()
    with_txn(function(txn)
        local big = 2 ^ 53
        assert(txn:event("shop", "1", "order", now, {a = 7, b = 9007199254740991, c = big * 4}))
        for event in txn:events("shop", "1") do
            local found = event.properties
            equal(found.a, 7)
            equal(found.b, 9007199254740991)
            equal(found.c, big * 4)
            if math.type then
                equal(math.type(found.a), "integer")
                equal(math.type(found.c), "float")
            end
        end
    end)
end)

test("events come in order of time, between bounds", function()
    with_txn(function(txn)
        for _, at in ipairs {5, 1, 4, 2, 3} do
            equal(txn:event("shop", "1", "visit", at * day), "added")
        end
        equal(txn:event("shop", "1", "visit", 3 * day), "unchanged")
        local function times(from, to)
            local list = {}
            for event in assert(txn:events("shop", "1", from, to)) do
                list[#list + 1] = event.time / day
            end
            return list
        end
        equal(times(), {1, 2, 3, 4, 5})
        equal(times(2 * day), {2, 3, 4, 5})
        equal(times(nil, 4 * day), {1, 2, 3})
        equal(times("1970-01-03", "1970-01-05"), {2, 3})
        equal(times(9 * day), {})
        fails("KITH_NOT_FOUND", txn:events("shop", "none"))
    end)
end)

test("a message id is told apart by its record", function()
    with_txn(function(txn)
        equal(txn:event("shop", "1", "order", now, {amount = 5}, "m"), "added")
        equal(txn:event("shop", "1", "order", now, {amount = 5}, "m"), "unchanged")
        equal(txn:event("shop", "2", "order", now, {amount = 5}, "m"), "added")
    end)
end)

test("a record of events only has no time", function()
    with_txn(function(txn)
        assert(txn:event("web", "cookie", "page", now))
        local record = assert(txn:record("web", "cookie"))
        equal(record.first_seen, nil)
        equal(record.attributes, {})
        equal(record.values, {})
    end)
end)

test("link and unlink take pairs and records", function()
    with_txn(function(txn)
        assert(txn:put("crm", "1", {}, now))
        assert(txn:put("shop", "2", {}, now))
        equal(txn:link({"crm", "1"}, {"shop", "2"}, "ann", now), "added")
        equal(txn:link({"shop", "2"}, {"crm", "1"}, "ann", now), "unchanged")
        local a, b = assert(txn:record("crm", "1")), assert(txn:record("shop", "2"))
        runner.yes(txn:unlink(a, b, "bob", now + 1))
        runner.yes(txn:unlink({source = "crm", key = "1"}, b, "bob", "2024-07-01"))
        fails("KITH_NOT_FOUND", txn:link({"crm", "1"}, {"crm", "none"}, "ann", now))
        fails("KITH_INVALID", txn:link({"crm", "1"}, {"crm", "1"}, "ann", now))
        raises("record as {source, key} expected", txn.link, txn, {"crm"}, {"crm", "1"}, "x", now)
        raises("record as {source, key} expected", txn.link, txn, {"crm", 1}, {"crm", "1"}, "x", now)
        raises("record as {source, key} expected", txn.link, txn, {"crm", "\0"}, {"crm", "1"}, "x", now)
        raises("table expected", txn.link, txn, "crm:1", {"crm", "1"}, "x", now)
    end)
end)

test("records are found by number, or not at all", function()
    with_txn(function(txn)
        assert(txn:put("crm", "1", {}, now))
        local number = txn:record("crm", "1").number
        equal(txn:record(number).key, "1")
        fails("KITH_NOT_FOUND", txn:record(number + 1))
        fails("KITH_NOT_FOUND", txn:record(2 ^ 40))
        fails("KITH_NOT_FOUND", txn:record("crm", "2"))
        fails("KITH_NOT_FOUND", txn:record("erp", "1"))
        raises("whole number", txn.record, txn, -1)
    end)
end)

test("records are iterated in order", function()
    with_txn(function(txn)
        for i = 1, 20 do
            assert(txn:put("crm", tostring(i), {}, now))
        end
        local keys, last = {}, -1
        for record in assert(txn:records()) do
            runner.yes(record.number > last)
            last = record.number
            keys[#keys + 1] = tonumber(record.key)
        end
        equal(#keys, 20)
        equal(keys[1], 1)
        equal(keys[20], 20)
    end)
end)

test("unicode goes through", function()
    with_txn(function(txn)
        local texts = {given_name = "小明", family_name = "Müller-Ångström", city = "京都",
                       note = "🛍️ e\204\129"}
        assert(txn:put("门店", "张三·①", texts, now))
        local record = assert(txn:record("门店", "张三·①"))
        equal(record.source, "门店")
        equal(record.key, "张三·①")
        equal(record.attributes, texts)
    end)
end)

test("text that is no UTF-8 is refused, and the transaction goes on", function()
    with_txn(function(txn)
        fails("KITH_INVALID", txn:put("crm", "1", {given_name = "\255\254"}, now))
        fails("KITH_INVALID", txn:put("crm", "\192\128", {}, now))
        equal(txn:put("crm", "1", {given_name = "Ann"}, now), "added")
    end)
end)

test("limits are told", function()
    with_txn(function(txn)
        fails("KITH_INVALID", txn:put("crm", "", {}, now))
        local _, message, code = txn:put("crm", ("k"):rep(5000), {}, now)
        runner.yes(code == "KITH_INVALID" or code == "KITH_LIMIT", message)
        equal(txn:put("crm", "1", {note = ("x"):rep(60000)}, now), "added")
        equal(#txn:record("crm", "1").attributes.note, 60000)
    end)
end)

test("arguments of the wrong type raise and put nothing", function()
    with_txn(function(txn)
        raises("string expected, got number", txn.put, txn, "crm", 1, {}, now)
        raises("string expected, got nil", txn.put, txn, nil, "1", {}, now)
        raises("table expected", txn.put, txn, "crm", "1", nil, now)
        raises("table expected", txn.put, txn, "crm", "1", "given_name", now)
        raises("time expected", txn.put, txn, "crm", "1", {})
        raises("'then' is no time", txn.put, txn, "crm", "1", {}, "then")
        raises("NUL byte", txn.put, txn, "crm", "1\0002", {}, now)
        raises("names and values expected", txn.put, txn, "crm", "1", {"Ann"}, now)
        raises("either names or a list", txn.put, txn, "crm", "1", {"Ann", city = "York"}, now)
        raises("a name is a string", txn.put, txn, "crm", "1", {[true] = 1}, now)
        raises("a name holds a NUL", txn.put, txn, "crm", "1", {["a\0b"] = 1}, now)
        raises("a function is no value", txn.put, txn, "crm", "1", {f = print}, now)
        raises("a userdata is no value", txn.put, txn, "crm", "1", {f = io.stdout}, now)
        raises("has a hole", txn.put, txn, "crm", "1", {l = {1, nil, 3}}, now)
        raises("has a hole", txn.put, txn, "crm", "1", {l = {[1.5] = 1}}, now)
        raises("either names or a list", txn.put, txn, "crm", "1", {l = {1, x = 2}}, now)
        raises("string expected", txn.event, txn, "crm", "1", "visit", now, {}, 17)
        raises("table expected", txn.event, txn, "crm", "1", "visit", now, "properties")
        local loop = {}
        loop.loop = loop
        raises("nested too deep", txn.put, txn, "crm", "1", loop, now)
        equal(txn:stat().record_count, 0)
    end)
end)

test("the order of a table's names makes no difference", function()
    with_txn(function(txn)
        local forth, back = {}, {}
        for i = 1, 40 do
            forth["p" .. i] = i
            back["p" .. (41 - i)] = 41 - i
        end
        equal(txn:event("shop", "1", "order", now, forth), "added")
        equal(txn:event("shop", "1", "order", now, back), "unchanged")
    end)
end)

runner.finish()
