-- Match models: what resolve learnt is listed, read, exported, compared, and put in force again.
local runner = require "runner"
local kith = require "kith"
local town = require "town"
local test, equal, raises, fails, yes = runner.test, runner.equal, runner.raises, runner.fails, runner.yes

local now = town.now

-- What fn(txn) gives in a store of resolved people.
local function reading(fn)
    local store = town.resolved()
    local found = store:read(fn)
    store:close()
    return found
end

local function exported(store, version)
    return store:read(function(txn)
        return assert(txn:export_model(version))
    end)
end

local function changed(store, before, after)
    return store:read(function(txn)
        return assert(txn:compare_models(before, after))
    end)
end

local function near(a, b, most)
    return math.abs(a - b) <= most
end

local function by_name(comparisons)
    local found = {}
    for _, comparison in ipairs(comparisons) do
        found[comparison.name] = comparison
    end
    return found
end

test("before the first resolve there is no model", function()
    local store = town.people()
    store:read(function(txn)
        equal(txn:models(), {})
        yes(fails("KITH_NOT_FOUND", txn:model()):find("no match model yet"))
        fails("KITH_NOT_FOUND", txn:model(1))
        fails("KITH_NOT_FOUND", txn:export_model())
        fails("KITH_NOT_FOUND", txn:compare_models(0))
    end)
    store:close()
end)

