-- Tags, consents, points and scores: what is said of a customer, and what stands.
local runner = require "runner"
local kith = require "kith"
local test, equal, raises, fails = runner.test, runner.equal, runner.raises, runner.fails

local day = 86400000000
local now = kith.parse_time("2024-06-01")
local ann = {"crm", "1"}

-- Runs fn in a write transaction of a store in which two systems know Ann.
local function with_txn(fn)
    local store = assert(kith.open(runner.path(), {create = true}))
    local ok, problem = pcall(store.write, store, function(txn)
        assert(txn:put("crm", "1", {email = "ann@x.example"}, now - 9 * day))
        assert(txn:put("shop", "2", {email = "ann@x.example"}, now - 8 * day))
        fn(txn, function(at)
            return assert(txn:profile_of("crm", "1", at or now))
        end)
        txn:abort()
    end)
    store:close()
    if not ok then
        error(problem, 0)
    end
end

test("a tag comes and goes", function()
    with_txn(function(txn, profile)
        local options = {value = "gold", expires = now + day, confidence = 80, origin = "rule", by = "desk"}
        equal(txn:tag(ann, "vip", now - day, options), "added")
        equal(txn:tag(ann, "vip", now - day, options), "unchanged")
        equal(profile():tag("vip"), {tag = "vip", value = "gold", origin = "rule", confidence = 80,
                                     expires = now + day, record = {source = "crm", key = "1"}, at = now - day,
                                     by = "desk"})
        equal(profile():tags(), {vip = profile():tag("vip")})
        fails("KITH_NOT_FOUND", profile(now + day):tag("vip"))
        equal(txn:untag({"shop", "2"}, "vip", now, {by = "desk"}), "added")
        equal(profile():tags(), {})
        local history = profile():tag_history()
        equal(#history, 2)
        equal({history[1].removed, history[2].removed}, {false, true})
        equal(history[2].value, nil)
    end)
end)

test("what was ever said of the others", function()
    with_txn(function(txn, profile)
        local web = {"shop", "2"}
        assert(txn:consent(ann, "news", true, now - day, {channel = "sms", by = "form"}))
        assert(txn:consent(web, "news", false, now))
        assert(txn:points(ann, "main", "r1", 1.5, now))
        assert(txn:score(ann, "rfm", 2, now - day, "model"))
        assert(txn:score(ann, "rfm", 3, now))
        equal(profile():consent_history(), {
            {purpose = "news", channel = "sms", granted = true, record = {source = "crm", key = "1"}, at = now - day,
             by = "form"},
            {purpose = "news", granted = false, record = {source = "shop", key = "2"}, at = now}})
        equal(profile():points_history(), {{ledger = "main", entry = "r1", amount = 1.5, amount_micros = 1500000,
                                            record = {source = "crm", key = "1"}, at = now}})
        local scores = profile():score_history()
        equal(#scores, 2)
        equal(scores[1], {score = "rfm", value = 2, value_micros = 2000000, record = {source = "crm", key = "1"},
                          at = now - day, by = "model"})
    end)
end)

test("values of tags keep their types", function()
    with_txn(function(txn, profile)
        for i, value in ipairs {true, -3, 0.5, "x"} do
            assert(txn:tag(ann, "t", i, {value = value}))
            equal(profile():tag("t").value, value)
        end
        assert(txn:tag(ann, "t", 9, {value = kith.null}))
        equal(profile():tag("t").value, nil)
        fails("KITH_INVALID", txn:tag(ann, "t", 10, {value = {1, 2}}))
    end)
end)

test("consents stand by purpose and channel", function()
    with_txn(function(txn, profile)
        assert(txn:consent(ann, "news", true, now, {channel = "sms", by = "form 7"}))
        equal(profile():consent("news", "sms"), true)
        equal(profile():consent("news"), false)
        equal(profile():consent("none"), false)
        equal(profile():consents(), {{purpose = "news", channel = "sms", granted = true, at = now, by = "form 7",
                                      record = {source = "crm", key = "1"}}})
        assert(txn:consent(ann, "news", false, now + 1))
        equal(profile(now + 1):consent("news", "sms"), false)
        raises("boolean expected", txn.consent, txn, ann, "news", "yes", now)
    end)
end)

test("points add up exactly", function()
    with_txn(function(txn, profile)
        equal(txn:points(ann, "main", "r1", 120, now, "till"), "added")
        equal(txn:points(ann, "main", "r1", 120, now, "till"), "unchanged")
        assert(txn:points({"shop", "2"}, "main", "r1", -0.1, now))
        local balance, micros = profile():balance("main")
        equal({balance, micros}, {119.9, 119900000})
        equal(profile():balance("none"), 0)
        equal(profile():points(), {main = {balance = 119.9, balance_micros = 119900000, count = 2, last = now,
                                           overflow = false}})
        raises("more than six decimals", txn.points, txn, ann, "main", "r2", 1e-7, now)
        raises("too large", txn.points, txn, ann, "main", "r2", 1e300, now)
        raises("too large", txn.points, txn, ann, "main", "r2", 0 / 0, now)
        for i = 1, 2 do
            assert(txn:points(ann, "main", "large" .. i, 9000000000000, now))
        end
        fails("KITH_LIMIT", profile():balance("main"))
        equal(profile():points().main.overflow, true)
    end)
end)

test("the latest score stands", function()
    with_txn(function(txn, profile)
        assert(txn:score(ann, "churn", 0.83, now, "model 3"))
        assert(txn:score({"shop", "2"}, "churn", 1, now - 1))
        local value, micros = profile():score("churn")
        equal({value, micros}, {0.83, 830000})
        equal(profile():scores().churn.by, "model 3")
        fails("KITH_NOT_FOUND", profile():score("none"))
        local shown = profile():to_table()
        equal(shown.scores, profile():scores())
        equal({shown.tags, shown.consents, shown.points}, {{}, {}, {}})
    end)
end)

test("who is meant is told by a record or an id", function()
    with_txn(function(txn, profile)
        equal(txn:tag(profile():id(), "seen", 0), "added")
        equal(txn:tag({source = "shop", key = "2"}, "seen", 0), "added")
        fails("KITH_NOT_FOUND", txn:tag({"crm", "404"}, "seen", 0))
        fails("KITH_NOT_FOUND", txn:tag(("0"):rep(32), "seen", 0))
        fails("KITH_INVALID", txn:tag("nobody", "seen", 0))
        fails("KITH_INVALID", txn:tag(ann, "", 0))
        fails("KITH_INVALID", txn:tag(ann, "seen", 0, {confidence = 101}))
        raises("unknown origin", txn.tag, txn, ann, "seen", 0, {origin = "dream"})
        raises("unknown option", txn.untag, txn, ann, "seen", 0, {value = 1})
    end)
end)

test("a file is tagged", function()
    local store = assert(kith.open(runner.path(), {create = true}))
    assert(store:write(function(txn)
        assert(txn:put("crm", "1", {email = "ann@x.example"}, now))
    end))
    local keys = runner.file("name,customer id\nAnn,1\nNobody,404\n", ".csv")
    local steps = 0
    local report = assert(store:tag_file(keys, {source = "crm", tag = "fair", at = now, value = 7,
                                                progress = function(step)
        equal(step.phase, "tag")
        steps = steps + 1
    end}))
    equal(report, {row_count = 2, added_count = 1, unchanged_count = 0, unknown_count = 1, first_unknown_line = 3,
                   rejected_count = 0, first_rejected_line = 0})
    runner.yes(steps > 0)
    store:read(function(txn)
        equal(txn:profile_of("crm", "1", now):tag("fair").value, 7)
    end)
    equal(assert(store:tag_file(keys, {source = "crm", tag = "fair", at = now, remove = true,
                                       key = "customer_id"})).added_count, 1)
    fails("KITH_NOT_FOUND", store:tag_file("/no/such/file", {source = "crm", tag = "fair", at = now}))
    local stopped = {store:tag_file(keys, {source = "crm", tag = "x", at = now, progress = function()
        return false
    end})}
    fails("KITH_INTERRUPTED", stopped[1], stopped[2], stopped[3])
    equal(stopped[4].row_count, 2) -- they were committed before the question
    raises("are required", store.tag_file, store, keys, {source = "crm", at = now})
    raises("time expected", store.tag_file, store, keys, {source = "crm", tag = "x"})
    store:close()
end)

test("those who are meant are tagged, and samples are taken", function()
    local store = assert(kith.open(runner.path(), {create = true}))
    assert(store:write(function(txn)
        for key = 1, 20 do
            assert(txn:put("crm", tostring(key), {city = key % 2 == 0 and "York" or "Ulm"}, 0))
        end
    end))
    local options = {tag = "spring", at = now, value = "gold", dry_run = true}
    equal(assert(store:tag_where("city = 'York'", options)),
          {matched_count = 10, added_count = 10, unchanged_count = 0})
    options.dry_run = false
    local phases = {}
    options.progress = function(step)
        phases[step.phase] = true
    end
    local york = assert(kith.expression("city = 'York'", {any_name = true}))
    equal(assert(store:tag_where(york, options)).added_count, 10)
    equal(phases, {query = true, tag = true})
    options.at = now + day
    equal(assert(store:tag_where("TRUE", options)), {matched_count = 20, added_count = 10, unchanged_count = 10})
    local gone = {tag = "spring", at = now + 2 * day, now = now, remove = true}
    equal(assert(store:tag_where("tag('spring')", gone)).added_count, 10)
    local wrong = {store:tag_where("city = ", options)}
    fails("KITH_INVALID", wrong[1], wrong[2], wrong[3])
    equal(wrong[4], 7)
    options.tag, options.progress = "x", function(step)
        return step.phase ~= "tag"
    end
    local stopped = {store:tag_where("TRUE", options)}
    fails("KITH_INTERRUPTED", stopped[1], stopped[2], stopped[3])
    equal(stopped[4].matched_count, 20)
    raises("'tag' is required", store.tag_where, store, "TRUE", {at = now})
    raises("time expected", store.tag_where, store, "TRUE", {tag = "x"})
    store:read(function(txn)
        equal(assert(txn:tag_counts(now + day)), {spring = 20, x = 20})
        local half = assert(txn:count("bucket('it''s', 0, 5000)", now))
        equal(assert(txn:count(nil, now, {sample = 5000, salt = "it's"})), half)
        local found = 0
        for _ in txn:query({now = now, sample = 5000, salt = "it's"}) do
            found = found + 1
        end
        equal(found, half)
        fails("KITH_INVALID", txn:count(nil, now, {sample = 10001}))
        fails("KITH_INVALID", txn:query({now = now, sample = 10001}))
    end)
    store:close()
end)

runner.finish()
