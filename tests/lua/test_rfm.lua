-- RFM: what it gives, of whom, and what is wrong with what is asked.
local runner = require "runner"
local kith = require "kith"
local test, equal, raises, fails, yes = runner.test, runner.equal, runner.raises, runner.fails, runner.yes

local now = kith.parse_time("2024-06-01")

-- Customer number n of 20 bought n times, last n days before June 1st, for n each; one never bought.
local function shop()
    local store = assert(kith.open(runner.path(), {create = true}))
    assert(store:write(function(txn)
        assert(txn:put("crm", "nobody", {given_name = "Nobody"}, 0))
        for number = 1, 20 do
            local key = tostring(number)
            assert(txn:put("crm", key, {city = number % 2 == 0 and "Ayr" or "York"}, 0))
            for order = 1, number do
                local at = kith.parse_time(string.format("2024-05-%02dT10:00:00Z", 32 - number))
                assert(txn:event("crm", key, "order", at, {total = number, place = order}))
            end
        end
    end))
    return store
end

local function ask(store, options)
    local found
    assert(store:read(function(txn)
        found = assert(txn:rfm(now, options))
    end))
    return found
end

test("it gives counts, segments, tiers, a grid and cuts", function()
    local found = ask(shop())
    equal(found.today, "2024-06-01")
    equal(found.event, "order")
    equal(found.amount, "total")
    equal(found.refund, nil)
    equal(found.bins, 5)
    equal(found.customer_count, 20)
    equal(found.without_orders_count, 1)
    equal(found.without_amounts_count, 0)
    equal(found.order_count, 210)
    equal(found.spent, 2870)
    equal(found.spent_micros, 2870000000)
    equal(#found.segments, 11)
    equal(found.segments[1].name, "champions")
    equal(found.tiers[1].name, "platinum")
    equal(found.tiers[1].least_spent, 400)
    equal(found.tiers[4].least_spent, nil)
    equal(#found.day_cuts, 4)
    equal(#found.order_cuts, 4)
    equal(#found.spent_cuts_micros, 4)
    local counted = 0
    for r = 1, 5 do
        for f = 1, 5 do
            counted = counted + found.grid[r][f].customer_count
        end
    end
    equal(counted, 20)
    equal(found.customers, nil)
end)

test("customers are listed on demand", function()
    local found = ask(shop(), {customers = true})
    equal(#found.customers, 20)
    local first, last = found.customers[1], found.customers[20]
    equal(first.days, 1)
    equal(first.order_count, 1)
    equal(first.spent, 1)
    equal(first.r .. first.f .. first.m, "511")
    equal(first.segment, "new")
    equal(last.r .. last.f .. last.m, "155")
    equal(last.segment, "cant_lose")
    equal(last.tier, "platinum")
    equal(#last.id, 32)
end)

test("who is compared may be said", function()
    local store = shop()
    local found = ask(store, {where = "city = 'York'", bins = 2})
    equal(found.customer_count, 10)
    equal(#found.grid, 2)
    equal(ask(store, {where = "count(order) > 15"}).customer_count, 5)
end)

test("refunds count against what was spent", function()
    local store = shop()
    assert(store:write(function(txn)
        assert(txn:event("crm", "20", "return", now - 1, {total = 400}))
    end))
    local found = ask(store, {refund = "return"})
    equal(found.refund, "return")
    equal(found.spent, 2470)
end)

test("what is wrong is told", function()
    assert(shop():read(function(txn)
        yes(fails("KITH_INVALID", txn:rfm(now, {event = "ordr"})):find("did you mean 'order'", 1, true))
        yes(fails("KITH_INVALID", txn:rfm(now, {amount = "totl"})):find("did you mean 'total'", 1, true))
        yes(fails("KITH_INVALID", txn:rfm(now, {bins = 11})):find("2 to 10 bins", 1, true))
        yes(fails("KITH_INVALID", txn:rfm(now, {where = "ctiy = 1"})):find("did you mean .city", 1))
        raises("unknown option 'evnt'", txn.rfm, txn, now, {evnt = "order"})
        raises("number expected", txn.rfm, txn, now, {bins = "many"})
    end))
end)

test("progress may stop it", function()
    local store, told = shop(), 0
    assert(store:read(function(txn)
        yes(txn:rfm(now, {progress = function(step) told = told + 1; equal(step.phase, "query") end}))
        yes(fails("KITH_INTERRUPTED", txn:rfm(now, {progress = function() return false end})):find("stopped", 1, true))
        raises("enough", txn.rfm, txn, now, {progress = function() error("enough") end})
    end))
    yes(told > 0)
end)

runner.finish()
