-- Links that need no shared key: resolve, pairs in bits, review, search, evaluate's curve and audit.
local runner = require "runner"
local kith = require "kith"
local town = require "town"
local test, equal, raises, fails, yes = runner.test, runner.equal, runner.raises, runner.fails, runner.yes

local now, people_count = town.now, town.people_count
local people, resolved = town.people, town.resolved
local a, b = {source = "crm", key = "3"}, {source = "shop", key = "3"}

test("resolve links, and learns once", function()
    local store = people()
    local phases = {}
    local done = assert(store:resolve(now, {threads = 2, progress = function(progress)
        phases[progress.phase] = true
    end}))
    equal(done.record_count, 200)
    equal(done.model_version, 1)
    equal(done.trained, true)
    equal(done.settled.remaining_count, 0)
    yes(done.compared_count >= done.scored_count and done.scored_count > 0)
    yes(phases.train and phases.compare and phases.settle)
    store:read(function(txn)
        equal(#assert(txn:profile_of("crm", "3", now)):records(), 2)
    end)
    local again = assert(store:resolve(now))
    equal(again.trained, false)
    equal(assert(store:resolve(now, {train = true})).model_version, 2)
    equal(store:verify(now), 0)
    store:close()
end)

test("resolve is stopped, and refuses what is wrong", function()
    local store = people()
    fails("KITH_INTERRUPTED", store:resolve(now, {progress = function() return false end}))
    local thrown = {}
    local ok, caught = pcall(store.resolve, store, now, {progress = function() error(thrown) end})
    yes(not ok and caught == thrown)
    raises("time expected", store.resolve, store)
    raises("unknown option 'trian'", store.resolve, store, now, {trian = true})
    raises("'threads' is out of range", store.resolve, store, now, {threads = -1})
    store:read(function(txn)
        local none, message = txn:pair(a, b)
        yes(none == nil and message:find("no match model"), message)
    end)
    store:close()
end)

test("a callback of resolve may read, but not write", function()
    local store = people()
    local function attempt(fn)
        return store:resolve(now, {progress = fn})
    end
    raises("store is in use", attempt, function() store:close() end)
    raises("a resolve of this store is running", attempt, function() store:begin(true) end)
    raises("a resolve of this store is running", attempt, function() store:resolve(now) end)
    local counts = 0
    assert(attempt(function()
        equal(store:read(function(txn) return txn:stat().record_count end), 200)
        counts = counts + 1
        collectgarbage()
    end))
    yes(counts > 0)
    local txn = assert(store:begin(true))
    raises("a write transaction of this store is open", store.resolve, store, now)
    raises("'threads': a whole number expected", store.resolve, store, now, {threads = 1.5})
    txn:abort()
    store:close()
end)

test("a pair and its blame in bits", function()
    local store = resolved()
    store:read(function(txn)
        local pair = assert(txn:pair(a, b))
        equal(pair.a, a)
        equal(pair.b, b)
        equal(pair.links, true)
        equal(pair.bits, pair.sum[pair.rival])
        local total, names = pair.prior.stranger, {}
        for _, comparison in ipairs(pair.comparisons) do
            total = total + comparison.bits.stranger + comparison.frequency_bits
            names[comparison.name] = comparison
        end
        yes(math.abs(total - pair.sum.stranger) < 1e-9)
        equal(names.birth_date.level_name, "equal")
        local blame = assert(txn:blame("crm", "3"))
        equal(blame.link.type, "score")
        equal(blame.link.bits, pair.bits)
        equal(#blame.parts, 2)
        equal(assert(txn:blame(a)), blame)
        equal(assert(txn:blame({"crm", "3"})), blame)
        equal(assert(txn:how(a)), assert(txn:how("crm", "3")))
        raises("{source, key}", txn.blame, txn, {"crm"})
        raises("string expected", txn.blame, txn, "crm")
    end)
    store:close()
end)

test("review lists what a person should decide on", function()
    local store = resolved()
    store:write(function(txn)
        for number = 1, 58, 3 do
            local said = txn:record("crm", tostring(number)).attributes
            said.city, said.address_line = nil, nil
            said.birth_date = tostring(said.birth_date):sub(1, 4)
            assert(txn:put("list", tostring(number), said, "2024-03-01"))
        end
    end)
    assert(store:settle(now))
    local first
    store:read(function(txn)
        local review = assert(txn:review())
        equal(review.model_version, 1)
        yes(review.keep_at_bits < review.link_at_bits)
        yes(#review.pairs > 2 and review.waiting_count >= #review.pairs)
        first = review.pairs[1]
        equal(first.profile_a, txn:profile_id(first.a.source, first.a.key))
        equal(first.bits, assert(txn:pair(first.a, first.b)).bits)
        yes(first.reason == "doubtful" or first.rule)
        equal(#assert(txn:review({limit = 2})).pairs, 2)
        equal(#assert(txn:review({limit = 0})).pairs, 0)
        local lessons = assert(txn:review({limit = 3, suggest = true})).pairs
        yes(#lessons > 0 and lessons[1].alike_count > 0)
        raises("unknown option", txn.review, txn, {most = 1})
        raises("'limit' is out of range", txn.review, txn, {limit = -1})
        raises("'limit': a whole number expected", txn.review, txn, {limit = 1.5})
    end)
    store:write(function(txn)
        assert(txn:unlink(first.a, first.b, "kim", now))
    end)
    store:read(function(txn)
        for _, pair in ipairs(assert(txn:review()).pairs) do
            yes(pair.profile_a ~= first.profile_a or pair.profile_b ~= first.profile_b)
        end
    end)
    store:close()
end)

-- Where a link needs more bits than any pair has, and second records differ in all ways.
test("a review has twenty pairs or ten suggestions", function()
    local store = resolved()
    local names = {"address_line", "birth_date", "city", "family_name", "given_name"}
    local model
    store:write(function(txn)
        for number = 0, people_count - 1 do
            local said = txn:record("crm", tostring(number)).attributes
            for at, name in ipairs(names) do
                if math.floor(number / 2 ^ (at - 1)) % 2 == 1 then
                    said[name] = nil
                end
            end
            assert(txn:put("list", tostring(number), said, "2024-03-01"))
        end
        model = txn:export_model():gsub('"link_at_bits": 2.0', '"link_at_bits": 90.0')
    end)
    assert(store:resolve(now, {model = model}))
    store:read(function(txn)
        yes(#assert(txn:review({limit = 1000})).pairs > 20)
        yes(#assert(txn:review({limit = 1000, suggest = true})).pairs > 10)
        equal(#assert(txn:review()).pairs, 20)
        equal(#assert(txn:review({suggest = true})).pairs, 10)
    end)
    store:close()
end)

test("search gives the most alike first", function()
    local store = resolved()
    store:read(function(txn)
        local said = txn:record("crm", "3").attributes
        local asked = {given_name = said.given_name, family_name = said.family_name, birth_date = said.birth_date}
        local found = assert(txn:search(asked))
        local best = found.hits[1]
        equal(best.id, txn:profile_id("crm", "3"))
        equal(best.likely, true)
        equal(best.identifier, nil)
        equal(best.record.key, "3")
        equal(found.partial, false)
        equal(#found.unread, 0)
        asked.birth_date = "soon"
        equal(assert(txn:search(asked)).unread, {"birth_date"})
        asked.birth_date = said.birth_date
        yes(found.compared_count > 0)
        equal(#assert(txn:search(asked, 1)).hits, 1)
        fails("KITH_INVALID", txn:search({given_name = "Alice"}))
        fails("KITH_INVALID", txn:search({given_nam = "Alice"}))
        raises("table expected", txn.search, txn)
    end)
    store:close()
    local bare = people()
    bare:read(function(txn)
        fails("KITH_NOT_FOUND", txn:search({given_name = "Alice", family_name = "Abbott"}))
        equal(assert(txn:review()).model_version, 0)
    end)
    bare:close()
end)

test("evaluate draws a curve", function()
    local lines = {"source,key,entity"}
    for number = 0, people_count - 1 do
        lines[#lines + 1] = string.format("crm,%d,p%d", number, number)
        if number % 3 == 0 then
            lines[#lines + 1] = string.format("shop,%d,p%d", number, number)
        end
    end
    local truth = runner.file(table.concat(lines, "\n") .. "\n", ".csv")
    local store = people()
    local before = assert(store:evaluate(truth))
    equal(before.curve, {})
    equal(before.model_version, 0)
    assert(store:resolve(now))
    local found = assert(store:evaluate(truth))
    equal(found.model_version, 1)
    equal(found.true_pair_count, 50)
    local curve = found.curve
    yes(curve[1].threshold_bits < found.link_at_bits and curve[#curve].threshold_bits > found.link_at_bits)
    equal(curve[1].right_pair_count + found.unscored_pair_count, 50)
    yes(curve[1].pair_count >= curve[#curve].pair_count)
    yes(curve[1].quality.recall > 0)
    store:close()
end)

test("audit plants copies and finds them", function()
    local store = people()
    fails("KITH_NOT_FOUND", store:audit())
    assert(store:resolve(now))
    local phases = {}
    local audit = assert(store:audit({progress = function(progress)
        phases[progress.phase] = true
    end}))
    yes(phases.records and phases.copies and phases.blocks)
    equal(audit.model_version, 1)
    equal(audit.record_count, 200)
    equal(audit.all.copy_count, 200)
    yes(math.abs(audit.all.quality.recall - audit.all.found_count / 200) < 1e-9)
    equal(type(audit.errors[1].name), "string")
    yes(audit.errors[1].copy_count >= audit.errors[1].found_count)
    local attributes = {}
    for _, attribute in ipairs(audit.attributes) do
        attributes[attribute.attribute] = attribute
    end
    equal(attributes.city.distinct_count, 3)
    equal(attributes.city.completeness, 1)
    fails("KITH_INVALID", store:audit({share = 2}))
    fails("KITH_INTERRUPTED", store:audit({progress = function() return false end}))
    local thrown = {}
    local ok, caught = pcall(store.audit, store, {progress = function() error(thrown) end})
    yes(not ok and caught == thrown)
    raises("unknown option", store.audit, store, {part = 1})
    store:close()
end)

runner.finish()
