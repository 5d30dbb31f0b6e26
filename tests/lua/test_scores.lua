-- Scores: definitions as tables, fitting, what models say of a profile and why.
local runner = require "runner"
local kith = require "kith"
local test, equal, raises, fails, yes = runner.test, runner.equal, runner.raises, runner.fails, runner.yes

local AT, NOW = "2024-01-01", "2024-06-01"

local SIZE = {
    kind = "rules",
    rules = {{name = "big", when = "sum(order.total) > 1000"}, {name = "small", when = "count(order) >= 2"}},
    otherwise = "consumer",
}
local TIER = {
    kind = "tiers",
    value = "sum(order.total)",
    tiers = {{name = "gold", top_percent = 25}, {name = "silver", top_percent = 37.5}},
    otherwise = "bronze",
}

-- Four customers, of whom two bought twice and one never.
local function shop()
    local store = assert(kith.open(runner.path(), {create = true}))
    assert(store:write(function(txn)
        for number, totals in ipairs {{700, 800}, {5, 7}, {9}, {}} do
            local key = tostring(number)
            assert(txn:put("crm", key, {given_name = "P" .. key}, AT))
            for day, total in ipairs(totals) do
                assert(txn:event("crm", key, "order", "2024-02-" .. day .. "0", {total = total}))
            end
        end
        equal(txn:define_score("size", SIZE, AT, {note = "who is big"}), "added")
        equal(txn:define_score("tier", TIER, AT), "added")
    end))
    return store
end

local function evaluate(store, key, text)
    return store:read(function(txn)
        return txn:profile_of("crm", key, NOW):evaluate(text, NOW).value
    end)
end

-- ---- definitions ----

