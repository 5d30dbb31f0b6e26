-- What fault_memory.c runs again and again on one store: all that the binding builds in Lua's memory. Each
-- failure for want of memory must come through as such; any other error is a finding.
local kith = require "kith"
local path = ...
local now = 1717200000000000

local function must(ok, problem)
    if not ok then
        error(problem, 0)
    end
    return ok
end

local store = must(kith.open(path, {create = true}))
must(store:write(function(txn)
    must(txn:put("crm", "1", {given_name = "Ann", email = {"a@x.example", "b@x.example"}}, now))
    must(txn:put("shop", "2", {given_name = "Ann", email = "a@x.example"}, now))
    must(txn:event("crm", "1", "order", now, {amount = 5, list = {1, {2}}, map = {a = {b = 1}}}))
end))
must(store:settle(now))
must(store:resolve(now, {progress = function() end}))
must(store:audit())
-- Each that is taken would be one more for models() to list.
local _, refused = store:resolve(now, {model = "{}"})
must(refused:find("is missing"), refused)
must(store:config())

local txn = must(store:begin())
local profile = must(txn:find("email", "a@x.example", now))
profile:to_table()
profile:values()
must(profile:golden("given_name"))
must(profile:value("given_name"))
must(txn:record("crm", "1"))
must(txn:why({"crm", "1"}, {"shop", "2"}))
must(txn:blame("crm", "1"))
must(txn:how("crm", "1"))
must(txn:pair({"crm", "1"}, {"shop", "2"}))
must(txn:review({limit = 5, suggest = true}))
must(txn:search({email = "a@x.example"}))
must(txn:models())
must(txn:model())
must(txn:export_model())
must(txn:compare_models(1))
must(txn:stat())
for found in txn:profiles(now) do
    found:id()
end
for _ in txn:records() do
end
for _ in txn:events("crm", "1") do
end
txn:reset()
must(txn:renew())
txn:abort()

must(store:export("records", "jsonl", now, function(piece)
    return #piece > 0
end))
must(store:verify(now, {progress = function(progress)
    return progress.done >= 0
end}))
store:close()
