-- Profiles, their values and reasons, and how long they live.
local runner = require "runner"
local kith = require "kith"
local test, equal, raises, fails = runner.test, runner.equal, runner.raises, runner.fails

local day = 86400000000
local now = kith.parse_time("2024-06-01")

-- Ann is known to two systems by her e-mail, Bob to one.
local function filled()
    local store = assert(kith.open(runner.path(), {create = true}))
    assert(store:write(function(txn)
        assert(txn:put("crm", "1", {given_name = "Ann", email = "ann@x.example", city = "York",
                                    phone = "+44 20 7946 0958"}, now - 9 * day))
        assert(txn:put("shop", "2", {given_name = "Ann", email = "ANN@x.example", city = "Leeds"},
                       now - 5 * day))
        assert(txn:put("crm", "3", {given_name = "Bob", email = "bob@x.example"}, now - 7 * day))
        assert(txn:event("crm", "1", "order", now - 40 * day, {amount = 10.5, quantity = 2}))
        assert(txn:event("shop", "2", "order", now - 4 * day, {amount = 0.1, quantity = 1}))
        assert(txn:event("shop", "2", "visit", now - 3 * day))
        assert(txn:event("shop", "2", "visit", now + 3 * day))
    end))
    return store
end

local function reading(fn)
    local store = filled()
    local ok, problem = pcall(store.read, store, fn)
    store:close()
    if not ok then
        error(problem, 0)
    end
end