test("definitions are tables", function()
    local store = shop()
    store:read(function(txn)
        local size = assert(txn:score_definition("size"))
        equal(size.name, "size")
        equal(size.version, 1)
        equal(size.removed, false)
        equal(size.note, "who is big")
        equal(size.gives, "text")
        equal(size.at, kith.parse_time(AT))
        equal(size.definition.kind, "rules")
        equal(#size.definition.rules, 2)
        equal(size.definition.rules[2].when, "count(order) >= 2")
        equal(size.definition.otherwise, "consumer")
        equal(txn:score_definition("tier").definition.tiers[2].top_percent, 37.5)
        local all = txn:score_definitions()
        equal(#all, 2)
        equal(all[2].name, "tier")
        local asks = txn:mentions("score", "size")
        equal(#asks, 2)
        equal(asks[1].kind .. " " .. asks[1].name, "event order")
        fails("KITH_NOT_FOUND", txn:mentions("score", "sise"))
        fails("KITH_NOT_FOUND", txn:score_definition("sise"))
        fails("KITH_NOT_FOUND", txn:score_definition("size", 2))
    end)
    store:close()
end)

test("numbers of a definition are read whichever point the program's language has", function()
    local store = shop()
    for _, locale in ipairs {"C", "de_DE.UTF-8", "fr_FR.UTF-8"} do
        if os.setlocale(locale, "numeric") then
            store:write(function(txn)
                txn:define_score("locale", {kind = "points", rules = {{name = "a", points = 1.25, when = "true"}}}, AT)
                equal(txn:score_definition("locale").definition.rules[1].points, 5 / 4)
                return false
            end)
        else
            print("    this machine has no locale " .. locale)
        end
        os.setlocale("C", "numeric")
    end
    store:close()
end)

test("what is defined is what is read", function()
    local store = shop()
    assert(store:write(function(txn)
        local definition = txn:score_definition("size").definition
        equal(txn:define_score("size", definition, AT, {note = "who is big"}), "unchanged")
        definition.otherwise = 'a "quoted" \\ tab\t, ü and 中𝄞'
        equal(txn:define_score("size", definition, AT), "updated")
        equal(txn:score_definition("size").definition.otherwise, definition.otherwise)
        local text = '{"kind": "rules", "rules": [{"name": "\\u00fc\\ud834\\udd1e", "when": "TRUE"}]}'
        equal(txn:define_score("care", text, AT), "added")
        equal(txn:score_definition("care").definition.rules[1].name, "ü𝄞")
        equal(txn:remove_score("care", AT), true)
        fails("KITH_NOT_FOUND", txn:remove_score("care", AT))
        equal(txn:score_definition("care", 1).version, 1)
    end))
    store:close()
end)

test("wrong definitions are refused with their place", function()
    local store = shop()
    assert(store:write(function(txn)
        local _, message = txn:define_score("wrong", "{", AT)
        yes(message:find("line 1 column"), message)
        fails("KITH_INVALID", txn:define_score("wrong", {kind = "ruled"}, AT))
        _, message = txn:define_score("wrong", {kind = "rules", rules = {{name = "a", when = "did(ordr)"}}}, AT)
        yes(message:find("did you mean 'order'", 1, true), message)
        raises("must be finite", txn.define_score, txn, "wrong", {kind = "rules", rules = 0 / 0}, AT)
        raises("table expected", txn.define_score, txn, "wrong", nil, AT)
        raises("unknown option 'notes'", txn.define_score, txn, "wrong", SIZE, AT, {notes = "x"})
        equal(txn:define_score("right", SIZE, AT), "added")
    end))
    store:close()
end)

test("models say what they are", function()
    local store = shop()
    store:read(function(txn)
        local size = txn:score_model("size")
        equal(size.kind, "rules")
        equal(size.learns, false)
        equal(#size.outputs, 1)
        equal(size.outputs[1].output, "name")
        equal(size.outputs[1].gives, "text")
        equal(size.outputs[1].kept, true)
        local tier = txn:score_model("tier")
        equal(tier.learns, true)
        equal(tier.learnt, false)
        fails("KITH_NOT_FOUND", txn:score_model("sise"))
    end)
    store:close()
end)

-- ---- fitting ----

test("a fit makes a new version", function()
    local store = shop()
    local steps = 0
    local dry = assert(store:fit_score("tier", {now = NOW, dry_run = true, where = "did(order)"}))
    equal(dry.customer_count, 3)
    equal(dry.version, 2)
    local fit = assert(store:fit_score("tier", {now = NOW, threads = 2, progress = function() steps = steps + 1 end}))
    yes(steps > 0)
    equal(fit.score, "tier")
    equal(fit.change, "updated")
    equal(fit.version, 2)
    equal(fit.customer_count, 4)
    equal(fit.fitted.customers, 4)
    equal(fit.fitted.least[1], "1500")
    equal(store:fit_score("tier", {now = NOW}).change, "unchanged")
    equal(evaluate(store, "1", "score('tier')"), "gold")
    store:read(function(txn)
        equal(txn:score_definition("tier").definition.fitted.customers, 4)
        equal(txn:score_definition("tier", 1).definition.fitted, nil)
    end)
    store:close()
end)

test("a fit that can't be is refused", function()
    local store = shop()
    fails("KITH_NOT_FOUND", store:fit_score("teer", {now = NOW}))
    local _, message = fails("KITH_INVALID", store:fit_score("size", {now = NOW}))
    fails("KITH_INTERRUPTED", store:fit_score("tier", {now = NOW, progress = function() return false end}))
    raises("enough", store.fit_score, store, "tier", {now = NOW, progress = function() error("enough") end})
    raises("table expected", store.fit_score, store, "tier", NOW)
    raises("out of range", store.fit_score, store, "tier", {now = NOW, holdout_days = -1})
    local nothing, why, code, position = store:fit_score("tier", {now = NOW, where = "did(ordr)"})
    equal(nothing, nil)
    equal(code, "KITH_INVALID")
    equal(position, 4)
    yes(why:find("did you mean 'order'", 1, true), why)
    store:read(function(txn)
        equal(txn:score_definition("tier").version, 1)
    end)
    store:close()
end)

test("versions are compared", function()
    local store = shop()
    assert(store:fit_score("tier", {now = NOW}))
    assert(store:fit_score("tier", {now = NOW, where = "sum(order.total) < 1000"}))
    store:read(function(txn)
        local drift = assert(txn:score_drift("tier", {now = NOW}))
        equal(drift.output, "name")
        equal(drift.from_version, 2)
        equal(drift.to_version, 3)
        equal(drift.customer_count, 4)
        yes(drift.changed_count > 0 and drift.stability_index > 0)
        equal(txn:score_drift("tier", {now = NOW, from_version = 3, to_version = 3}).changed_count, 0)
        local steps = 0
        local told = {now = NOW, threads = 2, progress = function(step) steps = steps + 1; equal(step.phase, "read") end}
        equal(txn:score_drift("tier", told).stability_index, drift.stability_index)
        yes(steps > 0)
        fails("KITH_INTERRUPTED", txn:score_drift("tier", {now = NOW, progress = function() return false end}))
        raises("enough", txn.score_drift, txn, "tier", {now = NOW, progress = function() error("enough") end})
        fails("KITH_NOT_FOUND", txn:score_drift("teer", {now = NOW}))
        fails("KITH_NOT_FOUND", txn:score_drift("tier", {now = NOW, from_version = 9}))
    end)
    store:close()
end)

-- ---- profiles ----

test("profiles show what models say", function()
    local store = shop()
    assert(store:write(function(txn)
        equal(txn:define_score("rhythm", {kind = "lifecycle", event = "order", amount = "total"}, AT), "added")
    end))
    store:read(function(txn)
        local ann = txn:profile_of("crm", "1", NOW)
        equal(ann:score_values().size.name, "big")
        equal(ann:score_values().tier, nil) -- it isn't fitted
        equal(next(ann:scores()), nil)
        local orders = ann:orders()
        equal(#orders, 1)
        equal(orders[1].event, "order")
        equal(orders[1].first, "2024-02-10")
        equal(orders[1].last, "2024-02-20")
        equal(orders[1].order_count, 2)
        equal(orders[1].spent, 1500)
        equal(orders[1].spent_micros, 1500000000)
        equal(txn:profile_of("crm", "4", NOW):orders()[1].first, nil)
        local told = ann:to_table()
        equal(told.score_values.size.name, "big")
        equal(told.orders[1].day_count, 2)
    end)
    store:close()
end)

test("a score is explained", function()
    local store = shop()
    store:read(function(txn)
        local ann = txn:profile_of("crm", "1", NOW)
        local why = assert(ann:explain_score("size", NOW))
        equal(why.score, "size")
        equal(why.kind, "rules")
        equal(why.version, 1)
        equal(why.learnt, true)
        equal(why.outputs[1].value, "big")
        equal(why.outputs[1].what, "of the first rule that holds")
        equal(why.reasons[1].text, "sum(order.total) > 1000")
        equal(why.reasons[1].share, nil)
        equal(why.next_change_at, nil)
        equal(ann:explain_score("tier", NOW).learnt, false)
        fails("KITH_NOT_FOUND", ann:explain_score("sise", NOW))
    end)
    store:close()
end)

runner.finish()