test("models are listed, the last is in force", function()
    local store = town.resolved()
    assert(store:resolve(now, {train = true}))
    store:read(function(txn)
        local models = assert(txn:models())
        equal(#models, 2)
        for version, info in ipairs(models) do
            equal(info.version, version)
            equal(info.in_force, version == 2)
            local model = assert(txn:model(version))
            equal(#model.comparisons, info.comparison_count)
            equal(#model.block_rules, info.block_rule_count)
            yes(model.block_rules[1].name and model.block_rules[1].weak ~= nil)
            model.comparisons, model.block_rules = nil, nil
            equal(model, info)
        end
        equal(txn:model(), txn:model(2))
        equal(txn:model(0), txn:model(2))
    end)
    store:close()
end)

test("a model at a glance", function()
    local model = reading(function(txn) return assert(txn:model()) end)
    equal(model.version, 1)
    equal(model.configured, true)
    equal(model.record_count, 200)
    yes(model.match_count > 0 and model.prior_bits < 0 and model.block_cap > 1)
    equal(type(model.relative_prior_bits), "number")
    equal(model.link_at_bits, 2)
    yes(model.review_at_bits < model.known_at_bits and model.known_at_bits < model.link_at_bits)
    yes(model.cohesion > 0 and model.cohesion <= 1)
end)

test("comparisons and their levels", function()
    local comparisons = by_name(reading(function(txn) return assert(txn:model()) end).comparisons)
    equal(comparisons.birth_date.kind, "date")
    equal(comparisons.birth_date.attributes, {"birth_date"})
    equal(comparisons.name.attributes[1], "given_name")
    yes(comparisons.name.term_count >= 0)
    equal(comparisons.name.seen, true)
    equal(comparisons.gender.seen, false) -- nobody says it
    for _, comparison in ipairs({comparisons.name, comparisons.birth_date}) do
        local levels = comparison.levels
        equal(levels[0], {name = "missing", m = 0, u = 0, relative_u = 0, bits = 0, relative_bits = 0})
        equal(levels[1].name, "different")
        equal(levels[#levels].name, "equal")
        yes(levels[1].bits < 0 and levels[#levels].bits > 0)
        local sums = {m = 0, u = 0, relative_u = 0}
        for _, level in ipairs(levels) do
            yes(near(level.bits, math.log(level.m / level.u) / math.log(2), 0.02))
            yes(near(level.relative_bits, math.log(level.m / level.relative_u) / math.log(2), 0.02))
            for name, sum in pairs(sums) do
                sums[name] = sum + level[name]
            end
        end
        for _, sum in pairs(sums) do
            yes(near(sum, 1, 0.01))
        end
    end
end)

test("a pair is weighed by the model", function()
    reading(function(txn)
        local model, pair = assert(txn:model()), assert(txn:pair({"crm", "3"}, {"shop", "3"}))
        equal(pair.prior, {stranger = model.prior_bits, relative = model.relative_prior_bits})
        equal(#pair.comparisons, #model.comparisons)
        for i, weighed in ipairs(pair.comparisons) do
            local level = model.comparisons[i].levels[weighed.level]
            equal(weighed.name, model.comparisons[i].name)
            equal(weighed.level_name, level.name)
            equal(weighed.bits, {stranger = level.bits, relative = level.relative_bits})
        end
    end)
end)

test("an export comes back, here and in another store", function()
    local store = town.resolved()
    local json = exported(store)
    local done = assert(store:resolve(now, {model = json}))
    equal(done.model_version, 2)
    equal(done.trained, false)
    equal(store:read(function(txn) return txn:model().given end), true)
    equal(store:read(function(txn) return txn:model(1).given end), false)
    equal(changed(store, 1), {})
    equal((exported(store, 2):gsub('"version": 2', '"version": 1')), json)
    equal(store:verify(now), 0)
    local other = town.people()
    equal(assert(other:resolve(now, {model = json})).trained, false)
    equal(exported(other), json)
    other:close()
    store:close()
end)

test("an older model comes back in force", function()
    local store = town.resolved()
    local before = store:stat().profile_count
    local strict = exported(store):gsub('("link_at_bits": )2.0', "%190.0")
    assert(store:resolve(now, {model = strict}))
    equal(store:stat().profile_count, 200)
    assert(store:resolve(now, {model = exported(store, 1)}))
    equal(store:stat().profile_count, before)
    equal(changed(store, 1), {})
    equal(changed(store, 1, 3), {})
    equal(changed(store, 1, 2), {{kind = "threshold", name = "link_at", relative = false, has_before = true,
                                  has_after = true, before = 2, after = 90}})
    equal(changed(store, 2)[1].after, 2)
    store:close()
end)

test("changes of a comparison, of a level and of the blocks", function()
    local store = town.resolved()
    local json = exported(store):gsub('"gender": {', '"sex": {', 1)
    local head, date = json:match('^(.*)("birth_date": {.*)$')
    date = date:gsub('("equal": {%s*"m": )[%d.e+-]+', "%10.0001", 1)
    date = date:gsub(',%s*"date"%s*%]', "]", 1)
    assert(store:resolve(now, {model = head .. date}))
    local found = {}
    for _, change in ipairs(changed(store, 1)) do
        found[change.name .. tostring(change.relative)] = change
    end
    equal(found.genderfalse, {kind = "comparison", name = "gender", relative = false, has_before = true,
                              has_after = false})
    equal(found.sexfalse.has_after, true)
    equal(found.datefalse, {kind = "blocks", name = "date", relative = false, has_before = true, has_after = false})
    for _, key in ipairs({"birth_datefalse", "birth_datetrue"}) do
        equal(found[key].kind, "level")
        equal(found[key].level, "equal")
        yes(found[key].before - found[key].after > 5)
        found[key] = nil
    end
    found.genderfalse, found.sexfalse, found.datefalse = nil, nil, nil
    equal(found, {})
    store:close()
end)

test("what is no version is refused", function()
    reading(function(txn)
        for _, name in ipairs({"model", "export_model", "compare_models"}) do
            yes(fails("KITH_NOT_FOUND", txn[name](txn, 2)):find("no match model of version 2"))
            raises("whole number", txn[name], txn, -1)
            raises("whole number", txn[name], txn, 1.5)
            raises("below 2%^32", txn[name], txn, 4294967296)
            raises("number expected", txn[name], txn, {})
        end
        fails("KITH_NOT_FOUND", txn:compare_models(1, 4294967295))
        raises("whole number", txn.compare_models, txn, 1, -1)
        raises("number expected", txn.compare_models, txn)
    end)
end)

test("what is no model is refused", function()
    local store = town.resolved()
    local _, message, code, position = store:resolve(now, {model = '{"version": 1,\n "records": "many"}'})
    equal(code, "KITH_INVALID")
    yes(message:find("match model, line 2 column 2, records: expected"), message)
    equal(position, 16)
    fails("KITH_INVALID", store:resolve(now, {model = "{"}))
    fails("KITH_INVALID", store:resolve(now, {model = ""}))
    yes(fails("KITH_INVALID", store:resolve(now, {model = exported(store), train = true})):find("not both"))
    raises("option 'model': string expected, got table", store.resolve, store, now, {model = {}})
    raises("option 'model' holds a NUL byte", store.resolve, store, now, {model = "{}\0"})
    equal(#store:read(function(txn) return assert(txn:models()) end), 1)
    store:close()
end)

test("a model outlives its transaction, a call doesn't", function()
    local store = town.resolved()
    local txn = assert(store:begin())
    local model = assert(txn:model())
    txn:abort()
    collectgarbage()
    equal(model.comparisons[1].levels[0].name, "missing")
    for _, name in ipairs({"models", "model", "export_model", "compare_models"}) do
        raises("the transaction has ended", txn[name], txn, 1)
    end
    store:close()
    raises("the store is closed", store.resolve, store, now, {model = "{}"})
end)

runner.finish()
