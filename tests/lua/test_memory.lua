-- The collector may run anywhere, and children may outlive their parents' names.
local runner = require "runner"
local kith = require "kith"
local test, equal, raises = runner.test, runner.equal, runner.raises

local now = kith.parse_time("2024-06-01")

local function filled(count)
    local store = assert(kith.open(runner.path(), {create = true}))
    assert(store:write(function(txn)
        for i = 1, count or 10 do
            assert(txn:put("crm", tostring(i), {given_name = "Ann", email = "u" .. i .. "@x.example"}, now))
            assert(txn:event("crm", tostring(i), "visit", now, {page = "p" .. i, list = {1, {2, {3}}}}))
        end
    end))
    return store
end

local function collect()
    collectgarbage()
    collectgarbage()
end

-- Runs fn with the collector as eager as it can be made.
local function eagerly(fn)
    collectgarbage("setpause", 1)
    collectgarbage("setstepmul", 10000)
    local ok, problem = pcall(fn)
    collectgarbage("setpause", 200)
    collectgarbage("setstepmul", 200)
    if not ok then
        error(problem, 0)
    end
end

-- An object whose finalizer calls fn, in every version.
local function finalized(fn)
    if newproxy then
        local proxy = newproxy(true)
        getmetatable(proxy).__gc = fn
        return proxy
    end
    return setmetatable({}, {__gc = fn})
end

test("children keep their parents", function()
    local profile
    do
        local txn = assert(filled():begin())
        profile = assert(txn:find("email", "u3@x.example", now))
    end
    collect()
    equal(profile:value("given_name"), "Ann")
    equal(#profile:records(), 1)
    profile = nil
    collect()
end)

test("an iterator keeps its transaction, a profile its iterator", function()
    local step, state
    do
        local txn = assert(filled():begin())
        step, state = txn:profiles(now)
    end
    collect()
    local profile = step(state)
    step, state = nil, nil
    collect()
    equal(profile:value("email"), "u1@x.example")
end)

test("a store is closed before its transactions", function()
    local store = filled()
    local txn = assert(store:begin())
    local profile = assert(txn:find("email", "u1@x.example", now))
    store:close()
    store = nil
    collect()
    equal(profile:value("given_name"), "Ann")
    txn:abort()
    collect()
    raises("profile is gone", profile.id, profile)
end)

test("a store is closed while a writer is open", function()
    local store = filled()
    local txn = assert(store:begin(true))
    store:close()
    assert(txn:put("crm", "more", {}, now))
    assert(txn:commit())
end)

test("a forgotten writer is aborted when it is collected", function()
    local store = filled(1)
    do
        local txn = assert(store:begin(true))
        assert(txn:put("crm", "lost", {}, now))
        txn = nil
    end
    collect()
    equal(store:write(function(txn)
        return txn:stat().record_count
    end), 1)
    store:close()
end)

test("everything is dropped at once, in any order", function()
    for _ = 1, 30 do
        local store = filled(3)
        local reader, writer = assert(store:begin()), assert(store:begin(true))
        local kept = {store, reader, writer, assert(reader:find("email", "u1@x.example", now)),
                      {reader:records()}, {reader:profiles(now)}, {reader:events("crm", "1")}}
        kept[5][1](kept[5][2])
        kept[6][1](kept[6][2])
        kept, store, reader, writer = nil, nil, nil, nil
        collectgarbage("step")
    end
    collect()
end)

test("an eager collector changes nothing", function()
    eagerly(function()
        local store = filled(30)
        assert(store:settle(now))
        local txn = assert(store:begin())
        for i = 1, 30 do
            local profile = assert(txn:find("email", "u" .. i .. "@x.example", now))
            equal(profile:value("given_name"), "Ann")
            equal(profile:to_table().attributes.email, "u" .. i .. "@x.example")
            equal(assert(txn:how("crm", tostring(i))).same, true)
        end
        local count = 0
        for record in txn:records() do
            for event in txn:events("crm", record.key) do
                equal(event.properties.list[2][2][1], 3)
                count = count + 1
            end
        end
        equal(count, 30)
        txn:abort()
        equal(store:verify(now), 0)
        store:close()
    end)
end)

test("many readers that nobody ends don't use up the slots", function()
    local store = filled(1)
    local made = 0
    for _ = 1, 2000 do
        local txn, _, code = store:begin()
        if not txn then
            equal(code, "KITH_BUSY")
            collect()
            txn = assert(store:begin())
        end
        assert(txn:find("email", "u1@x.example", now))
        made = made + 1
    end
    equal(made, 2000)
    collect()
    store:close()
end)

test("a finalizer can't end a transaction that is being read", function()
    eagerly(function()
        local store = filled(20)
        local txn = assert(store:begin())
        local reached = 0
        local function attempt()
            finalized(function()
                reached = reached + 1
                pcall(txn.reset, txn)
                pcall(txn.renew, txn)
            end)
        end
        for i = 1, 200 do
            attempt()
            pcall(function()
                local profile = assert(txn:find("email", "u" .. (i % 20 + 1) .. "@x.example", now))
                profile:to_table()
                profile:values()
                txn:how("crm", "1")
                for record in txn:records() do
                    equal(record.attributes.given_name, "Ann")
                end
            end)
        end
        collect()
        runner.yes(reached > 0)
        txn:abort()
        store:close()
    end)
end)

test("a finalizer can't change a table while it is put", function()
    eagerly(function()
        local store = filled(1)
        store:write(function(txn)
            for i = 1, 200 do
                local attributes = {a = "1", b = {"x", "y"}}
                finalized(function()
                    attributes.b = {}
                    for j = 1, 50 do
                        attributes.b[j] = "more" .. j
                    end
                end)
                pcall(txn.put, txn, "crm", "k" .. i, attributes, now)
            end
        end)
        store:close()
    end)
end)

test("errors in the middle leave nothing behind", function()
    local store = filled(5)
    for _ = 1, 200 do
        local txn = assert(store:begin())
        pcall(txn.find, txn, "email")
        pcall(txn.why, txn, {"crm", "1"}, {"crm"})
        pcall(txn.events, txn, "crm", "1", "not a time")
        pcall(store.read, store, function() error("x") end)
        pcall(store.write, store, function() error("x") end)
        txn:abort()
    end
    equal(assert(store:settle(now)).remaining_count, 0)
    store:close()
end)

-- <close> is syntax of Lua 5.4, so the text of the test is compiled there only.
if _VERSION == "Lua 5.4" then
    test("<close> ends stores, transactions and loops", assert(load([[
        local kith, path, now, equal, raises = ...
        return function()
            local kept, txn_kept
            do
                local store <close> = assert(kith.open(path(), {create = true}))
                kept = store
                do
                    local txn <close> = assert(store:begin(true))
                    txn_kept = txn
                    assert(txn:put("crm", "1", {}, now))
                end
                equal(tostring(txn_kept), "kith.txn (ended)")
                assert(store:write(function(txn)
                    assert(txn:put("crm", "2", {}, now))
                end))
                local txn <close> = assert(store:begin())
                local kept_profile
                for profile in txn:profiles(now) do
                    kept_profile = profile
                    break
                end
                raises("iterator went on", kept_profile.id, kept_profile)
                equal(txn:stat().record_count, 1)
            end
            equal(tostring(kept), "kith.store (closed)")
        end
    ]]))(kith, runner.path, now, equal, raises))
end

runner.finish()