test("a profile is found by its identifiers", function()
    reading(function(txn)
        local profile, count = txn:find("phone", "+44 (0)20 7946 0958", now)
        equal(count, 1)
        local id = profile:id()
        runner.yes(#id == 32 and id:find("^%x+$"))
        equal(assert(txn:find("email", "Ann@X.example", now)):id(), id)
        equal(assert(txn:get(id, now)):id(), id)
        equal(assert(txn:profile_of("crm", "1", now)):id(), id)
        equal(assert(txn:profile_of("shop", "2", "2024-06-01")):id(), id)
        equal(txn:profile_id("shop", "2"), id)
        runner.yes(txn:profile_id("crm", "3") ~= id)
        equal(tostring(profile), "kith.profile " .. id)
        equal(assert(txn:get(txn:record("shop", "2").id, now)):id(), id)
    end)
end)

test("who isn't there is told", function()
    reading(function(txn)
        local ids = assert(txn:find_ids("email", "Ann@X.example"))
        equal(#ids, 1)
        equal(ids[1], assert(txn:find("email", "ann@x.example", now)):id())
        fails("KITH_NOT_FOUND", txn:find_ids("email", "nobody@x.example"))
        fails("KITH_NOT_FOUND", txn:find("email", "nobody@x.example", now))
        fails("KITH_INVALID", txn:find("no_such_type", "x", now))
        fails("KITH_INVALID", txn:find("email", "nonsense", now))
        fails("KITH_NOT_FOUND", txn:get(("0"):rep(32), now))
        fails("KITH_INVALID", txn:get("not an id", now))
        fails("KITH_NOT_FOUND", txn:profile_of("crm", "none", now))
        fails("KITH_NOT_FOUND", txn:profile_id("crm", "none"))
        raises("string expected, got number", txn.find, txn, "phone", 442079460958, now)
        raises("time expected", txn.find, txn, "phone", "+442079460958")
        raises("NUL byte", txn.find, txn, "email", "a\0@x.example", now)
    end)
end)

test("golden values have their provenance", function()
    reading(function(txn)
        local profile = assert(txn:find("email", "ann@x.example", now))
        equal(profile:value("given_name"), "Ann")
        local city = assert(profile:golden("city"))
        equal(city.attribute, "city")
        equal(city.value, profile:value("city"))
        equal(city.status, "plain")
        local said = txn:record(city.record)
        equal(city.source, said.source)
        equal(city.key, said.key)
        equal(city.at, said.at)
        equal(said.attributes.city, city.value)
        local seen = {}
        for _, golden in ipairs(profile:values()) do
            seen[golden.attribute] = golden.value
        end
        equal(seen.city, city.value)
        equal(seen.email, "ann@x.example")
        fails("KITH_NOT_FOUND", profile:value("shoe_size"))
        fails("KITH_NOT_FOUND", profile:golden("shoe_size"))
        raises("string expected", profile.value, profile)
    end)
end)

test("aggregates and counts", function()
    reading(function(txn)
        local profile = assert(txn:find("email", "ann@x.example", now))
        local orders = assert(profile:aggregate("order"))
        equal(orders.count, 2)
        equal(orders.first, now - 40 * day)
        equal(orders.last, now - 4 * day)
        equal(orders.properties.amount.count, 2)
        equal(orders.properties.amount.sum_micros, 10600000)
        equal(orders.properties.amount.sum, 10.6)
        equal(orders.properties.amount.min, 0.1)
        equal(orders.properties.amount.max, 10.5)
        equal(orders.properties.amount.overflow, false)
        equal(orders.properties.quantity.sum, 3)
        local all = profile:aggregates()
        equal(all.order, orders)
        equal(all.visit.count, 1)
        fails("KITH_NOT_FOUND", profile:aggregate("refund"))
        equal(profile:count_events("order"), 2)
        equal(profile:count_events("order", now - 30 * day, now), 1)
        equal(profile:count_events("visit", now - 30 * day, now), 1)
        equal(profile:count_events(nil, now - 30 * day, now), 2)
        equal(profile:count_events("refund"), 0)
    end)
end)

test("a profile as one table", function()
    reading(function(txn)
        local profile = assert(txn:find("email", "ann@x.example", now))
        local whole = profile:to_table()
        equal(whole.id, profile:id())
        equal(whole.record_count, 2)
        equal(whole.event_count, 3)
        equal(whole.attributes.given_name, "Ann")
        equal(whole.aggregates, profile:aggregates())
        equal(whole.records, profile:records())
        equal(whole.records, {{source = "crm", key = "1"}, {source = "shop", key = "2"}})
        equal(whole.computed, true)
        equal(whole.pending, false)
        equal(whole.next_change_at, now + 3 * day)
    end)
end)

test("settled and computed profiles are equal", function()
    local store = filled()
    local function tables()
        return store:read(function(txn)
            local list = {}
            for profile in txn:profiles(now) do
                local whole = profile:to_table()
                whole.computed = nil
                list[#list + 1] = whole
            end
            return list
        end)
    end
    local before = tables()
    equal(#before, 2)
    equal(assert(store:settle(now)).settled_count, 2)
    equal(tables(), before)
    store:read(function(txn)
        equal(assert(txn:get(before[1].id, now)):to_table().computed, false)
    end)
    equal(store:verify(now), 0)
    store:close()
end)

test("several values of one attribute are a list", function()
    local store = assert(kith.open(runner.path(), {create = true}))
    store:write(function(txn)
        assert(txn:put("crm", "1", {loyalty_id = "L1", email = {"a@x.example", "b@x.example"}}, now))
        assert(txn:put("shop", "2", {loyalty_id = "L1", email = "c@x.example"}, now))
    end)
    store:read(function(txn)
        local emails = assert(txn:profile_of("crm", "1", now)):to_table().attributes.email
        table.sort(emails)
        equal(emails, {"a@x.example", "b@x.example", "c@x.example"})
    end)
    store:close()
end)

test("why and how", function()
    local store = filled()
    store:read(function(txn)
        local why = assert(txn:why({"crm", "1"}, {"shop", "2"}))
        equal(why.same, true)
        local step = why.steps[1]
        equal(step.kind, "link")
        equal(step.type, "email")
        equal(step.value, "ann@x.example")
        equal({step.a, step.b}, {{source = "crm", key = "1"}, {source = "shop", key = "2"}})
        local apart = assert(txn:why(step.a, {"crm", "3"}))
        equal(apart.same, false)
        equal(apart.steps[1].kind, "nothing")
        local how = assert(txn:how("crm", "1"))
        equal(how.same, true)
        equal(#how.steps, 1)
        equal(how.steps[1].type, "email")
        fails("KITH_NOT_FOUND", txn:why({"crm", "1"}, {"crm", "none"}))
        fails("KITH_NOT_FOUND", txn:how("crm", "none"))
    end)
    store:write(function(txn)
        local step = txn:why({"crm", "1"}, {"shop", "2"}).steps[1]
        assert(txn:unlink(step.a, step.b, "a clerk", now))
    end)
    store:read(function(txn)
        local why = assert(txn:why({"crm", "1"}, {"shop", "2"}))
        equal(why.same, false)
        local kinds = {}
        for _, step in ipairs(why.steps) do
            kinds[step.kind] = step
        end
        runner.yes(kinds.unlinked or kinds.refused, "it says who kept them apart")
    end)
    store:close()
end)

test("blame, and a pair in bits", function()
    local store = filled()
    store:read(function(txn)
        local blame = assert(txn:blame("crm", "1"))
        equal(blame.complete, true)
        equal(blame.link.type, "email")
        equal(blame.link.bits, nil)
        equal(blame.parts, {{{source = "crm", key = "1"}}, {{source = "shop", key = "2"}}})
        local alone = assert(txn:blame("crm", "3"))
        equal(alone.link, nil)
        equal(alone.parts, {{{source = "crm", key = "3"}}})
        fails("KITH_NOT_FOUND", txn:blame("crm", "none"))
        fails("KITH_NOT_FOUND", txn:pair({"crm", "1"}, {"crm", "none"}))
        local none, message = txn:pair({"crm", "1"}, {"crm", "3"})
        equal(none, nil)
        runner.yes(message:find("no match model"), message)
    end)
    store:close()
end)

test("a veto names the records that clash", function()
    local store = assert(kith.open(runner.path(), {create = true}))
    local phone = "+44 20 7946 0958"
    store:write(function(txn)
        assert(txn:put("crm", "1", {given_name = "Ann", loyalty_id = "L1"}, "2024-01-01"))
        assert(txn:put("crm", "2", {loyalty_id = "L1", phone = phone}, "2024-01-02"))
        assert(txn:put("crm", "3", {given_name = "Robert", phone = phone}, "2024-01-03"))
    end)
    store:read(function(txn)
        local step = assert(txn:why({"crm", "1"}, {"crm", "3"})).steps[1]
        equal(step.rule, "veto")
        local said = {[step.a.key] = step.clash_a, [step.b.key] = step.clash_b}
        equal(said, {["2"] = {source = "crm", key = "1"}, ["3"] = {source = "crm", key = "3"}})
        local linked = assert(txn:why({"crm", "1"}, {"crm", "2"})).steps[1]
        equal({linked.clash_a, linked.clash_b}, {})
    end)
    store:close()
end)

test("a link by a person joins, and says so", function()
    local store = filled()
    store:write(function(txn)
        assert(txn:link({"crm", "1"}, {"crm", "3"}, "a clerk", now))
    end)
    store:read(function(txn)
        equal(txn:profile_id("crm", "1"), txn:profile_id("crm", "3"))
        local step = txn:why({"crm", "1"}, {"crm", "3"}).steps[1]
        equal(step.type, "assertion")
        equal(step.value, "a clerk")
    end)
    store:close()
end)

test("a profile ends with its transaction", function()
    local store = filled()
    local kept
    store:read(function(txn)
        kept = assert(txn:find("email", "ann@x.example", now))
        equal(kept:value("given_name"), "Ann")
    end)
    for _, method in ipairs {"id", "values", "records", "aggregates", "to_table", "count_events"} do
        raises("profile is gone", kept[method], kept)
    end
    raises("profile is gone", kept.value, kept, "given_name")
    raises("profile is gone", kept.golden, kept, "given_name")
    raises("profile is gone", kept.aggregate, kept, "order")
    runner.yes(tostring(kept):find("kith.profile"))
    store:close()
    raises("profile is gone", kept.value, kept, "given_name")
end)

test("a profile ends with a reset, and with a write", function()
    local store = filled()
    local txn = assert(store:begin())
    local profile = assert(txn:find("email", "ann@x.example", now))
    txn:reset()
    raises("profile is gone", profile.value, profile, "given_name")
    assert(txn:renew())
    raises("profile is gone", profile.value, profile, "given_name")
    txn:abort()
    store:write(function(writer)
        profile = assert(writer:find("email", "ann@x.example", now))
        equal(profile:value("given_name"), "Ann")
        assert(writer:put("crm", "9", {given_name = "Eve"}, now))
        raises("profile is gone", profile.value, profile, "given_name")
        equal(assert(writer:find("email", "ann@x.example", now)):value("given_name"), "Ann")
    end)
    store:close()
end)

test("profiles are iterated, each until the next", function()
    reading(function(txn)
        local ids, last = {}, nil
        for profile in txn:profiles(now) do
            ids[#ids + 1] = profile:id()
            equal(profile:value("given_name"), #ids == 1 and "Ann" or "Bob")
            if last then
                raises("iterator went on", last.id, last)
            end
            last = profile
        end
        equal(#ids, 2)
        raises("iterator went on", last.id, last)
        equal(assert(txn:get(ids[2], now)):value("given_name"), "Bob")
    end)
end)

test("an iterator ends with its transaction", function()
    local store = filled()
    local txn = assert(store:begin())
    local step, state = txn:profiles(now)
    local records, records_state = txn:records()
    local profile = step(state)
    records(records_state)
    txn:abort()
    raises("iterator is gone", step, state)
    raises("iterator is gone", records, records_state)
    raises("profile is gone", profile.id, profile)
    store:write(function(writer)
        local more, more_state = writer:records()
        more(more_state)
        assert(writer:put("crm", "9", {}, now))
        raises("iterator is gone", more, more_state)
    end)
    store:close()
end)

test("an iterator that has ended gives nil for ever", function()
    reading(function(txn)
        local step, state = txn:records()
        while step(state) do
        end
        equal(step(state), nil)
        equal(step(state), nil)
    end)
end)

test("a loop that is left early holds nothing up", function()
    local store = filled()
    for _ = 1, 300 do
        local txn = assert(store:begin())
        for _ in txn:profiles(now) do
            break
        end
        for _ in txn:records() do
            break
        end
        assert(txn:commit())
    end
    assert(store:settle(now))
    store:close()
end)

test("`now` decides which events count", function()
    reading(function(txn)
        equal(assert(txn:profile_of("crm", "1", now)):aggregate("visit").count, 1)
        equal(assert(txn:profile_of("crm", "1", now + 9 * day)):aggregate("visit").count, 2)
        equal(assert(txn:profile_of("crm", "1", now - 90 * day)):aggregate("visit"), nil)
    end)
end)

runner.finish()
