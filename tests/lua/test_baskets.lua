-- Baskets: what is bought together, what goes with an item, and what is bought next.
local runner = require "runner"
local kith = require "kith"
local test, equal, raises, fails = runner.test, runner.equal, runner.raises, runner.fails

local now = kith.parse_time("2024-06-01")
local orders = {
    ann = {{"mug", "tea"}, {"tea"}, {"mug", "tea", "pot"}},
    bob = {{"mug", "tea"}, {"pot"}},
    cid = {{"mug", "tea", "pot"}},
    eve = {{"book", "pen"}, {"mug", "tea"}},
}

-- A store with these orders, one a day.
local function shop()
    local store = assert(kith.open(runner.path(), {create = true}))
    assert(store:write(function(txn)
        for customer, bought in pairs(orders) do
            for day, items in ipairs(bought) do
                assert(txn:event("crm", customer, "order", "2024-03-0" .. day, {sku = items}))
            end
        end
    end))
    return store
end

local function read(store, options)
    local baskets
    assert(store:read(function(txn)
        options = options or {}
        options.now = options.now or now
        baskets = assert(txn:baskets(options))
    end))
    return baskets
end

local function names(list)
    local found = {}
    for i, one in ipairs(list) do
        found[i] = one.other or one.item
    end
    return found
end

test("baskets are the orders of each customer", function()
    local store = shop()
    local baskets = read(store, {event = "order", item = "sku"})
    equal(baskets:summary(),
          {customer_count = 4, basket_count = 8, item_count = 5, line_count = 16, left_out_count = 0})
    equal(names(baskets:items()), {"book", "mug", "pen", "pot", "tea"})
    equal(baskets:item("tea"),
          {item = "tea", basket_count = 6, customer_count = 4, again_count = 1, repeat_share = 2 / 3})
    equal(baskets:item("cake"), nil)
    equal(read(store, {to = "2024-03-02"}):summary().basket_count, 4)
    equal(read(store, {from = "2024-03-02", threads = 2}):summary().basket_count, 4)
    equal(read(store, {where = "count(order) = 3"}):summary().basket_count, 3)
    store:close()
    equal(baskets:summary().basket_count, 8)
end)

test("rules", function()
    local store = shop()
    local baskets = read(store)
    local found = assert(baskets:rules {min_count = 5, min_confidence = 0})
    equal({found.basket_count, found.min_count, found.item_count, found.itemset_count, #found.rules}, {8, 5, 2, 3, 2})
    local always, other = found.rules[1], found.rules[2]
    equal({always.antecedent, always.consequent, always.both_baskets}, {{"mug"}, {"tea"}, 5})
    equal({always.always, always.conviction, always.confidence}, {true, nil, 1})
    equal({other.always, other.antecedent, other.lift}, {false, {"tea"}, always.lift})
    equal(#assert(baskets:rules {limit = 1, by = "support", redundant = true, max_consequent = 2}).rules, 1)
    fails("KITH_INVALID", baskets:rules {min_support = 2})
    fails("KITH_LIMIT", baskets:rules {min_count = 1, memory_bytes = 100})
    raises("can't be 'luck'", baskets.rules, baskets, {by = "luck"})
    raises("unknown option 'support'", baskets.rules, baskets, {support = 1})
    store:close()
end)

test("similar items, and what is bought next", function()
    local store = shop()
    local baskets = read(store)
    local pairs_of = assert(baskets:similar {items = {"tea"}}):pairs()
    equal(names(pairs_of), {"mug", "pot"})
    equal({pairs_of[1].both_customers, pairs_of[1].cosine, pairs_of[2].later_customers}, {4, 1, 2})
    fails("KITH_NOT_FOUND", baskets:similar {items = {"mugs"}})
    assert(store:read(function(txn)
        local bob = assert(txn:profile_of("crm", "bob", now))
        local made = assert(assert(baskets:similar {customer = bob, min_customers = 1}):recommend {customer = bob})
        equal(names(made), {"tea", "mug", "pot", "book", "pen"})
        equal({made[1].kind, made[1].basket_count, made[1].later_count}, {"repeat", 1, 1})
        equal({made[4].kind, names(made[4].reasons)}, {"new", {"mug", "tea"}})
    end))
    local similar = assert(baskets:similar {by = "ratio", min_customers = 1})
    equal(names(assert(similar:recommend {items = {"book"}})), {"pen"})
    equal(names(assert(similar:recommend {limit = 2})), {"mug", "tea"})
    raises("kith.profile expected", similar.recommend, similar, {customer = "bob"})
    local gone
    store:read(function(txn)
        gone = txn:profile_of("crm", "bob", now)
    end)
    raises("the profile is gone", similar.recommend, similar, {customer = gone})
    raises("the profile is gone", baskets.similar, baskets, {customer = gone})
    raises("a list expected", baskets.similar, baskets, {items = "tea"})
    store:close()
end)

test("progress is told and may stop", function()
    local store = shop()
    local told = {}
    local function tell(progress)
        told[progress.phase] = true
    end
    local function stop()
        return false
    end
    local baskets = read(store, {progress = tell})
    assert(baskets:rules {progress = tell})
    assert(baskets:similar {progress = tell})
    equal({told.query, told.itemsets, told.similar}, {true, true, true})
    fails("KITH_INTERRUPTED", baskets:rules {progress = stop})
    fails("KITH_INTERRUPTED", baskets:similar {progress = stop})
    raises("enough", baskets.rules, baskets, {progress = function() error("enough") end})
    assert(store:read(function(txn)
        fails("KITH_INTERRUPTED", txn:baskets {now = now, progress = stop})
        raises("enough", txn.baskets, txn, {now = now, progress = function() error("enough") end})
        fails("KITH_INVALID", txn:baskets {now = now, event = "ordre"})
        fails("KITH_INVALID", txn:baskets {now = now, where = "sku ="})
        raises("now", txn.baskets, txn, {})
    end))
    store:close()
end)

runner.finish()
