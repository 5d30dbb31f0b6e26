-- What is foreseen: of a customer by a score of repeat buying, of an audience by a power calculation.
local runner = require "runner"
local kith = require "kith"
local test, equal, raises, fails, yes = runner.test, runner.equal, runner.raises, runner.fails, runner.yes

local AT, NOW = "2023-01-01", "2024-01-01"
local REPEAT = {kind = "repeat", event = "order", amount = "total"}
local DAY = 86400 * 1000000

-- The same numbers in every Lua.
local function drawing(seed)
    return function()
        seed = seed * 16807 % 2147483647
        return seed / 2147483647
    end
end

-- Customers who buy at rates of their own until they drop out; one who never bought.
local function shop()
    local store = assert(kith.open(runner.path(), {create = true}))
    local draw, begun = drawing(20240601), kith.parse_time(AT)
    assert(store:write(function(txn)
        assert(txn:put("crm", "nobody", {given_name = "Nobody"}, AT))
        for number = 1, 300 do
            local day, gap, quits, spends = 60 * draw(), 5 - 40 * math.log(draw()), .6 * draw(), 10 + 90 * draw()
            while day < 365 do
                assert(txn:event("crm", tostring(number), "order", begun + math.floor(day) * DAY,
                    {total = spends * (.5 + draw())}))
                day = draw() < quits and 365 or day - gap * math.log(draw())
            end
        end
        assert(txn:define_score("repeat", REPEAT, AT))
    end))
    assert(store:fit_score("repeat", {now = NOW}))
    return store
end

local function near(one, other)
    yes(math.abs(one - other) < 1e-6, one .. " isn't " .. other)
end

-- Of whom the most purchases are to be expected.
local function best(txn)
    local found, most = nil, -1
    for number = 1, 300 do
        local customer = txn:profile_of("crm", tostring(number), NOW)
        local purchases = tonumber(customer:evaluate("score('repeat.purchases')", NOW).value)
        if purchases > most then
            found, most = tostring(number), purchases
        end
    end
    return txn:profile_of("crm", found, NOW)
end

test("a forecast agrees with the score", function()
    local store = shop()
    store:read(function(txn)
        local customer = best(txn)
        local found = assert(customer:forecast("repeat", {now = NOW}))
        for _, name in ipairs {"alive", "purchases", "order_value", "value", "at_risk"} do
            near(found[name], tonumber(customer:evaluate("score('repeat." .. name .. "')", NOW).value))
        end
        local sum = 0
        for _, chance in ipairs(found.chances) do
            sum = sum + chance
        end
        near(sum, 1)
        equal(#found.chances, 11)
        equal(found.days, 365)
        yes(found.alive_then < found.alive and found.alive_if_silent < found.alive)
        yes(found.next_early_days < found.next_days and found.next_days < found.next_late_days)
        yes(found.value_low <= found.value and found.value <= found.value_high and found.value_error > 0)
        yes(customer:forecast("repeat", {now = NOW, days = 7.5}).purchases < found.purchases)
        yes(customer:forecast("repeat", {now = NOW, share = .95}).value_high > found.value_high)
        fails("KITH_NOT_FOUND", customer:forecast("repeatt", {now = NOW}))
        fails("KITH_NOT_FOUND", txn:profile_of("crm", "nobody", NOW):forecast("repeat", {now = NOW}))
        fails("KITH_INVALID", customer:forecast("repeat", {now = NOW, share = 1}))
        raises("table expected", customer.forecast, customer, "repeat", NOW)
    end)
    store:close()
end)

test("a definition is fitted, and nothing is written", function()
    local store = shop()
    local kept = assert(store:fit_score("repeat", {now = NOW}))
    local fit = assert(store:fit_score(nil, {now = NOW, definition = REPEAT}))
    equal(fit.score, nil)
    equal(fit.version, 0)
    equal(fit.definition.event, "order")
    equal(fit.definition.fitted.log_likelihood, fit.fitted.log_likelihood)
    equal(fit.fitted.log_likelihood, kept.fitted.log_likelihood)
    raises("or a definition, are required", store.fit_score, store, nil, {now = NOW})
    raises("or a definition, are required", store.fit_score, store, "repeat", {now = NOW, definition = REPEAT})
    store:read(function(txn)
        equal(#txn:score_definitions(), 1)
    end)
    store:close()
end)

test("a control group is as small as tells", function()
    local plan = assert(kith.control_group {audience = 100000, base_rate = .05, lift = .1})
    equal(plan.tells, true)
    equal(plan.why_not, nil)
    equal(plan.control_count + plan.treated_count, 100000)
    yes(plan.control_count < kith.control_group({audience = 100000, base_rate = .05, lift = .1, power = .9}).control_count)
    local few = assert(kith.control_group {audience = 200, base_rate = .05, lift = .1})
    equal(few.tells, false)
    equal(few.control_count, 100)
    equal(few.bucket_count, 5000)
    yes(few.least_lift > .1 and #few.why_not > 0)
    fails("KITH_INVALID", kith.control_group {audience = 200, base_rate = 1.5, lift = .1})
    fails("KITH_INVALID", kith.control_group {audience = 200, base_rate = .05, lift = .1, alpha = 0})
    fails("KITH_INVALID", kith.control_group {audience = 200, base_rate = .05, lift = .1, power = 0})
end)

runner.finish()
