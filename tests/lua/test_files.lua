-- Files in and out, and the callbacks that watch them.
local runner = require "runner"
local kith = require "kith"
local test, equal, raises, fails = runner.test, runner.equal, runner.raises, runner.fails

local now = kith.parse_time("2024-06-01")

local customers = "id,first_name,email,phone,nonsense\n" ..
    "1,Ann,ann@x.example,+442079460958,a\n" ..
    "2,Ann,ANN@x.example,,b\n" ..
    "3,Bob,bob@x.example,,c\n"

local function fresh()
    return assert(kith.open(runner.path(), {create = true}))
end

local function import(store, text, ending, options)
    options = options or {}
    options.source = options.source or "crm"
    options.now = options.now or now
    return store:import(runner.file(text, ending or ".csv"), options)
end

test("an order that is sent again counts once, and dates are read in the order that is named", function()
    local store = fresh()
    local report = assert(import(store, "customer,date,order_id\n1,05/03/2024,A\n1,25/03/2024,B\n1,06/03/2024,A\n",
        ".csv", {event = "order", key = "customer", message_id = "order_id", dates = "mdy"}))
    equal(store:stat().event_count, 2)
    equal(#report.mixed_dates, 1)
    equal(report.mixed_dates[1].either_count, 2)
    equal(report.mixed_dates[1].month_first, true)
    equal(report.tied_count, 0)
    equal(#report.generic_values, 0)
    store:close()
end)

local function exported(store, what, format)
    local pieces = {}
    equal(assert(store:export(what, format, now, function(piece)
        pieces[#pieces + 1] = piece
    end)), true)
    return table.concat(pieces)
end

-- Rows enough that progress is reported more than once.
local function many(count)
    local rows = {"id,email"}
    for i = 1, count do
        rows[#rows + 1] = i .. ",user" .. i .. "@x.example"
    end
    return table.concat(rows, "\n") .. "\n"
end

test("an import reports what it did", function()
    local store = fresh()
    local report = assert(import(store, customers))
    equal(report.row_count, 3)
    equal(report.added_count, 3)
    equal(report.rejected_count, 0)
    equal(report.rejected_by_reason.column_count, 0)
    equal(report.format, "csv")
    equal(report.encoding, "UTF-8")
    equal(report.key, "id")
    local mapping = {}
    for _, column in ipairs(report.columns) do
        mapping[column.column] = column.attribute
    end
    equal(mapping.first_name, "given_name")
    equal(mapping.email, "email")
    equal(#report.columns, 5)
    store:read(function(txn)
        equal(txn:profile_id("crm", "1"), txn:profile_id("crm", "2"))
    end)
    equal(assert(import(store, customers)).unchanged_count, 3)
    store:close()
end)

test("options of an import", function()
    local store = fresh()
    local report = assert(import(store, "a;b\nk1;York\n", ".csv", {
        format = "csv", key = "a", map = "b=city", source = "erp", batch_count = 1, settle = true}))
    equal(report.added_count, 1)
    equal(report.settled_count, 1)
    store:read(function(txn)
        equal(assert(txn:record("erp", "k1")).attributes.city, "York")
    end)
    report = assert(import(store, "who,when,amount\nk1,2024-05-01,12.5\nk1,2024-05-02,3\n", ".csv",
                           {source = "erp", key = "who", event = "order", time = "when"}))
    equal(report.added_count, 2)
    store:read(function(txn)
        local profile = assert(txn:profile_of("erp", "k1", now))
        equal(profile:aggregate("order").properties.amount.sum, 15.5)
    end)
    store:close()
end)

test("rejected rows are listed, and the others are imported", function()
    local store = fresh()
    local rejects = runner.path(".rejects")
    local seen = {}
    local report = assert(import(store, "id,email\n1,a@x.example\n2,b@x.example,extra\n3,c@x.example\n",
                                 ".csv", {rejects = rejects, on_reject = function(reject)
        seen[#seen + 1] = reject
    end}))
    equal(report.row_count, 3)
    equal(report.added_count, 2)
    equal(report.rejected_count, 1)
    equal(report.rejected_by_reason.column_count, 1)
    equal(#seen, 1)
    equal(seen[1].reason, "column_count")
    equal(seen[1].line, 3)
    equal(seen[1].text:gsub("%s+$", ""), "2,b@x.example,extra")
    local file = assert(io.open(rejects))
    runner.yes(file:read("*a"):find("b@x.example,extra", 1, true))
    file:close()
    store:close()
end)

test("JSON lines and Segment lines", function()
    local store = fresh()
    local report = assert(import(store, '{"id": "1", "email": "a@x.example"}\n{"id": "2"}\n', ".jsonl"))
    equal(report.format, "jsonl")
    equal(report.added_count, 2)
    report = assert(import(store,
        '{"type": "identify", "userId": "u1", "traits": {"email": "a@x.example"}, ' ..
        '"timestamp": "2024-05-01T00:00:00Z", "messageId": "m1"}\n' ..
        '{"type": "track", "userId": "u1", "event": "Order", "properties": {"amount": 4}, ' ..
        '"timestamp": "2024-05-02T00:00:00Z", "messageId": "m2"}\n',
        ".jsonl", {format = "segment", source = "web"}))
    equal(report.format, "segment")
    equal(report.rejected_count, 0)
    runner.yes(report.added_count >= 2)
    store:close()
end)

test("an import tells what it can't do", function()
    local store = fresh()
    fails("KITH_NOT_FOUND", store:import("/nonexistent/file.csv", {source = "crm", now = now}))
    fails("KITH_INVALID", import(store, ""))
    fails("KITH_INVALID", import(store, customers, ".csv", {key = "no_such_column"}))
    local path = runner.file(customers, ".csv")
    raises("option 'source' is required", store.import, store, path, {now = now})
    raises("option 'now': time expected", store.import, store, path, {source = "crm"})
    raises("option 'now': 'soon' is no time", store.import, store, path, {source = "crm", now = "soon"})
    raises("unknown option 'sources'", store.import, store, path, {sources = "crm", now = now})
    raises("unknown format 'xml'", store.import, store, path, {source = "crm", now = now, format = "xml"})
    raises("'settle': boolean expected", store.import, store, path, {source = "a", now = now, settle = 1})
    raises("'batch_count' is out of range", store.import, store, path,
           {source = "a", now = now, batch_count = 2 ^ 40})
    raises("table expected", store.import, store, path)
    store:close()
end)

test("progress of an import", function()
    local store = fresh()
    local calls, last = 0, nil
    assert(import(store, many(5000), ".csv", {batch_count = 500, progress = function(progress)
        calls = calls + 1
        equal(progress.phase, "import")
        runner.yes(progress.rows >= (last and last.rows or 0))
        last = progress
    end}))
    runner.yes(calls > 0)
    store:close()
end)

test("false stops an import, and the report says how far it came", function()
    local store = fresh()
    local report, message, code, so_far = import(store, many(5000), ".csv", {
        batch_count = 500, progress = function() return false end})
    fails("KITH_INTERRUPTED", report, message, code)
    equal(type(so_far), "table")
    runner.yes(so_far.added_count < 5000)
    equal(assert(import(store, many(5000))).row_count, 5000)
    store:close()
end)

test("errors of callbacks reach the caller, whatever they are", function()
    local store = fresh()
    local thrown = {}
    local calls = 0
    local function explode()
        calls = calls + 1
        error(thrown)
    end
    local ok, caught = pcall(import, store, many(5000), ".csv", {batch_count = 500, progress = explode})
    equal(ok, false)
    runner.yes(caught == thrown)
    equal(calls, 1)
    ok, caught = pcall(import, store, "id,email\n1,a,b\n2,c,d\n", ".csv", {on_reject = explode})
    equal(ok, false)
    runner.yes(caught == thrown)
    equal(calls, 2)
    ok, caught = pcall(store.export, store, "records", "csv", now, explode)
    equal(ok, false)
    runner.yes(caught == thrown)
    equal(calls, 3)
    assert(import(store, customers))
    store:close()
end)

test("a callback can't pull the store from under the import", function()
    local store = fresh()
    local text = many(3000)
    local function attempt(fn)
        return import(store, text, ".csv", {batch_count = 500, progress = fn})
    end
    raises("store is in use", attempt, function() store:close() end)
    raises("import into this store is running", attempt, function() store:begin(true) end)
    raises("import into this store is running", attempt, function() store:settle(now) end)
    raises("import into this store is running", attempt, function() import(store, text) end)
    local counts = {}
    assert(attempt(function()
        counts[#counts + 1] = store:read(function(txn) return txn:stat().record_count end)
        collectgarbage()
    end))
    runner.yes(#counts > 0)
    store:close()
end)

test("a callback can't yield through the core", function()
    local store = fresh()
    local thread = coroutine.create(function()
        return import(store, many(3000), ".csv", {batch_count = 500, progress = coroutine.yield})
    end)
    local ok, problem = coroutine.resume(thread)
    equal(ok, false)
    runner.yes(problem:find("yield"), problem)
    assert(import(store, customers))
    store:close()
end)

test("a coroutine may use a store", function()
    local store = fresh()
    local thread = coroutine.wrap(function()
        assert(import(store, customers))
        local txn = assert(store:begin())
        for record in txn:records() do
            coroutine.yield(record.key)
        end
        txn:abort()
    end)
    equal({thread(), thread(), thread()}, {"1", "2", "3"})
    thread()
    store:close()
end)

test("exports in all formats", function()
    local store = fresh()
    assert(import(store, customers))
    assert(store:write(function(txn)
        assert(txn:event("crm", "1", "order", now - 1, {amount = 2}, "m1"))
    end))
    runner.yes(exported(store, "records", "csv"):find("^source,key,"))
    runner.yes(exported(store, "records", "jsonl"):find("^{"))
    local arrow = exported(store, "records", "arrow")
    equal(arrow:sub(1, 4), "\255\255\255\255")
    equal(arrow:sub(-8), "\255\255\255\255\0\0\0\0")
    runner.yes(exported(store, "events", "csv"):find("^source,key,type,time,message_id"))
    runner.yes(exported(store, "profiles", "csv"):find("^profile_id,record_count,"))
    local clusters = exported(store, "clusters", "csv")
    runner.yes(clusters:find("^source,key,profile_id\r?\n"))
    local ids = {}
    for key, id in clusters:gmatch("crm,(%d),(%x+)") do
        ids[tonumber(key)] = id
    end
    runner.yes(ids[1] == ids[2] and ids[1] ~= ids[3])
    fails("KITH_INTERRUPTED", store:export("records", "csv", now, function() return false end))
    raises("invalid option 'people'", store.export, store, "people", "csv", now, print)
    raises("invalid option 'xml'", store.export, store, "records", "xml", now, print)
    raises("function expected", store.export, store, "records", "csv", now)
    raises("store is in use", store.export, store, "records", "csv", now, function() store:close() end)
    store:close()
end)

test("evaluate compares with the truth", function()
    local store = fresh()
    assert(import(store, customers))
    local truth = runner.file("source,key,entity\ncrm,1,a\ncrm,2,a\ncrm,3,a\ncrm,99,z\n", ".csv")
    local found = assert(store:evaluate(truth))
    equal(found.record_count, 3)
    equal(found.missing_count, 1)
    equal(found.true_pair_count, 3)
    equal(found.right_pair_count, 1)
    equal(found.pairwise.precision, 1)
    runner.yes(math.abs(found.pairwise.recall - 1 / 3) < 1e-9)
    runner.yes(found.bcubed.f1 > 0 and found.bcubed.f1 < 1)
    equal(found.over_merges, {})
    equal(found.under_merge_count, 2)
    equal(#found.under_merges, 2)
    equal(found.under_merges[1].a.entity, "a")
    equal(type(found.under_merges[1].b.key), "string")
    local phases = {}
    assert(store:evaluate(truth, {progress = function(at) phases[#phases + 1] = at.phase end}))
    equal(phases[1], "truth")
    equal(phases[#phases], "pairs")
    fails("KITH_INTERRUPTED", store:evaluate(truth, {progress = function() return false end}))
    fails("KITH_NOT_FOUND", store:evaluate("/nonexistent/truth.csv"))
    fails("KITH_INVALID", store:evaluate(runner.file("what,is,this\n1,2,3\n", ".csv")))
    store:close()
end)

runner.finish()
